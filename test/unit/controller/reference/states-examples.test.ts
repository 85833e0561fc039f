import { describe, expect, test } from 'vitest'
import { compiledExamples, runExamples } from '../../../../src/controller/reference/states-examples.ts'
import { stateTree } from '../../../support/state-tree.ts'

const rooted = (sls: string) => `{% set root = pillar['root'] %}\n${sls}`

describe('The reference shows an example of', () => {
  test.each(Object.entries(runExamples))('%s that does what it says, twice', async (_, sls) => {
    const tree = stateTree({ 'main.sls': rooted(sls) })
    try {
      for (let run = 0; run < 2; run++) {
        const applied = await tree.apply()
        expect(applied.faults).toEqual([])
        for (const result of applied.results.values()) expect(result.result, String(result.comment)).toBe(true)
      }
    } finally {
      tree.remove()
    }
  })

  test.each(Object.entries(compiledExamples))('%s that compiles (it needs the machine to run)', async (name, sls) => {
    const tree = stateTree({ 'main.sls': rooted(sls) })
    try {
      expect(sls).toContain(name)
      expect((await tree.check()).faults).toEqual([])
    } finally {
      tree.remove()
    }
  })
})
