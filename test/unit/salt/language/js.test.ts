import { afterEach, describe, expect, it } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { outcomes, type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree
afterEach(() => tree.remove())

describe('A state file in JavaScript', () => {
  it('is a module whose function gets the project, the pillar, grains and salt, and returns the data', async () => {
    tree = stateTree({
      'main.sls':
        "#!js\nimport { word } from './word.mjs'\nexport function run({ cfg, salt, grains, pillar }) {\n  cfg.seen = [...cfg.list, word]\n  return { [`${cfg.name}-${grains.kernel}`]: { 'test.nop': [] }, [salt['test.echo']('echoed')]: 'test.nop', [pillar.root ? 'has-root' : 'no']: 'test.nop' }\n}\n",
      'word.mjs': "export const word = 'imported'\n",
    })
    const cfg = Dict.of({ name: 'shop', list: ['a'] })
    const applied = await tree.apply('main', { cfg })
    expect(applied.faults).toEqual([])
    expect(outcomes(applied)).toEqual(['shop-Linux: true', 'echoed: true', 'has-root: true'])
    expect(cfg.get('seen')).toEqual(['a', 'imported'])
  })

  it('that throws is told with its file and line', async () => {
    tree = stateTree({ 'main.sls': '#!js\n\nexport default () => {\n  throw new Error("no shop")\n}\n' })
    const { faults } = await tree.apply()
    expect(faults[0]?.message).toContain('no shop')
    expect(faults[0]?.place).toMatchObject({ line: 4 })
    expect(faults[0]?.excerpt).toContain('throw new Error')
  })
})

describe('A state file in JSON', () => {
  it('is read as it is', async () => {
    tree = stateTree({ 'main.sls': '#!json\n{"a": {"test.nop": []}, "b{{": "test.nop"}\n' })
    expect(outcomes(await tree.apply())).toEqual(['a: true', 'b{{: true'])
  })
})
