/** Reads the tags that Salt adds: load_yaml … endload, import_yaml, profile; each becomes statements of the plain language. */

import { parseExpression } from '../parse-expression.ts'
import { parseBlockBody, parseImport, parseTarget, type Reading } from '../parse-statement.ts'
import type { Expr, Stmt } from '../tree.ts'

const FORMATS: ReadonlySet<string> = new Set(['yaml', 'json', 'text'])

/** The statements of a Salt tag, or undefined where it is none. */
export function parseSaltTag(reading: Reading, line: number): Stmt[] | undefined {
  const word = reading.stream.current.value
  if (word === 'profile') return [parseProfile(reading, line)]
  const [verb, format = ''] = word.split('_')
  if (!FORMATS.has(format) || word !== `${verb}_${format}`) return undefined
  if (verb === 'load') return [parseLoad(reading, `load_${format}`, line)]
  return verb === 'import' ? parseImportAs(reading, `load_${format}`, line) : undefined
}

/** `{% load_yaml as x %}text{% endload %}`: a set block through a filter. */
function parseLoad(reading: Reading, filter: string, line: number): Stmt {
  const { stream } = reading
  stream.next()
  stream.expect('name', 'as')
  const target = parseTarget(stream, {})
  const { body } = parseBlockBody(reading, ['endload'])
  return { kind: 'setBlock', target, filter: filterOf(null, filter, line), body, line }
}

/** `{% import_yaml 'file' as x %}`: an import whose text goes through a filter. */
function parseImportAs(reading: Reading, filter: string, line: number): Stmt[] {
  const imported = parseImport(reading, line)
  const value: Expr = filterOf({ kind: 'name', name: imported.target, line }, filter, line)
  return [imported, { kind: 'set', target: { kind: 'name', name: imported.target }, value, line }]
}

/** `{% profile as 'name' %}`: the body as it stands; times are not kept. */
function parseProfile(reading: Reading, line: number): Stmt {
  const { stream } = reading
  stream.next()
  if (stream.skips('name', 'as')) parseExpression(stream)
  return { kind: 'scope', body: parseBlockBody(reading, ['endprofile']).body, line }
}

function filterOf(of: Expr | null, name: string, line: number): Expr {
  return { kind: 'filter', of, name, given: { args: [], keywords: [] }, line }
}
