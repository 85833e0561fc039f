/** What the declaration of a setting is made of: kinds of values, and what holds where nobody says one. */
import { Dict } from '../../salt/python/dict.ts'
import { Float } from '../../salt/python/float.ts'
import type { Value } from '../../salt/python/value.ts'

/** Says what is wrong with a value, as the end of "KEY must be …"; undefined when nothing is. */
type Rule = (value: Value) => string | undefined

export interface Declaration<T extends Value> {
  readonly rule: Rule
  /** Stands in the lowest layer, where state files see it; an instance of its own each time. */
  readonly layered?: () => Value
  /** What counts where nothing is said, and nothing stands in the layer. */
  readonly otherwise: T
  /** The cell of the page that says what holds where nobody says anything. */
  readonly shown: string
  /** The cell of the page that says what it decides, in Markdown. */
  readonly says: string
  /** It says whose rights something runs with, or what root reaches: who is not root does not say it. */
  readonly isOfRoot: boolean
  /** What it takes to save it, or what it takes to save such a value: nobody is let to it who is not named here. */
  readonly takes: Takes | ((value: Value) => Takes)
  /** A text may stand for a list: of the words in it, or of itself. */
  readonly list?: 'words' | 'whole'
}

/**
 * `configure`: it reaches what the account of the project reaches, and no more. `push-pillar`: state files, which root runs, read it
 * as they read a pillar, or it says which of them run. `administrator`: it names accounts, programs or places of the machine.
 */
export type Takes = 'configure' | 'push-pillar' | 'administrator'

interface Words extends Pick<Declaration<Value>, 'takes'> {
  readonly says: string
  readonly shown?: string
  readonly isOfRoot?: boolean
}

interface Kind<T extends Value> {
  readonly rule: Rule
  readonly of?: T
}

type Holds<T> = { readonly otherwise: T } | { readonly default: T | (() => T) }

export function declared<T extends Value>(
  kind: Kind<T>,
  said: Holds<T> & Words & Pick<Declaration<T>, 'list'>,
): Declaration<T> {
  const holds = 'default' in said ? said.default : said.otherwise
  const value = typeof holds === 'function' ? holds() : holds
  return {
    rule: kind.rule,
    otherwise: value as T,
    ...('default' in said && {
      layered: () => (typeof holds === 'function' ? holds() : Array.isArray(holds) ? [...holds] : (holds as Value)),
    }),
    ...(said.list && { list: said.list }),
    shown: said.shown ?? cell(value as Value),
    says: said.says,
    isOfRoot: said.isOfRoot === true,
    takes: said.takes,
  }
}

const cell = (value: Value): string => {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none'
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``
  return typeof value === 'string' ? `\`${value}\`` : String(value)
}

export function when<T extends Value = Value>(fits: (value: Value) => boolean, wanted: string): Kind<T> {
  return { rule: value => (fits(value) ? undefined : wanted) }
}

export function text(fits: (value: string) => boolean, wanted: string): Kind<string> {
  return when(value => typeof value === 'string' && fits(value), wanted)
}

/** `configure` where the value, and each of a list of them, is a text that fits. */
export const takesMoreUnless =
  (fits: (value: string) => boolean, more: Takes) =>
  (value: Value): Takes =>
    (Array.isArray(value) ? value : [value]).every(one => typeof one === 'string' && fits(one)) ? 'configure' : more

/** The last name is joined by "or"; null where nothing need be said. */
export function choice<T extends string | null>(names: readonly string[], none?: null): Kind<T> {
  const wanted = `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`
  return when(value => (value === null ? none === null : typeof value === 'string' && names.includes(value)), wanted)
}

export function whole(least: number, most: number): Kind<number> {
  const fits = (value: Value) => typeof value === 'number' && value >= least && value <= most
  return when(fits, `a whole number from ${least} to ${most}`)
}

export const flag = (): Kind<boolean> => when(isBoolean, 'true or false')

export const mapping = (wanted: string): Kind<Dict | null> =>
  when(
    orNull(value => value instanceof Dict),
    wanted,
  )

/** A key that is written down with nothing behind it is one that is not given. */
export function orNull(fits: (value: Value) => boolean): (value: Value) => boolean {
  return value => value === null || fits(value)
}

export function isBoolean(value: Value): boolean {
  return typeof value === 'boolean'
}

export function isMappingOfMappings(value: Value): boolean {
  return value instanceof Dict && [...value.values()].every(item => item === null || item instanceof Dict)
}

export function isListOfMappings(value: Value): boolean {
  return Array.isArray(value) && value.every(item => item instanceof Dict)
}

export function isMappingOfCounts(value: Value): boolean {
  return value instanceof Dict && [...value.values()].every(count => count === null || /^\d{1,4}$/.test(String(count)))
}

export function isMappingOfScalars(value: Value): boolean {
  const isScalar = (item: Value) => typeof item !== 'object' || item === null || item instanceof Float
  return value instanceof Dict && [...value.values()].every(isScalar)
}

export function isAccountName(value: Value): boolean {
  return typeof value === 'string' && /^[a-z_][a-z0-9_.-]{0,70}\$?$/.test(value)
}

/** No way out of the folder, and none into git's own. */
export function isBelow(path: string): boolean {
  const parts = path.split('/')
  return !path.startsWith('/') && !/[\x00-\x1f]/.test(path) && !parts.some(part => part === '..' || part === '.git')
}

export function isTexts(value: Value): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every(item => typeof item === 'string'))
}

/** With no key beside these, in any spelling. */
export const isMappingOf = (value: Value, keys: readonly string[]): boolean =>
  value instanceof Dict && [...value.keys()].every(key => keys.includes(String(key)))

/** One that comes with corpus, is this machine's own, or is in state files that were let in. */
export const isInstallerName = (text: string): boolean => /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/.test(text)

/** Nothing that a template could take for anything else. */
export const isHostText = (text: string): boolean => /^(\*\.)?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u.test(text)
