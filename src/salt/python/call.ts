/** Calling functions of ours: signatures with defaults, bound as Python binds arguments. */
import { typeError } from './error.ts'
import { asForeign, typeName } from './kind.ts'
import type { Foreign, Keywords, Value } from './value.ts'

export const NO_KEYWORDS: Keywords = new Map()

/** Parameters in order with their defaults; `undefined` means that the caller must give it. */
export type Parameters = { readonly [name: string]: Value | undefined }

/** Makes a function value. */
export function callable(name: string, call: (args: readonly Value[], keywords: Keywords) => Value): Foreign {
  return { pyType: 'function', pyCall: call, pyText: () => `<function ${name}>` }
}

/** Calls a value, or throws as Python does where it cannot be called. */
export function callValue(value: Value, args: readonly Value[], keywords: Keywords = NO_KEYWORDS): Value {
  const foreign = asForeign(value)
  if (!foreign?.pyCall) throw typeError(`'${typeName(value)}' object is not callable`)
  return foreign.pyCall(args, keywords)
}

/** A binder for one signature: places positional and named arguments, fills in defaults, refuses the rest. */
export function binder(name: string, parameters: Parameters): (args: readonly Value[], keywords: Keywords) => Value[] {
  const names = Object.keys(parameters)
  const defaults = Object.values(parameters)
  return (args, keywords) => {
    if (args.length > names.length) throw tooMany(name, defaults, args.length)
    const bound = [...defaults]
    for (let at = 0; at < args.length; at++) bound[at] = args[at]
    for (const [key, value] of keywords) {
      const at = names.indexOf(key)
      if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`)
      if (at < args.length) throw typeError(`${name}() got multiple values for argument '${key}'`)
      bound[at] = value
    }
    const missing = names.filter((_, at) => bound[at] === undefined)
    if (missing.length) throw tooFew(name, missing)
    return bound as Value[]
  }
}

function tooMany(name: string, defaults: readonly (Value | undefined)[], given: number): Error {
  const least = defaults.filter(value => value === undefined).length
  const most = defaults.length
  const takes = least === most ? `${most}` : `from ${least} to ${most}`
  return typeError(
    `${name}() takes ${takes} positional argument${most === 1 ? '' : 's'} but ${given} ${given === 1 ? 'was' : 'were'} given`,
  )
}

function tooFew(name: string, missing: readonly string[]): Error {
  const names = missing.map(one => `'${one}'`)
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]
  return typeError(
    `${name}() missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${list}`,
  )
}
