/** YAML of people, read with its places: each fault has its line and column, and all of them are told at once. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import type { Value } from '../salt/python/value.ts'

/** What stands somewhere; null where a key has nothing behind it. */
export interface Piece {
  readonly node: Node | null
  /** Where it begins, or the key that it is behind. */
  readonly at: number
}

export interface Entry extends Piece {
  readonly key: string
  readonly keyAt: number
}

export interface Reader {
  readonly top: Piece
  fault(at: number, sentence: string): void
  /** Undefined and a fault where it is none; nothing behind a key is an empty one. */
  mapping(piece: Piece, what: string): readonly Entry[]
  /** The same, of which only these keys are known. */
  fields<Key extends string>(piece: Piece, what: string, known: readonly Key[]): ReadonlyMap<Key, Entry>
  isList(piece: Piece): boolean
  isEmpty(piece: Piece): boolean
  list(piece: Piece, what: string): readonly Piece[]
  text(piece: Piece, what: string): string | undefined
  /** A number or a truth value as it is written, too. */
  scalarText(piece: Piece, what: string): string | undefined
  flag(piece: Piece, what: string): boolean | undefined
  value(piece: Piece): Value
  /** Throws FILE_INVALID where there was any fault. */
  end(): void
}

const mostFaults = 50
const mostOfForm = 3
/** Aliases make much of a little; nobody writes so much by hand. */
const mostPieces = 500_000
const deepest = 60
const longest = 4 * 1024 ** 2

/** Throws FILE_INVALID where it is no YAML. */
export function readerOf(text: string): Reader {
  const lines = new LineCounter()
  const faults: Fault[] = []
  const fault = (at: number, sentence: string) => void faults.push({ at, sentence })
  const document = documentOf(text, lines)
  for (const { pos, message } of [...document.errors, ...document.warnings]) fault(pos[0], message)
  // What is no YAML is not read for what it might mean.
  refuse(faults.slice(0, mostOfForm), lines)
  const meanings = meaningsOf(document)
  let left = mostPieces
  const resolved = ({ node, at }: Piece): Node | null => {
    if (--left < 0)
      throw new CorpusError('FILE_INVALID', 'The file comes to too much, with all that its aliases repeat.')
    if (!isAlias(node)) return node
    const meaning = meanings.get(node)
    if (meaning === undefined) fault(at, `${shown(node.source)} is nothing that was named before`)
    return meaning ?? null
  }
  const wrong = ({ at }: Piece, what: string, wanted: string) => {
    fault(at, `${what} is ${wanted}`)
    return undefined
  }
  const mapping: Reader['mapping'] = (piece, what) => {
    const node = resolved(piece)
    if (node === null || isNothing(node)) return []
    if (!isMap(node)) return wrong(piece, what, 'a mapping') ?? []
    const seen = new Set<string>()
    return node.items.flatMap(({ key: keyNode, value }) => {
      const keyAt = startOf(keyNode as Node | null, piece.at)
      const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined
      if (key === undefined) fault(keyAt, `a key of ${what} is a text`)
      else if (seen.has(key)) fault(keyAt, `${shown(key)} stands twice in ${what}`)
      else {
        seen.add(key)
        return [{ key, keyAt, node: value as Node | null, at: startOf(value as Node | null, keyAt) }]
      }
      return []
    })
  }
  const reader: Reader = {
    top: { node: document.contents, at: 0 },
    fault,
    mapping,
    fields(piece, what, known) {
      const entries = mapping(piece, what).filter(({ key, keyAt }) => {
        const isKnown = (known as readonly string[]).includes(key)
        if (!isKnown) fault(keyAt, `${shown(key)} is nothing that ${what} has.${meant(key, known)}`)
        return isKnown
      })
      return new Map(entries.map(one => [one.key as (typeof known)[number], one]))
    },
    isList: piece => isSeq(resolved(piece)),
    isEmpty(piece) {
      const node = resolved(piece)
      return node === null || isNothing(node)
    },
    list(piece, what) {
      const node = resolved(piece)
      if (node === null || isNothing(node)) return []
      if (!isSeq(node)) return wrong(piece, what, 'a list') ?? []
      return node.items.map(item => ({ node: item as Node | null, at: startOf(item as Node | null, piece.at) }))
    },
    text(piece, what) {
      const node = resolved(piece)
      return isScalar(node) && typeof node.value === 'string' ? node.value : wrong(piece, what, 'a text')
    },
    scalarText(piece, what) {
      const node = resolved(piece)
      if (!isScalar(node) || node.value === null) return wrong(piece, what, 'a text')
      return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
    },
    flag(piece, what) {
      const node = resolved(piece)
      return isScalar(node) && typeof node.value === 'boolean' ? node.value : wrong(piece, what, 'true or false')
    },
    value(piece) {
      const valueAt = (one: Piece, depth: number): Value => {
        const node = resolved(one)
        if (depth > deepest) {
          fault(one.at, 'it is nested too deep')
          return null
        }
        if (isScalar(node)) return scalarOf(node.value, node.source)
        if (isSeq(node))
          return node.items.map(item =>
            valueAt({ node: item as Node | null, at: startOf(item as Node | null, one.at) }, depth + 1),
          )
        if (!isMap(node)) return null
        const dict = new Dict()
        for (const { key, value } of node.items) {
          const at = startOf(key as Node | null, one.at)
          if (!isScalar(key)) {
            fault(at, 'a key is one word')
            continue
          }
          const name = scalarOf(key.value, key.source)
          if (dict.has(name)) fault(at, `${shown(String(key.value))} stands twice`)
          dict.set(name, valueAt({ node: value as Node | null, at: startOf(value as Node | null, at) }, depth + 1))
        }
        return dict
      }
      return valueAt(piece, 0)
    },
    end: () => refuse(faults, lines),
  }
  return reader
}

