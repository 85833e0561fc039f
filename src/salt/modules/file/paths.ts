/** Arguments and readings that the functions of file share. */
import { homedir } from 'node:os'
import type { Args } from '../../definition/args.ts'
import type { Argument } from '../../definition/define.ts'
import { executionError } from '../../definition/exceptions.ts'
import { statsOf } from '../../states/file/attributes.ts'

export const path = { does: 'The path.', type: 'path', required: true } as const satisfies Argument

/** A path with ~ replaced. */
export function pathOf(args: Args, name = 'path'): string {
  return args.text(name).replace(/^~(?=\/|$)/, homedir())
}

export function existing(args: Args, name = 'path'): string {
  const found = pathOf(args, name)
  if (!statsOf(found, false)) throw executionError(`Path not found: ${found}`)
  return found
}

export const text = (does: string, fallback?: string) =>
  (fallback === undefined ? { does, type: 'text' } : { does, type: 'text', default: fallback }) as Argument
export const needed = (does: string) => ({ does, type: 'any', required: true }) as const satisfies Argument
export const flag = (does: string, fallback = false) =>
  ({ does, type: 'boolean', default: fallback }) as const satisfies Argument
export const any = (does: string, fallback: string | number | boolean | null = null) =>
  ({ does, type: 'any', default: fallback }) as const satisfies Argument
