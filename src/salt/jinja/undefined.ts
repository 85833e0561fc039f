/** What a name or key that is not there gives: strict (any use fails) or lenient (prints as nothing). */
import type { PyError } from '../python/error.ts'
import { fullTypeName } from '../python/kind.ts'
import { repr } from '../python/repr.ts'
import type { Foreign, Value } from '../python/value.ts'
import { securityError, undefinedError } from './errors.ts'

export class Undefined implements Foreign {
  readonly pyType: string
  readonly strict: boolean
  readonly #message: string
  readonly #unsafe: boolean

  constructor(message: string, strict: boolean, unsafe = false) {
    this.pyType = `jinja2.runtime.${strict ? 'StrictUndefined' : 'Undefined'}`
    this.strict = strict
    this.#message = message
    this.#unsafe = unsafe
  }
  fail(): never {
    throw this.error()
  }
  error(): PyError {
    return this.#unsafe ? securityError(this.#message) : undefinedError(this.#message)
  }
  pyCall(): never {
    return this.fail()
  }
  pyGet(name: string): undefined {
    if (name.startsWith('__')) return undefined
    return this.fail()
  }
  pyItem(): never {
    return this.fail()
  }
  pyOperate(): never {
    return this.fail()
  }
  pyIterate(): Iterable<Value> {
    return this.strict ? this.fail() : []
  }
  pyLength(): number {
    return this.strict ? this.fail() : 0
  }
  pyTruth(): boolean {
    return this.strict ? this.fail() : false
  }
  pyContains(): boolean {
    return this.strict ? this.fail() : false
  }
  pyEquals(other: Value): boolean {
    return this.strict ? this.fail() : isUndefined(other)
  }
  pyText(): string {
    return this.strict ? this.fail() : ''
  }
  pyRepr(): string {
    return 'Undefined'
  }
}

export function isUndefined(value: Value): value is Undefined {
  return value instanceof Undefined
}

/** How Jinja calls an object in "… has no attribute": 'dict object'. */
function objectName(value: Value): string {
  return value === null ? 'None' : `${fullTypeName(value)} object`
}

/** The message for an attribute or item that is not there. */
export function missing(of: Value, key: Value): string {
  if (typeof key !== 'string') return `${objectName(of)} has no element ${repr(key)}`
  return `${repr(objectName(of))} has no attribute ${repr(key)}`
}