interface Fault {
  readonly at: number
  readonly sentence: string
}

/** Throws FILE_INVALID where there are any. */
function refuse(faults: readonly Fault[], lines: LineCounter): void {
  if (faults.length === 0) return
  const told = [...faults]
    .sort((one, other) => one.at - other.at)
    .slice(0, mostFaults)
    .map(({ at, sentence }) => {
      const { line, col } = lines.linePos(at)
      return `line ${line}, column ${col}: ${sentence}`
    })
  const more = faults.length > mostFaults ? [`and ${faults.length - mostFaults} more`] : []
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  const first = `${told[0]}`.replace(/([^.?])$/, '$1.')
  throw new CorpusError('FILE_INVALID', `The file has ${count}: ${first}`, { detail: [...told, ...more].join('\n') })
}

function documentOf(text: string, lineCounter: LineCounter): Document.Parsed {
  if (text.length > longest) throw new CorpusError('FILE_INVALID', 'The file is larger than 4 MiB.')
  // Refused before it is taken apart, which takes long.
  if (/(?:[[{]\s*){100}/.test(text)) throw new CorpusError('FILE_INVALID', 'The file is nested too deep.')
  try {
    // That no key stands twice is seen to above, in a time that does not grow with the square of them.
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  } catch (cause) {
    // As deep as the stack is.
    throw new CorpusError('FILE_INVALID', 'The file cannot be read as YAML.', { detail: String(cause), cause })
  }
}

/** What each alias stands for, found in one walk. */
function meaningsOf(document: Document.Parsed): ReadonlyMap<Node, Node> {
  const named = new Map<string, Node>()
  const meanings = new Map<Node, Node>()
  visit(document, {
    Node(_, node) {
      const meaning = isAlias(node) ? named.get(node.source) : undefined
      if (meaning !== undefined) meanings.set(node, meaning)
      if (!isAlias(node) && node.anchor !== undefined) named.set(node.anchor, node)
    },
  })
  return meanings
}

const isNothing = (node: Node): boolean => isScalar(node) && node.value === null

const startOf = (node: Node | null | undefined, otherwise: number): number => node?.range?.[0] ?? otherwise

/** A whole number stays one however large, and one with a point stays one with a point. */
function scalarOf(value: unknown, source: string | undefined): Value {
  if (typeof value !== 'number') return typeof value === 'string' || typeof value === 'boolean' ? value : null
  if (Number.isSafeInteger(value) && !/^[-+]?(\d*\.|\d+[eE])/.test(source ?? '')) return value
  return Number.isInteger(value) && /^[-+]?\d+$/.test(source ?? '') ? BigInt(source ?? '0') : new Float(value)
}
