/** YAML as people and programs of every kind read it: plain data and Python's values as its text. */
import { Document, Scalar, type YAMLMap } from 'yaml'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import type { Value } from '../salt/python/value.ts'

/** A mapping that stands in one line. */
export function inOneLine(values: Readonly<Record<string, unknown>>): YAMLMap {
  const map = new Document(values).contents as unknown as YAMLMap
  map.flow = true
  return map
}

/** Of Python's values, as everybody reads them. */
export function nodeOf(value: Value): unknown {
  if (value instanceof Dict) return new Map([...value].map(([key, inner]) => [nodeOf(key), nodeOf(inner)]))
  if (Array.isArray(value)) return value.map(nodeOf)
  if (!(value instanceof Float)) return value
  const scalar = new Scalar(value.value)
  if (Number.isInteger(value.value)) scalar.minFractionDigits = 1
  return scalar
}

/** Quoted where readers of another YAML would take a text for something else. */
export function yamlOf(value: unknown): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true, nullStr: '' })
}
