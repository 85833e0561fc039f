/** Reads TOML. Dates and times stay text. */

import { StateException } from '../definition/exceptions.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { readFloat, readInteger } from '../python/number-text.ts'
import type { Value } from '../python/value.ts'

const DEEPEST = 100

/** Throws a ValueError that names the line. */
export function readToml(text: string): Dict {
  const reader = new Reader(text.replaceAll('\r\n', '\n'))
  const top = new Dict()
  let table = top
  for (reader.blank(); !reader.ended(); reader.blank()) {
    if (reader.take('[[')) {
      table = newItem(top, reader.key(), reader)
      reader.need(']]')
    } else if (reader.take('[')) {
      table = descended(top, reader.key(), reader)
      reader.need(']')
    } else reader.pair(table)
    reader.endOfLine()
  }
  return top
}

function newItem(top: Dict, path: readonly string[], reader: Reader): Dict {
  const parent = descended(top, path.slice(0, -1), reader)
  const last = path.at(-1) ?? ''
  const list = parent.get(last) ?? []
  if (!Array.isArray(list)) throw reader.fault(`${last} is not an array of tables`)
  const item = new Dict()
  list.push(item)
  parent.set(last, list)
  return item
}

/** The table at the path, made where it is not there; of an array of tables the last one. */
function descended(from: Dict, path: readonly string[], reader: Reader): Dict {
  let at = from
  for (const part of path) {
    const known = at.get(part)
    const next = Array.isArray(known) ? known.at(-1) : known
    if (next instanceof Dict) at = next
    else if (next === undefined) {
      const made = new Dict()
      at.set(part, made)
      at = made
    } else throw reader.fault(`${part} is not a table`)
  }
  return at
}

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  constructor(text: string) {
    this.#text = text
  }
  ended(): boolean {
    return this.#at >= this.#text.length
  }
  fault(why: string): StateException {
    const line = this.#text.slice(0, this.#at).split('\n').length
    return new StateException('ValueError', `${why} (line ${line})`)
  }
  take(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false
    this.#at += sign.length
    return true
  }
  need(sign: string): void {
    this.#spaces()
    if (!this.take(sign)) throw this.fault(`expected ${sign}`)
  }
  /** Blanks, line ends and comments. */
  blank(): void {
    this.#match(/(?:\s|#[^\n]*)*/y)
  }
  endOfLine(): void {
    this.#spaces()
    this.#match(/#[^\n]*/y)
    if (!this.ended() && !this.take('\n')) throw this.fault('something stands behind the value')
  }
  key(): string[] {
    const parts: string[] = []
    do {
      this.#spaces()
      parts.push(this.#match(/[\w-]+/y) ?? this.#string() ?? this.#refuse('a key is missing'))
      this.#spaces()
    } while (this.take('.'))
    return parts
  }
  pair(table: Dict): void {
    const path = this.key()
    this.need('=')
    this.#spaces()
    const parent = descended(table, path.slice(0, -1), this)
    const last = path.at(-1) ?? ''
    if (parent.has(last)) throw this.fault(`the key ${last} is there twice`)
    parent.set(last, this.#value())
  }
  #value(): Value {
    const text = this.#string()
    if (text !== undefined) return text
    if (this.take('[')) return this.#inside(() => this.#list())
    if (this.take('{')) return this.#inside(() => this.#inlineTable())
    const word = this.#match(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?|[^\s,\]}#]+/y) ?? ''
    return this.#bare(word)
  }
  #bare(word: string): Value {
    if (word === 'true' || word === 'false') return word === 'true'
    if (/^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(word)) return word
    const whole = /^[-+]?\d[\d_]*$|^0[xob][\da-fA-F_]+$/.test(word)
      ? readInteger(word, word[1] && /[xob]/.test(word[1]) ? 0 : 10)
      : undefined
    if (whole !== undefined) return whole
    const number = readFloat(word)
    if (number === undefined) throw this.fault(`${word || 'nothing'} is no value`)
    return new Float(number)
  }
  #inside<Result>(work: () => Result): Result {
    if (++this.#depth > DEEPEST) throw this.fault(`values are nested more than ${DEEPEST} levels deep`)
    const result = work()
    this.#depth--
    return result
  }
  #list(): Value[] {
    const items: Value[] = []
    for (this.blank(); !this.take(']'); this.blank()) {
      items.push(this.#value())
      this.blank()
      if (!this.take(',')) {
        if (!this.take(']')) throw this.fault('expected ]')
        break
      }
    }
    return items
  }
  #inlineTable(): Dict {
    const table = new Dict()
    this.#spaces()
    if (this.take('}')) return table
    do this.pair(table)
    while (this.#comma())
    this.need('}')
    return table
  }
  #comma(): boolean {
    this.#spaces()
    return this.take(',')
  }
  #string(): string | undefined {
    if (this.take('"""')) return unescaped(this.#until('"""').replace(/\\[ \t]*\n\s*/g, ''), this)
    if (this.take("'''")) return this.#until("'''")
    const literal = this.#match(/'[^'\n]*'/y)
    if (literal !== undefined) return literal.slice(1, -1)
    const basic = this.#match(/"(?:\\.|[^"\\\n])*"/y)
    return basic === undefined ? undefined : unescaped(basic.slice(1, -1), this)
  }
  /** The inside of a text of several lines; a line end right at its beginning is not part of it. */
  #until(mark: string): string {
    this.take('\n')
    let end = this.#text.indexOf(mark, this.#at)
    while (mark === '"""' && end > 0 && /(?<!\\)(?:\\\\)*\\$/.test(this.#text.slice(this.#at, end)))
      end = this.#text.indexOf(mark, end + 1)
    if (end < 0) throw this.fault(`${mark} is not closed`)
    while (this.#text[end + mark.length] === mark[0]) end++
    const inside = this.#text.slice(this.#at, end)
    this.#at = end + mark.length
    return inside
  }
  #spaces(): void {
    this.#match(/[ \t]*/y)
  }
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
  #refuse(why: string): never {
    throw this.fault(why)
  }
}

function unescaped(text: string, reader: Reader): string {
  const known: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' }
  return text.replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs, (_, four, eight, sign) => {
    if (sign === undefined) return String.fromCodePoint(Number.parseInt(four ?? eight, 16))
    const one = known[sign]
    if (one === undefined) throw reader.fault(`\\${sign} is no escape`)
    return one
  })
}
