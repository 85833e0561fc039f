import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateTree } from '../../support/state-tree.ts'

const sound = `{% set names = ['a', 'b'] %}
{% macro entry(id) %}
{{ id }}:
  test.nop:
    - require: [{test: gate}]
{% endmacro %}
include:
  - other
{% for name in names if name != 'x' %}{{ entry(name) }}{% endfor %}
gate:
  test.succeed_with_changes:
    - name: "quoted: {{ pillar.get('root') | yaml_encode }}"
    - unless: 'false'
extend:
  listed:
    test:
      - watch_in: [{test: gate}]
`

/** A place in the text, and what is done there. */
const damage = fc.record({
  at: fc.nat(sound.length),
  cut: fc.nat(12),
  put: fc.oneof(
    fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      ':',
      '- ',
      '\t',
      '"',
      "'",
      '[',
      '{',
      '&a',
      '*a',
      '!!x',
      '\n',
      '  ',
      '#',
      '|',
      '>',
    ),
    fc.string({ maxLength: 4 }),
  ),
})

describe('A damaged state file', () => {
  it('never crashes the engine: it runs, or its faults are told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async damages => {
        const text = damages.reduce((old, { at, cut, put }) => old.slice(0, at) + put + old.slice(at + cut), sound)
        const tree = stateTree({ 'main.sls': text, 'other.sls': 'listed: test.nop\n' })
        try {
          const { faults } = await tree.check('main', { templateTimeoutSeconds: 5 })
          for (const { message, advice } of faults) {
            expect(message).not.toMatch(/\bat .*\.ts:\d+/)
            expect(advice).toBeTypeOf('string')
          }
        } finally {
          tree.remove()
        }
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('cannot reach files outside its roots', async () => {
    const tree = stateTree({
      'main.sls': "{% import '../pillar/secret.sls' as s %}\na-{{ s.word }}: test.nop\n",
      'pillar/secret.sls': "{% set word = 'secret' %}\n",
    })
    try {
      const { faults } = await tree.check()
      expect(faults).toHaveLength(1)
      expect(faults[0]?.message).not.toContain('secret: test')
    } finally {
      tree.remove()
    }
  })
})
