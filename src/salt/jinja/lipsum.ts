/** Text that means nothing, to fill pages with. */
import { binder } from '../python/call.ts'
import { refuseHuge } from '../python/error.ts'
import { asIndex } from '../python/integer.ts'
import { capitalized } from '../python/text.ts'
import { truth } from '../python/truth.ts'
import type { Keywords, Value } from '../python/value.ts'
import { Markup } from './markup.ts'

const WORDS =
  'a ac ad amet ante arcu at commodo congue dapibus diam dolor donec elit erat eros est et felis fusce iaculis id in ipsum justo lacus lectus leo ligula lorem magna massa mauris metus mi morbi nam nec nibh nisl non nulla nunc odio orci pede porta purus quam quis risus rutrum sapien sed sem sit tellus tempor tortor turpis ultrices urna ut varius velit vitae vivamus'.split(
    ' ',
  )
const bind = binder('generate_lorem_ipsum', { n: 5, html: true, min: 20, max: 100 })

export function lipsum(args: readonly Value[], keywords: Keywords): Value {
  const [n = 5, html = true, min = 20, max = 100] = bind(args, keywords)
  refuseHuge(asIndex(n) * asIndex(max), 'this text')
  const paragraphs = Array.from({ length: asIndex(n) }, () => paragraph(asIndex(min), asIndex(max)))
  if (!truth(html)) return paragraphs.join('\n\n')
  return new Markup(paragraphs.map(text => `<p>${text}</p>`).join('\n'))
}

function paragraph(least: number, most: number): string {
  const count = least + Math.floor(Math.random() * Math.max(1, most - least))
  const words = Array.from({ length: count }, () => WORDS[Math.floor(Math.random() * WORDS.length)])
  return `${capitalized(words.join(' '))}.`
}
