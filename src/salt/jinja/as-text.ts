/** Texts, whether they are HTML already or not. */
import type { Value } from '../python/value.ts'
import { Markup } from './markup.ts'

/** The characters of a str, marked as HTML or not; undefined for other kinds. */
export function asText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.text : undefined
}

/** The new text, marked as HTML where the one it was made of was. */
export function like(value: Value, text: string): Value {
  return value instanceof Markup ? new Markup(text) : text
}
