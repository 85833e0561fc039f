/** The functions that every template has: range, dict, lipsum, cycler, joiner, namespace, and Salt's. */

import { binder, callable } from '../python/call.ts'
import { Dict } from '../python/dict.ts'
import { PyError, typeError, valueError } from '../python/error.ts'
import { asIndex } from '../python/integer.ts'
import { pairsOf } from '../python/methods/dict.ts'
import { repr } from '../python/repr.ts'
import { indices } from '../python/slice.ts'
import type { Foreign, Keywords, Value } from '../python/value.ts'
import { defineFunction, type FunctionDefinition } from './define.ts'
import { lipsum } from './lipsum.ts'
import { saltFunctions } from './salt/functions.ts'

export const functionDefinitions: readonly FunctionDefinition[] = [
  defineFunction('range', 'Whole numbers: range(stop), range(start, stop), range(start, stop, step).', args =>
    range(args),
  ),
  defineFunction('dict', 'A mapping of the keyword arguments, over a mapping or pairs.', (args, keywords) =>
    makeDict(args, keywords),
  ),
  defineFunction('lipsum', 'Text that means nothing.', (args, keywords) => lipsum(args, keywords)),
  defineFunction('cycler', 'An object whose next() goes round its values.', args => new Cycler(args)),
  defineFunction('joiner', 'A function that gives nothing the first time, then the text given.', (args, keywords) =>
    joiner(args, keywords),
  ),
  defineFunction(
    'namespace',
    'An object whose fields can be set also inside of loops.',
    (args, keywords) => new Namespace(args, keywords),
  ),
  ...saltFunctions,
]

export const globals: ReadonlyMap<string, Value> = new Map(functionDefinitions.map(({ name, value }) => [name, value]))

const LARGEST_RANGE = 100_000

function range(args: readonly Value[]): Value {
  if (args.length > 3) throw typeError(`range expected at most 3 arguments, got ${args.length}`)
  const [one, two, three] = args.map(asIndex)
  if (one === undefined) throw typeError('range expected at least 1 argument, got 0')
  const [start, stop, step] = two === undefined ? [0, one, 1] : [one, two, three ?? 1]
  if (step === 0) throw valueError('range() arg 3 must not be zero')
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (length > LARGEST_RANGE)
    throw new PyError(
      'OverflowError',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${LARGEST_RANGE}).`,
    )
  return new Range(start, stop, step, length)
}

class Range implements Foreign {
  readonly pyType = 'range'
  readonly #start: number
  readonly #stop: number
  readonly #step: number
  readonly #length: number
  constructor(start: number, stop: number, step: number, length: number) {
    this.#start = start
    this.#stop = stop
    this.#step = step
    this.#length = length
  }
  pyLength(): number {
    return this.#length
  }
  pyIterate(): Iterable<Value> {
    return Array.from({ length: this.#length }, (_, at) => this.#start + at * this.#step)
  }
  pyItem(key: Value): Value | undefined {
    if (typeof key !== 'number') return undefined
    const [at] = indices(this.#length, key, key === -1 ? null : key + 1, null)
    return at === undefined ? undefined : this.#start + at * this.#step
  }
  pyText(): string {
    const step = this.#step === 1 ? '' : `, ${this.#step}`
    return `range(${this.#start}, ${this.#stop}${step})`
  }
}

function makeDict(args: readonly Value[], keywords: Keywords): Dict {
  const dict = new Dict()
  if (args.length > 1) throw typeError(`dict expected at most 1 argument, got ${args.length}`)
  if (args[0] !== undefined) for (const [key, value] of pairsOf(args[0])) dict.set(key, value)
  for (const [key, value] of keywords) dict.set(key, value)
  return dict
}

class Cycler implements Foreign {
  readonly pyType = 'Cycler'
  readonly #values: readonly Value[]
  #at = 0
  constructor(values: readonly Value[]) {
    if (values.length === 0) throw new PyError('RuntimeError', 'at least one item has to be provided')
    this.#values = values
  }
  pyGet(name: string): Value | undefined {
    const current = () => this.#values[this.#at] ?? null
    if (name === 'current') return current()
    if (name === 'reset')
      return callable('reset', () => {
        this.#at = 0
        return null
      })
    if (name !== 'next') return undefined
    return callable('next', () => {
      const value = current()
      this.#at = (this.#at + 1) % this.#values.length
      return value
    })
  }
}

const joinerArguments = binder('__init__', { sep: ', ' })

function joiner(args: readonly Value[], keywords: Keywords): Foreign {
  const [between = ''] = joinerArguments(args, keywords)
  let used = false
  return {
    pyType: 'Joiner',
    pyCall: () => {
      const said = used ? between : ''
      used = true
      return said
    },
  }
}

class Namespace implements Foreign {
  readonly pyType = 'jinja2.utils.Namespace'
  readonly #fields: Dict
  constructor(args: readonly Value[], keywords: Keywords) {
    this.#fields = makeDict(args, keywords)
  }
  pyGet(name: string): Value | undefined {
    return this.#fields.get(name)
  }
  pySet(name: string, value: Value): void {
    this.#fields.set(name, value)
  }
  pyText(): string {
    return `<Namespace ${repr(this.#fields)}>`
  }
}
