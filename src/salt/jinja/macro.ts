/** Macros: callable pieces of template, with defaults, varargs, kwargs and caller. */
import { Dict } from '../python/dict.ts'
import { typeError } from '../python/error.ts'
import { repr } from '../python/repr.ts'
import { Tuple } from '../python/tuple.ts'
import type { Foreign, Keywords, Value } from '../python/value.ts'
import type { Evaluate } from './compile-expression.ts'
import type { Statement } from './compile-statement.ts'
import { Markup } from './markup.ts'
import { deeper, Output, type Scope } from './scope.ts'
import type { Source } from './source.ts'

/** A macro as compiled; `Macro` is one with the scope it was defined in. */
export interface MacroShape {
  readonly name: string
  readonly parameters: readonly { readonly name: string; readonly fallback: Evaluate | null }[]
  readonly body: Statement
  readonly mentions: ReadonlySet<string>
  readonly source: Source
}

export class Macro implements Foreign {
  readonly pyType = 'Macro'
  readonly #shape: MacroShape
  readonly #around: Scope

  constructor(shape: MacroShape, around: Scope) {
    this.#shape = shape
    this.#around = around
  }
  pyText(): string {
    return `<Macro ${repr(this.#shape.name)}>`
  }
  pyGet(name: string): Value | undefined {
    const { parameters, mentions } = this.#shape
    switch (name) {
      case 'name':
        return this.#shape.name
      case 'arguments':
        return new Tuple(parameters.map(one => one.name))
      case 'catch_kwargs':
        return mentions.has('kwargs')
      case 'catch_varargs':
        return mentions.has('varargs')
      case 'caller':
        return this.#takesCaller
      default:
        return undefined
    }
  }
  pyCall(args: readonly Value[], keywords: Keywords): Value {
    const { run } = this.#around
    const out = new Output(run.environment.outputLimit)
    deeper(run, this.#shape.source, () => this.#shape.body(this.#bind(args, keywords), out))
    return run.autoescape ? new Markup(out.text) : out.text
  }
  get #takesCaller(): boolean {
    return this.#shape.mentions.has('caller')
  }

  /** The scope of one call. */
  #bind(args: readonly Value[], keywords: Keywords): Scope {
    const { parameters, mentions, name } = this.#shape
    const scope = this.#around.child()
    const rest = new Map(keywords)
    const caller = rest.get('caller')
    const named = parameters.some(one => one.name === 'caller')
    if (this.#takesCaller && !named) {
      rest.delete('caller')
      scope.vars.set('caller', caller === undefined ? scope.undefined('No caller defined') : caller)
    }
    const lacking = parameters.filter(({ name: one }, at) => !this.#given(scope, one, args[at], rest))
    for (const { name: one, fallback } of lacking)
      scope.vars.set(one, fallback ? fallback(scope) : scope.undefined(`parameter ${repr(one)} was not provided`))
    if (mentions.has('kwargs')) scope.vars.set('kwargs', Dict.of(rest))
    else if (rest.size) throw this.#refuse(rest)
    if (mentions.has('varargs')) scope.vars.set('varargs', new Tuple(args.slice(parameters.length)))
    else if (args.length > parameters.length)
      throw typeError(`macro ${repr(name)} takes not more than ${parameters.length} argument(s)`)
    return scope
  }
  /** Whether the parameter was given. The name is the macro's own from now on: no default sees one of that name outside. */
  #given(scope: Scope, name: string, given: Value | undefined, rest: Map<string, Value>): boolean {
    const value = given === undefined ? rest.get(name) : given
    if (given === undefined) rest.delete(name)
    scope.vars.set(name, value === undefined ? scope.undefined(`'${name}' is undefined`) : value)
    return value !== undefined
  }
  #refuse(rest: ReadonlyMap<string, Value>): Error {
    const { name } = this.#shape
    if (rest.has('caller'))
      return typeError(
        `macro ${repr(name)} was invoked with two values for the special caller argument. This is most likely a bug.`,
      )
    return typeError(`macro ${repr(name)} takes no keyword argument ${repr([...rest.keys()][0] ?? '')}`)
  }
}
