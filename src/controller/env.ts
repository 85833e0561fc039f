/** The variables of a project's application: set, unset and listed by people. They count from the next deployment on. */
import { readFileSync, statSync } from 'node:fs'
import {
  type ListedVariable,
  listVariables,
  parseVariable,
  setVariables,
  unsetVariables,
  variableNames,
} from '../configuration/environment.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { environmentStore } from '../project/variables.ts'
import { type Context, openProject } from './context.ts'
import { lockProject } from './lock.ts'

/** `KEY=VALUE`, `KEY=@FILE` or `KEY=-`: all of them or none. Answers the names. */
export async function setEnvironment(
  context: Context,
  name: string,
  texts: readonly string[],
  options: { readonly plain?: boolean; readonly input?: () => Uint8Array } = {},
): Promise<string[]> {
  if (texts.length === 0) throw new CorpusError('USAGE', 'No variable was named.')
  if (texts.filter(text => /^[^=]+=-$/.test(text)).length > 1)
    throw new CorpusError('ENVIRONMENT_INVALID', 'Standard input is the value of one variable.')
  const layout = await openProject(context, name)
  const input = options.input ?? (() => readFileSync(0))
  const changes = new Map(
    texts.map(text => {
      const [key, value] = parseVariable(text)
      return [key, { value: wanted(key, value, input), secret: options.plain !== true }] as const
    }),
  )
  const lock = lockProject(layout)
  try {
    setVariables(environmentStore(layout), changes)
  } finally {
    lock.release()
  }
  return [...changes.keys()]
}

/** Throws ENVIRONMENT_UNKNOWN where one of them is not set; then none is taken out. */
export async function unsetEnvironment(context: Context, name: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) throw new CorpusError('USAGE', 'No variable was named.')
  const layout = await openProject(context, name)
  const lock = lockProject(layout)
  try {
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

/** A value as it is given on the command line: itself, `@FILE`, or `-` for standard input. Throws ENVIRONMENT_INVALID. */
export function wanted(key: string, value: Uint8Array, input: () => Uint8Array): Uint8Array {
  const text = Buffer.from(value).toString()
  if (text === '-') return input()
  if (!text.startsWith('@')) return value
  const file = text.slice(1)
  try {
    if (!statSync(file).isFile()) throw new Error('it is no file')
    return readFileSync(file)
  } catch (cause) {
    throw new CorpusError('ENVIRONMENT_INVALID', `The file for ${key} cannot be read: ${(cause as Error).message}.`, {
      cause,
    })
  }
}
