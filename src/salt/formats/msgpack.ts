/** MessagePack, written and read. */

import { StateException } from '../definition/exceptions.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { integer } from '../python/integer.ts'
import { isInteger, typeName } from '../python/kind.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

export function writeMsgpack(value: Value): Buffer {
  return Buffer.concat(pieces(value))
}

/** Throws a ValueError where the bytes are no one value. */
export function readMsgpack(bytes: Uint8Array): Value {
  const reader = new Reader(Buffer.from(bytes))
  const value = reader.value()
  if (reader.at !== bytes.length) throw new StateException('ValueError', 'Unpack failed: there is more than one value')
  return value
}

function pieces(value: Value): Buffer[] {
  if (value === null) return [byte(0xc0)]
  if (typeof value === 'boolean') return [byte(value ? 0xc3 : 0xc2)]
  if (isInteger(value)) return [wholeNumber(BigInt(value))]
  if (value instanceof Float) {
    const bytes = Buffer.alloc(9)
    bytes[0] = 0xcb
    bytes.writeDoubleBE(value.value, 1)
    return [bytes]
  }
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return [
      head(bytes.length, [
        [31, 0xa0],
        [0xff, 0xd9],
        [0xffff, 0xda],
        [0xffffffff, 0xdb],
      ]),
      bytes,
    ]
  }
  if (value instanceof Uint8Array)
    return [
      head(value.length, [
        [0xff, 0xc4],
        [0xffff, 0xc5],
        [0xffffffff, 0xc6],
      ]),
      Buffer.from(value),
    ]
  const items = value instanceof Tuple ? value.items : value
  if (Array.isArray(items))
    return [
      head(items.length, [
        [15, 0x90],
        [0xffff, 0xdc],
        [0xffffffff, 0xdd],
      ]),
      ...items.flatMap(pieces),
    ]
  if (value instanceof Dict) {
    const pairs = Array.from(value, ([key, item]) => [...pieces(key), ...pieces(item)])
    return [
      head(value.size, [
        [15, 0x80],
        [0xffff, 0xde],
        [0xffffffff, 0xdf],
      ]),
      ...pairs.flat(),
    ]
  }
  throw new StateException('TypeError', `can not serialize '${typeName(value)}' object`)
}

function byte(value: number): Buffer {
  return Buffer.from([value])
}

/** The shortest head that holds the length; heads of at most 31 hold it in themselves. */
function head(length: number, heads: readonly (readonly [most: number, mark: number])[]): Buffer {
  for (const [most, mark] of heads) {
    if (length > most) continue
    return most <= 31
      ? byte(mark | length)
      : withNumber(mark, BigInt(length), most === 0xff ? 1 : most === 0xffff ? 2 : 4)
  }
  throw new StateException('ValueError', 'the value is too large for msgpack')
}

function wholeNumber(value: bigint): Buffer {
  if (value >= -32n && value < 128n) return byte(Number(BigInt.asUintN(8, value)))
  const kinds: readonly (readonly [number, number])[] = [
    [1, 0],
    [2, 1],
    [4, 2],
    [8, 3],
  ]
  for (const [size, at] of kinds) {
    const bits = BigInt(size * 8)
    if (value >= 0n && value < 1n << bits) return withNumber(0xcc + at, value, size)
    if (value < 0n && value >= -(1n << (bits - 1n))) return withNumber(0xd0 + at, value, size)
  }
  throw new StateException('OverflowError', 'Integer value out of range')
}

function withNumber(mark: number, value: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = mark
  for (let at = 0; at < size; at++) bytes[1 + at] = Number((value >> BigInt(8 * (size - 1 - at))) & 0xffn)
  return bytes
}

class Reader {
  readonly #bytes: Buffer
  at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  value(): Value {
    const mark = Number(this.#number(1))
    if (mark < 0x80) return mark
    if (mark < 0x90) return this.#mapping(mark & 15)
    if (mark < 0xa0) return this.#list(mark & 15)
    if (mark < 0xc0) return this.#take(mark & 31).toString()
    if (mark >= 0xe0) return mark - 256
    return this.#marked(mark)
  }
  #marked(mark: number): Value {
    if (mark === 0xc0) return null
    if (mark === 0xc2 || mark === 0xc3) return mark === 0xc3
    if (mark >= 0xc4 && mark <= 0xc6) return new Uint8Array(this.#take(this.#length(mark - 0xc4)))
    if (mark === 0xca) return new Float(this.#take(4).readFloatBE())
    if (mark === 0xcb) return new Float(this.#take(8).readDoubleBE())
    if (mark >= 0xcc && mark <= 0xcf) return integer(this.#number(1 << (mark - 0xcc)))
    if (mark >= 0xd0 && mark <= 0xd3) {
      const size = 1 << (mark - 0xd0)
      return integer(BigInt.asIntN(size * 8, this.#number(size)))
    }
    if (mark >= 0xd9 && mark <= 0xdb) return this.#take(this.#length(mark - 0xd9)).toString()
    if (mark === 0xdc || mark === 0xdd) return this.#list(this.#length(mark - 0xdb))
    if (mark === 0xde || mark === 0xdf) return this.#mapping(this.#length(mark - 0xdd))
    throw new StateException('ValueError', `Unpack failed: error = ${mark}`)
  }
  #length(power: number): number {
    return Number(this.#number(1 << power))
  }
  #list(count: number): Value[] {
    return Array.from({ length: this.#possible(count) }, () => this.value())
  }
  #mapping(count: number): Dict {
    const dict = new Dict()
    for (let left = this.#possible(count); left > 0; left--) {
      const key = this.value()
      dict.set(key, this.value())
    }
    return dict
  }
  /** No more items than there are bytes: a damaged length asks for no memory. */
  #possible(count: number): number {
    if (count > this.#bytes.length - this.at) throw new StateException('ValueError', 'Unpack failed: incomplete input')
    return count
  }
  #number(size: number): bigint {
    let value = 0n
    for (const each of this.#take(size)) value = (value << 8n) | BigInt(each)
    return value
  }
  #take(size: number): Buffer {
    this.#possible(size)
    const taken = this.#bytes.subarray(this.at, this.at + size)
    this.at += size
    return taken
  }
}
