import { afterEach, describe, expect, it } from 'vitest'
import { renderPillars } from '../../../src/states/apply.ts'
import { toPlain } from '../../../src/states/values.ts'
import { type StateTree, stateTree } from '../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

describe('The pillar', () => {
  it('merges the files that mean this machine, included ones below their includer', async () => {
    tree = stateTree({
      'pillar/top.sls':
        "base:\n  '*': [one, two]\n  'G@kernel:Linux and not E@nobody.*':\n    - match: compound\n    - three\n  'nobody*': [never]\n",
      'pillar/one.sls':
        'include:\n  - low\n  - keyed:\n      key: under:here\n      defaults: {word: given}\napp: {a: 1, list: [1]}\n',
      'pillar/low.sls': 'app: {a: 0, low: true}\n',
      'pillar/keyed.sls': 'v: {{ word }}\n',
      'pillar/two.sls': 'app: {b: 2, list: [2]}\n',
      'pillar/three.sls': "kernel: {{ grains['kernel'] }}\n",
    })
    const { pillar, faults } = await renderPillars(tree.input)
    expect(faults).toEqual([])
    expect(toPlain(pillar)).toMatchObject({
      app: { a: 1, low: true, b: 2, list: [2] },
      under: { here: { v: 'given' } },
      kernel: 'Linux',
    })
  })

  it('that does not render stops everything, and says where', async () => {
    tree = stateTree({
      'main.sls': 'a: test.nop\n',
      'pillar/top.sls': "base: {'*': [bad, gone]}\n",
      'pillar/bad.sls': 'fine: 1\nvalue: {{ lost.x }}\n',
    })
    const { ok, faults, results } = await tree.apply()
    expect(ok).toBe(false)
    expect(results.size).toBe(0)
    expect(faults.map(({ kind }) => kind)).toEqual(['pillar', 'pillar'])
    expect(faults[0]?.place).toMatchObject({ line: 2 })
    expect(faults[0]?.advice).toContain("'lost' is undefined")
  })
})
