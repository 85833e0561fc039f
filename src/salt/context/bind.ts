/** Binds the arguments of an execution function as Python does, with Python's words where they do not fit. */

import { type Args, readArgs } from '../definition/args.ts'
import type { FunctionDefinition } from '../definition/define.ts'
import { Dict } from '../python/dict.ts'
import { typeError } from '../python/error.ts'
import type { Keywords, Value } from '../python/value.ts'

/** `name` is the bare one, as Python shows it. */
export function bind(name: string, definition: FunctionDefinition, args: readonly Value[], keywords: Keywords): Args {
  const names = Object.keys(definition.arguments)
  const values = new Map<string, Value>()
  const rest: Value[] = []
  args.forEach((value, at) => {
    const known = names[at]
    if (known !== undefined) values.set(known, value)
    else rest.push(value)
  })
  if (rest.length && definition.restArguments === undefined)
    throw typeError(`${name}() takes ${names.length} positional arguments but ${args.length} were given`)
  const others = new Dict()
  for (const [key, value] of keywords) {
    if (values.has(key)) throw typeError(`${name}() got multiple values for argument '${key}'`)
    if (Object.hasOwn(definition.arguments, key)) values.set(key, value)
    else if (definition.otherArguments !== undefined) others.set(key, value)
    // Salt passes names of its own through; they mean nothing here.
    else if (!key.startsWith('__') && key !== 'saltenv')
      throw typeError(`${name}() got an unexpected keyword argument '${key}'`)
  }
  const missing = names.filter(each => definition.arguments[each]?.required && !values.has(each))
  if (missing.length) throw typeError(missingText(name, missing))
  return readArgs(values, definition.arguments, others, rest)
}

function missingText(name: string, missing: readonly string[]): string {
  const quoted = missing.map(each => `'${each}'`)
  const list = quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}` : quoted[0]
  return `${name}() missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${list}`
}
