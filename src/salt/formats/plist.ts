/** Property lists in XML, written and read as Python's plistlib does. */

import { StateException } from '../definition/exceptions.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { floatText } from '../python/float-text.ts'
import { isInteger, typeName } from '../python/kind.ts'
import { readFloat, readInteger } from '../python/number-text.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

const HEADER = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

export interface PlistOptions {
  readonly sortKeys: boolean
}

export function writePlist(value: Value, options: PlistOptions): Buffer {
  return Buffer.from(`${HEADER}${element(value, '', options)}</plist>\n`)
}

function element(value: Value, indent: string, options: PlistOptions): string {
  if (typeof value === 'string') return simple('string', value, indent)
  if (typeof value === 'boolean') return `${indent}<${value}/>\n`
  if (isInteger(value)) return simple('integer', wholeText(BigInt(value)), indent)
  if (value instanceof Float) return simple('real', floatText(value.value), indent)
  if (value instanceof Uint8Array) return data(value, indent)
  const items = value instanceof Tuple ? value.items : value
  if (Array.isArray(items))
    return around(
      'array',
      items.map(item => element(item, `${indent}\t`, options)),
      indent,
    )
  if (value instanceof Dict) return around('dict', pairs(value, indent, options), indent)
  throw new StateException('TypeError', `unsupported type: <class '${typeName(value)}'>`)
}

function pairs(dict: Dict, indent: string, options: PlistOptions): string[] {
  const texts = [...dict].map(([key, item]) => {
    if (typeof key !== 'string') throw new StateException('TypeError', 'keys must be strings')
    return [key, item] as const
  })
  if (options.sortKeys) texts.sort(([one], [two]) => (one < two ? -1 : 1))
  return texts.map(([key, item]) => simple('key', key, `${indent}\t`) + element(item, `${indent}\t`, options))
}

function around(tag: string, inside: readonly string[], indent: string): string {
  return inside.length ? `${indent}<${tag}>\n${inside.join('')}${indent}</${tag}>\n` : `${indent}<${tag}/>\n`
}

function simple(tag: string, text: string, indent: string): string {
  return `${indent}<${tag}>${escaped(text)}</${tag}>\n`
}

function wholeText(value: bigint): string {
  if (value < -(1n << 63n) || value >= 1n << 64n) throw new StateException('OverflowError', String(value))
  return String(value)
}

function data(bytes: Uint8Array, indent: string): string {
  const width = Math.max(16, 76 - indent.replaceAll('\t', ' '.repeat(8)).length)
  const most = Math.floor(width / 4) * 3
  const lines = Array.from({ length: Math.ceil(bytes.length / most) }, (_, at) =>
    Buffer.from(bytes.subarray(at * most, (at + 1) * most)).toString('base64'),
  )
  return `${indent}<data>\n${lines.map(line => `${indent}${line}\n`).join('')}${indent}</data>\n`
}

function escaped(text: string): string {
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text))
    throw new StateException('ValueError', "strings can't contain control characters; use bytes instead")
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[&<>]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign)
}

/** Throws a ValueError where the text is no property list of this kind. */
export function readPlist(text: string): Value {
  const tokens = [...text.replace(/<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>/gs, '').matchAll(/<[^>]*>|[^<]+/g)].map(
    ([one]) => one,
  )
  const reader = new Reader(tokens)
  reader.expect(/^<plist[\s>]/)
  const value = reader.value()
  reader.expect(/^<\/plist\s*>$/)
  return value
}

class Reader {
  readonly #tokens: readonly string[]
  #at = 0
  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }
  expect(pattern: RegExp): void {
    if (!pattern.test(this.#tag())) throw invalid()
  }
  value(tag = this.#tag()): Value {
    const [, name = '', closed = ''] = /^<([a-z]+)\s*(\/?)>$/.exec(tag) ?? []
    if (closed && (name === 'true' || name === 'false')) return name === 'true'
    if (name === 'array') return closed ? [] : this.#list()
    if (name === 'dict') return closed ? new Dict() : this.#dict()
    const text = closed ? '' : this.#text(name)
    if (name === 'string') return text
    if (name === 'integer') return found(readInteger(text) ?? readInteger(text, 16))
    if (name === 'real') {
      const number = readFloat(text)
      return new Float(found(number))
    }
    if (name === 'data') return new Uint8Array(Buffer.from(text, 'base64'))
    if (name === 'date') return text
    throw invalid()
  }
  #list(): Value[] {
    const items: Value[] = []
    for (let tag = this.#tag(); tag !== '</array>'; tag = this.#tag()) items.push(this.value(tag))
    return items
  }
  #dict(): Dict {
    const dict = new Dict()
    for (let tag = this.#tag(); tag !== '</dict>'; tag = this.#tag()) {
      if (tag !== '<key>') throw invalid()
      const key = this.#text('key')
      dict.set(key, this.value())
    }
    return dict
  }
  /** The next tag; only blanks may stand before it. */
  #tag(): string {
    while (this.#tokens[this.#at]?.trim() === '') this.#at++
    const tag = this.#tokens[this.#at++]
    if (!tag?.startsWith('<')) throw invalid()
    return tag
  }
  #text(name: string): string {
    let text = ''
    while (this.#tokens[this.#at] !== undefined && !this.#tokens[this.#at]?.startsWith('<'))
      text += this.#tokens[this.#at++]
    if (this.#tokens[this.#at++] !== `</${name}>`) throw invalid()
    return unescaped(text)
  }
}

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([\da-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) =>
    name ? (names[name] ?? whole) : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  )
}

function found<Some>(value: Some | undefined): Some {
  if (value === undefined) throw invalid()
  return value
}

function invalid(): StateException {
  return new StateException('ValueError', 'Invalid file')
}
