import { afterEach, describe, expect, it } from 'vitest'
import { renderPillars } from '../../../../src/salt/apply.ts'
import { toPlain } from '../../../../src/salt/definition/values.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { type StateTree, stateTree } from '../../../support/state-tree.ts'

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

  it('includes relative to the folder of an init.sls, and merges again what is included again', async () => {
    tree = stateTree({
      'pillar/top.sls': "base: {'*': [low, high, app]}\n",
      'pillar/low.sls': 'include: [app]\nlevel: low\n',
      'pillar/high.sls': 'level: high\n',
      'pillar/app/init.sls': 'include: [.side, low]\napp: 1\n',
      'pillar/app/side.sls': 'side: 2\n',
    })
    const { pillar, faults } = await renderPillars(tree.input)
    expect(faults).toEqual([])
    expect(toPlain(pillar)).toMatchObject({ level: 'low', app: 1, side: 2 })
    expect([...pillar.keys()][0]).toBe('root')
  })

  it.each([
    [{}, { list: [2], map: { x: [2], y: 1 } }],
    [{ pillar_merge_lists: true }, { list: [1, 2], map: { x: [1, 2], y: 1 } }],
    [{ pillar_source_merging_strategy: 'overwrite' }, { list: [2], map: { x: [2] } }],
    [{ pillar_source_merging_strategy: 'aggregate' }, { list: [2], map: { x: [2] } }],
    [{ pillar_source_merging_strategy: 'list' }, { list: [[1], [2]] }],
  ])('is merged as the options %j say', async (options, expected) => {
    tree = stateTree({
      'pillar/top.sls': "base: {'*': [a, b]}\n",
      'pillar/a.sls': 'list: [1]\nmap: {x: [1], y: 1}\n',
      'pillar/b.sls': 'list: [2]\nmap: {x: [2]}\n',
    })
    const { pillar } = await renderPillars({ ...tree.input, opts: Dict.of(options) })
    expect(toPlain(pillar)).toMatchObject(expected)
  })

  it('tells what is wrong with its top file', async () => {
    tree = stateTree({ 'pillar/top.sls': "base: {'*': [a\n" })
    const { faults } = await renderPillars(tree.input)
    expect(faults[0]?.message).toMatch(
      /^Rendering Primary Top file failed, render error:\nwhile parsing a flow sequence/,
    )
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
