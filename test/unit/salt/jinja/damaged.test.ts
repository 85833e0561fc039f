import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTemplates, type Source, TemplateError } from '../../../../src/salt/jinja/index.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'

const snippets = readFileSync(join(import.meta.dirname, 'snippets.txt'), 'utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => line.replaceAll('⏎', '\n'))

const pieces = [
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '#}',
  '-',
  '|',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  "'",
  '"',
  '\\',
  '\n',
  '\0',
  '😀',
  '\ud800',
  ' if ',
  ' for ',
  ' in ',
  'loop',
  'self',
  'super',
  '**',
  '999999999999',
  '.',
  '~',
  '%',
  ':',
  ',',
  'not',
  'is',
  'raw',
  'endraw',
  'end',
  '=',
  '*',
  '_',
  '__class__',
]

/** A snippet with something cut out, put in, doubled or swapped. */
const damaged = fc
  .tuple(
    fc.constantFrom(...snippets),
    fc.array(fc.tuple(fc.nat(400), fc.nat(8), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 4 }),
  )
  .map(([snippet, wounds]) =>
    wounds.reduce((text, [at, length, piece]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + (at % 2 ? length : 0))
    }, snippet),
  )

describe('a damaged template', () => {
  test('is rendered or refused with a place: it never crashes and never hangs', () => {
    fc.assert(
      fc.property(damaged, fc.boolean(), (text, lenient) => {
        try {
          expect(typeof render(text, { undefined: lenient ? 'lenient' : 'strict' })).toBe('string')
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error
          expect(error.line).toBeGreaterThan(0)
          expect(error.message).not.toMatch(/of undefined|is not a function|Cannot read|not iterable \(cannot/)
        }
      }),
      { numRuns: 3000, seed: 20261121 },
    )
  })
})

describe('a template that would never end', () => {
  const many = Array.from({ length: 5 }, (_, at) => `{% for a${at} in range(99999) %}`).join('')
  test.each([
    ['loops inside of loops', `${many}x${'{% endfor %}'.repeat(5)}`],
    ['loops that print nothing', `${many}${'{% endfor %}'.repeat(5)}`],
    ['a list that grows while it is walked', '{% set l = [1] %}{% for x in l %}{% do l.append(x) %}{% endfor %}'],
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    [
      'a macro that calls itself through a filter block',
      '{% macro m() %}{% filter upper %}{{ m() }}{% endfilter %}{% endmacro %}{{ m() }}',
    ],
    ['a template that includes itself', '{% include "self" %}'],
    ['a template that imports itself', '{% import "self" as x with context %}'],
    ['a template that extends itself', '{% extends "self" %}'],
    ['a loop that recurses for ever', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
    [
      'a text that doubles',
      '{% set ns = namespace(t="xxxxxxxxxx") %}{% for i in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}',
    ],
    ['a list that doubles', '{% set l = [1, 2, 3] %}{% for i in range(99) %}{% do l.extend(l) %}{% endfor %}'],
    ['a huge number', '{{ 9 ** 9999999 }}'],
    [
      'a huge product',
      '{% set ns = namespace(n=9 ** 9999) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}{% endfor %}',
    ],
    ['a huge text', '{{ "x" * 9999999999 }}'],
    ['a huge list', '{{ [0] * 9999999999 }}'],
    ['a huge width', '{{ "%999999999d" % 1 }}'],
    ['a huge precision', '{{ "%.999999999f" % 1 }}'],
    ['a huge format', '{{ "{:999999999}".format(1) }}'],
    ['a huge centre', '{{ "x".center(9999999999) }}'],
    ['a huge indent', '{{ "x\ny" | indent(9999999999) }}'],
    ['much output', '{% for i in range(99999) %}{{ "x" * 9999 }}{% endfor %}'],
    ['many brackets', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['many lists', `{{ ${'['.repeat(5000)}${']'.repeat(5000)} }}`],
    ['many signs', `{{ ${'-'.repeat(5000)}1 }}`],
    ['many blocks', `${'{% if 1 %}'.repeat(5000)}${'{% endif %}'.repeat(5000)}`],
    ['many attributes', `{{ x${'.a'.repeat(20_000)} }}`],
    ['many filters', `{{ 1${'|string'.repeat(20_000)} }}`],
    ['many sums', `{{ 1${' + "x" * 1'.repeat(20_000)} }}`],
    ['many nots', `{{ ${'not '.repeat(20_000)} nothing }}`],
    ['a list inside of itself', '{% set l = [] %}{% do l.append(l) %}{{ l == [l] }}{{ l | flatten }}'],
    ['combinations without number', '{{ range(9999) | combinations(3) | list | length }}'],
    [
      'a regular expression that backtracks',
      "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_match('(a+)+$') }}",
    ],
  ])('is stopped: %s', (_, text) => {
    const started = () => render(text, { timeLimitSeconds: 0.5, outputLimitBytes: 5_000_000 })
    expect(started).toThrow(TemplateError)
  })

  test('prints a list inside of itself as Python does', () => {
    expect(render('{% set l = [] %}{% do l.append(l) %}{{ l }}', {})).toBe('[[...]]')
  })

  test('a template of 10 MB is rendered or refused', () => {
    const text = '{{ 1 }} some text\n'.repeat(600_000)
    expect(render(text, {})).toHaveLength(600_000 * 12)
  })
})

function render(
  text: string,
  options: { undefined?: 'strict' | 'lenient'; timeLimitSeconds?: number; outputLimitBytes?: number },
): string {
  const source: Source = { path: 'self', text }
  const templates = createTemplates({
    timeLimitSeconds: 5,
    ...options,
    load: name => (name === 'self' ? source : null),
    globals: new Map(),
  })
  return templates.render(source, new Map([['users', [Dict.of({ name: 'zed', group: 'b', age: 3, admin: false })]]]))
}
