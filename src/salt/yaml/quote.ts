/** One scalar as YAML on one line, to be set into a template: what the filters yaml_encode, yaml_dquote and yaml_squote print. */
import { typeError } from '../python/error.ts'
import { typeName } from '../python/kind.ts'
import type { Value } from '../python/value.ts'
import { Page } from './page.ts'
import { represent } from './represent.ts'
import { type Writing, writeDoubleQuoted, writeSingleQuoted } from './write-scalars.ts'

/** In double quotes, everything beyond ASCII escaped. */
export function yamlDoubleQuoted(text: string): string {
  return written(writing => writeDoubleQuoted(text, writing))
}

export function yamlSingleQuoted(text: string): string {
  return written(writing => writeSingleQuoted(text, writing))
}

/** A text in double quotes, any other scalar as it is. Throws PyError for lists and mappings. */
export function yamlEncoded(value: Value): string {
  const node = represent(value, { flow: false, sortKeys: true, style: 'plain' })
  if (node.kind !== 'scalar')
    throw typeError(`yaml_encode() only works with YAML scalar data; failed for <class '${typeName(value)}'>`)
  return typeof value === 'string' ? yamlDoubleQuoted(value) : node.text
}

function written(write: (writing: Writing) => void): string {
  const page = new Page()
  write({ page, indent: 0, step: 2, width: Number.POSITIVE_INFINITY, allowUnicode: false })
  return page.text
}
