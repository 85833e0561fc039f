/** The variables of a project's application: set, unset and listed by people. They count from the next deployment on. */
import {
  type ListedVariable,
  listVariables,
  setVariables,
  unsetVariables,
  variableNames,
} from '../configuration/environment.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { environmentStore } from '../project/variables.ts'
import { type Changing, type Context, openProject } from './context.ts'
import { lockProject } from './lock.ts'

/** A text, or bytes that are none. */
export type GivenValue = string | { readonly base64: string }

/** All of them or none. Answers the names. Throws ENVIRONMENT_INVALID. */
export async function setEnvironment(
  context: Changing,
  name: string,
  given: Readonly<Record<string, GivenValue>>,
  options: { readonly plain?: boolean | undefined } = {},
): Promise<string[]> {
  const names = Object.keys(given)
  if (names.length === 0) throw new CorpusError('USAGE', 'No variable was named.')
  const secret = options.plain !== true
  const changes = new Map(names.map(key => [key, { value: bytesOf(key, given[key]), secret }] as const))
  const layout = await openProject(context, name)
  const lock = lockProject(layout)
  try {
    await context.matches?.()
    setVariables(environmentStore(layout), changes)
  } finally {
    lock.release()
  }
  return names
}

/** Throws ENVIRONMENT_UNKNOWN where one of them is not set; then none is taken out. */
export async function unsetEnvironment(context: Changing, name: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) throw new CorpusError('USAGE', 'No variable was named.')
  const layout = await openProject(context, name)
  const lock = lockProject(layout)
  try {
    await context.matches?.()
    const store = environmentStore(layout)
    const there = new Set(variableNames(store))
    const unknown = names.find(one => !there.has(one))
    if (unknown !== undefined) throw new CorpusError('ENVIRONMENT_UNKNOWN', `${shown(unknown)} is not set.`)
    unsetVariables(store, names)
  } finally {
    lock.release()
  }
}

/** Who may read the key may have the secrets shown: nobody else can. */
export async function listEnvironment(context: Context, name: string, reveal: boolean): Promise<ListedVariable[]> {
  return listVariables(environmentStore(await openProject(context, name)), { reveal })
}

/** What is asked may have come as JSON from anywhere. Throws ENVIRONMENT_INVALID. */
export function bytesOf(key: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  const { base64 } = Object(value) as { readonly base64?: unknown }
  if (typeof base64 === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return Buffer.from(base64, 'base64')
  throw new CorpusError('ENVIRONMENT_INVALID', `The value of ${shown(key)} is neither a text nor bytes in base64.`)
}
