/** What doctor finds, and how it looks for programs. */

import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from '../shell/account.ts'
import { lookedUp } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import type { Context } from './context.ts'

export interface Finding {
  /** `git`, `disk`, `hooks of shop`, … */
  readonly name: string
  readonly ok: boolean
  /** Needed: nothing deploys without it, or a project counts on it. Useful: something else is slower or not there. */
  readonly level: 'needed' | 'useful'
  readonly found: string
  /** How to mend it; empty where there is nothing to mend. */
  readonly mend: string
}

export type Check = (found: string) => Finding

export const fine = (name: string, level: Finding['level'] = 'needed'): Check => {
  return found => ({ name, ok: true, level, found, mend: '' })
}

export const wrong = (name: string, mend: string, level: Finding['level'] = 'needed'): Check => {
  return found => ({ name, ok: false, level, found, mend })
}

export interface Program {
  readonly name: string
  readonly package: string
  readonly level: Finding['level']
  readonly why: string
  /** Prints its version. */
  readonly argv: readonly [string, ...string[]]
  /** The oldest that will do: major and minor. */
  readonly least?: readonly [number, number]
  readonly onlyRoot?: true
}

/** Debian keeps the daemons' programs out of an ordinary user's PATH. */
export const searchPath = (): string => `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`

export async function program(context: Context, wanted: Program): Promise<Finding> {
  const { name, level, why } = wanted
  if (wanted.onlyRoot && !isRoot()) return fine(name, level)('not needed without root')
  const mend = `apt-get install ${wanted.package} (for ${why})`
  const file = programOf(name)
  if (file === undefined) return wrong(name, mend, level)('not here')
  const [, ...args] = wanted.argv
  const ended = await context.shell.run({ argv: [lookedUp(file), ...args], timeoutSeconds: 20 })
  const text = `${textOf(ended.stdout)}\n${textOf(ended.stderr)}`
  const version = /\d+\.\d+[\w.]*/.exec(text)?.[0] ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const least = wanted.least
  if (least && (major < least[0] || (major === least[0] && minor < least[1])))
    return wrong(name, `${mend}: ${least.join('.')} or later`, level)(version)
  return fine(name, level)(version === '' ? file : version)
}

/** Where a program is; undefined where it is not. */
export const programOf = (name: string): string | undefined =>
  searchPath()
    .split(':')
    .map(folder => join(folder, name))
    .find(isProgram)

export function isProgram(file: string): boolean {
  return allows(file, constants.X_OK) && statSync(file).isFile()
}

export function allows(file: string, mode: number): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}
