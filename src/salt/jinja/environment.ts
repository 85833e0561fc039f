/** What templates of one `createTemplates` share: filters, tests, globals, the loader and the limits. */
import type { Keywords, Value } from '../python/value.ts'
import type { Scope } from './scope.ts'
import type { Source } from './source.ts'
import type { Template } from './template.ts'

/** `value | name(args, keywords)`. */
export type Filter = (value: Value, args: readonly Value[], keywords: Keywords, scope: Scope) => Value
/** `value is name(args)`. */
export type Test = (value: Value, args: readonly Value[], keywords: Keywords, scope: Scope) => boolean

export interface Environment {
  readonly filters: { get(name: string): Filter | undefined }
  readonly tests: { get(name: string): Test | undefined }
  readonly strict: boolean
  readonly outputLimit: number
  /** Loads and compiles a template by name; null where there is none. */
  load(name: string, from: Source): Template | null
}
