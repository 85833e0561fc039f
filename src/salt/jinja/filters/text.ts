/** Jinja's filters over texts. */

import { operate } from '../../python/arithmetic.ts'
import { callMethod } from '../../python/attribute.ts'
import { callValue, NO_KEYWORDS } from '../../python/call.ts'
import { Dict } from '../../python/dict.ts'
import { PyError, refuseHuge, typeError } from '../../python/error.ts'
import { asIndex } from '../../python/integer.ts'
import { typeName } from '../../python/kind.ts'
import { splitLines, stripped } from '../../python/methods/str.ts'
import { str } from '../../python/repr.ts'
import { capitalized, characters, textLength, textOf } from '../../python/text.ts'
import { truth } from '../../python/truth.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { asText, like } from '../as-text.ts'
import { defineFilter, defineFreeFilter } from '../define.ts'
import { Markup } from '../markup.ts'
import { isUndefined } from '../undefined.ts'
import { wrapText } from '../wrap.ts'

export const textFilters = [
  defineFilter({
    name: 'capitalize',
    does: 'The first character in upper case, all others in lower.',
    run: value => like(value, capitalized(str(value))),
  }),
  defineFilter({
    name: 'center',
    does: 'The text in the middle of a line of that width.',
    takes: { width: 80 },
    run: (value, _, width) => callMethod(str(value), 'center', [width]) ?? '',
  }),
  defineFreeFilter({
    name: 'format',
    does: 'Fills values into the %s and %(name)s of the text.',
    run: (value, args, keywords) => {
      if (args.length && keywords.size)
        throw new PyError(
          'jinja2.exceptions.FilterArgumentError',
          "can't handle positional and keyword arguments at the same time",
        )
      const format = value instanceof Markup ? value : str(value)
      return operate('%', format, keywords.size ? Dict.of(keywords) : new Tuple(args))
    },
  }),
  defineFilter({
    name: 'indent',
    does: 'Indents every line but the first, and none that is blank unless asked.',
    takes: { width: 4, first: false, blank: false },
    run: (value, _, width, first, blank) =>
      like(value, indented(textAlone(value, 'adding to it'), width, truth(first), truth(blank))),
  }),
  defineFilter({ name: 'lower', does: 'All in lower case.', run: value => like(value, str(value).toLowerCase()) }),
  defineFilter({ name: 'upper', does: 'All in upper case.', run: value => like(value, str(value).toUpperCase()) }),
  defineFilter({
    name: 'title',
    does: 'Each word begins with a capital.',
    run: value =>
      str(value)
        .split(/([-\s({[<]+)/)
        .map(capitalized)
        .join(''),
  }),
  defineFilter({
    name: 'replace',
    does: 'One part replaced by another, everywhere or the first so many times.',
    takes: { old: undefined, new: undefined, count: null },
    run: (value, _, from, to, count) => {
      const of = value instanceof Markup ? value : str(value)
      const args = [str(from), str(to), count ?? -1]
      if (typeof of === 'string') return callMethod(of, 'replace', args) ?? of
      return callValue(of.pyGet('replace') ?? null, args, NO_KEYWORDS)
    },
  }),
  defineFilter({
    name: 'trim',
    does: 'Without blanks, or the given characters, at both ends.',
    takes: { chars: null },
    run: (value, _, chars) => like(value, stripped(str(value), chars)),
  }),
  defineFilter({
    name: 'truncate',
    does: 'Cut to a length, at a word unless killwords, with an end mark.',
    takes: { length: 255, killwords: false, end: '...', leeway: null },
    run: (value, _, length, kill, end, leeway) =>
      like(value, truncated(str(value), asIndex(length), truth(kill), str(end), leeway === null ? 5 : asIndex(leeway))),
  }),
  defineFilter({
    name: 'wordcount',
    does: 'How many words there are.',
    run: value => str(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
  }),
  defineFilter({
    name: 'wordwrap',
    does: 'Lines broken at that width.',
    takes: { width: 79, break_long_words: true, wrapstring: null, break_on_hyphens: true },
    run: (value, _, width, long, joint, hyphens) => {
      const between = joint === null ? '\n' : str(joint)
      const wrap = { width: asIndex(width), breakLongWords: truth(long), breakOnHyphens: truth(hyphens) }
      return splitLines(textAlone(value, 'asking for its lines'), false)
        .map(line => wrapText(line, wrap).join(between))
        .join(between)
    },
  }),
]

/** The text; numbers and lists are refused here, though other filters print them. */
function textAlone(value: Value, use: 'adding to it' | 'asking for its lines'): string {
  if (isUndefined(value)) value.fail()
  const text = asText(value)
  if (text !== undefined) return text
  if (use === 'adding to it' && !Array.isArray(value))
    throw typeError(`unsupported operand type(s) for +=: '${typeName(value)}' and 'str'`)
  throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute 'splitlines'`)
}

function indented(text: string, width: Value, first: boolean, blank: boolean): string {
  const margin = typeof width === 'string' ? width : ' '.repeat(Math.max(0, asIndex(width)))
  const lines = splitLines(`${text}\n`, false)
  refuseHuge(lines.length * margin.length, 'this text')
  const rest = lines.map((line, at) => (at > 0 && (blank || line) ? margin + line : line)).join('\n')
  return first ? margin + rest : rest
}

function truncated(text: string, length: number, killWords: boolean, end: string, leeway: number): string {
  if (length < textLength(end))
    throw new PyError('AssertionError', `expected length >= ${textLength(end)}, got ${length}`)
  if (textLength(text) <= length + leeway) return text
  const cut = textOf(characters(text).slice(0, length - textLength(end)))
  if (killWords) return cut + end
  const space = cut.lastIndexOf(' ')
  return (space < 0 ? cut : cut.slice(0, space)) + end
}
