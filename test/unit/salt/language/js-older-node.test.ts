import { afterEach, expect, it, vi } from 'vitest'
import { outcomes, type StateTree, stateTree } from '../../../support/state-tree.ts'

// What Node 22.13 lacks.
vi.mock('node:module', async original => ({ ...(await original<object>()), registerHooks: undefined }))

let tree: StateTree
afterEach(() => tree.remove())

it('State files in JavaScript run where Node has no synchronous hooks of loading, each with its own text', async () => {
  tree = stateTree({
    'main.sls':
      "#!js\nimport { word } from './word.mjs'\nexport default () => ({ include: ['other'], [word]: 'test.nop' })\n",
    'other.sls': "#!js\nexport default async () => ({ other: 'test.nop' })\n",
    'word.mjs': "export const word = 'imported'\n",
    'broken.sls': '#!js\n\nexport default () => {\n  throw new Error("no shop")\n}\n',
  })
  expect(outcomes(await tree.apply())).toEqual(['other: true', 'imported: true'])
  const { faults } = await tree.apply('broken')
  expect(faults[0]?.message).toContain('no shop')
  expect(faults[0]?.place).toMatchObject({ line: 4 })
})
