import { expect, test } from 'vitest'
import { prometheusText, type Sample } from '../../../src/services/metrics.ts'

test('figures are written as Prometheus reads them, whatever is in a label', () => {
  const samples: readonly Sample[] = [
    { labels: { a: 'x"y\\z\n' }, value: 1 },
    { labels: {}, value: Number.POSITIVE_INFINITY },
  ]
  expect(prometheusText([{ name: 'corpus_x', help: 'Two\nlines.', type: 'gauge', samples }])).toBe(
    '# HELP corpus_x Two\\nlines.\n# TYPE corpus_x gauge\ncorpus_x{a="x\\"y\\\\z\\n"} 1\ncorpus_x +Inf\n',
  )
})
