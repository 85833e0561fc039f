/** Jinja's filters that make or take apart HTML and URLs. */
import { Dict } from '../../python/dict.ts'
import { itemsOf, iterate, listOf } from '../../python/iterate.ts'
import { str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter } from '../define.ts'
import { asHtml, escapeText, Markup } from '../markup.ts'
import { isUndefined } from '../undefined.ts'
import { urlized } from '../urlize.ts'
import { pairs } from './sequence.ts'

export const htmlFilters = [
  defineFilter({
    name: 'escape',
    aliases: ['e'],
    does: 'With &, <, >, " and \' written as entities.',
    run: value => asHtml(value),
  }),
  defineFilter({
    name: 'forceescape',
    does: 'Escaped also where it is HTML already.',
    run: value => new Markup(escapeText(str(value))),
  }),
  defineFilter({ name: 'safe', does: 'Marked as HTML that needs no escaping.', run: value => new Markup(str(value)) }),
  defineFilter({
    name: 'striptags',
    does: 'Without tags and comments, blanks drawn together.',
    run: value => withoutTags(str(value)),
  }),
  defineFilter({
    name: 'urlencode',
    does: 'Quoted for a URL; of a mapping or pairs, a query string.',
    run: value => {
      if (asText(value) !== undefined || !itemsOf(value)) return quotedForUrl(str(value), '/')
      const parts = value instanceof Dict ? pairs(value) : Array.from(iterate(value))
      return parts
        .map(pair => {
          const [key = null, item = null] = listOf(pair)
          return [key, item].map(one => quotedForUrl(str(one), '').replaceAll('%20', '+')).join('=')
        })
        .join('&')
    },
  }),
  defineFilter({
    name: 'urlize',
    does: 'URLs and mail addresses in a text as links.',
    takes: { trim_url_limit: null, nofollow: false, target: null, rel: null, extra_schemes: null },
    run: (value, scope, limit, noFollow, target, rel) => {
      const rels = new Set(rel === null ? [] : str(rel).split(' '))
      if (truth(noFollow)) rels.add('nofollow')
      rels.add('noopener')
      const html = urlized(str(value), {
        limit: typeof limit === 'number' ? limit : null,
        rel: [...rels].sort().join(' '),
        target: target === null ? '' : str(target),
      })
      return scope.run.autoescape ? new Markup(html) : html
    },
  }),
  defineFilter({
    name: 'xmlattr',
    does: 'A mapping as attributes of a tag.',
    takes: { autospace: true },
    run: (value, scope, space) => {
      const written = pairs(value)
        .map(pair => pair.items)
        .filter(([, one]) => one !== null && !isUndefined(one as Value))
        .map(([name, one]) => `${asHtml(name as Value).text}="${asHtml(one as Value).text}"`)
        .join(' ')
      const text = truth(space) && written ? ` ${written}` : written
      return scope.run.autoescape ? new Markup(text) : text
    },
  }),
]

function quotedForUrl(text: string, safe: string): string {
  let quoted = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte)
    const plain = /[A-Za-z0-9_.~-]/.test(character) || safe.includes(character)
    quoted += plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return quoted
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\xa0',
  copy: '©',
  raquo: '»',
}

function withoutTags(html: string): string {
  const text = html.replace(/<!--.*?-->/gs, '').replace(/<[^>]*>/g, '')
  return plainText(text.split(/\s+/).filter(Boolean).join(' '))
}

export function plainText(html: string): string {
  return html.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
