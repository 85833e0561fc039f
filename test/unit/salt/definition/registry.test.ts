import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createWorld, pillarDict } from '../../../../src/salt/context/world.ts'
import type { StateDefinition } from '../../../../src/salt/definition/define.ts'
import { functionModuleNames, loadFunctionModules } from '../../../../src/salt/definition/function-registry.ts'
import { loadState, loadStateModule, stateModuleNames } from '../../../../src/salt/definition/registry.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { localShell } from '../../../../src/shell/local.ts'
import { stateTree } from '../../../support/state-tree.ts'

const sentence = /^[A-Z`].*[^.]\.?$/s

const states: { name: string; definition: StateDefinition }[] = []
for (const module of stateModuleNames()) {
  for (const name of Object.keys((await loadStateModule(module)) ?? {})) {
    const definition = await loadState(module, name)
    if (definition) states.push({ name: `${module}.${name}`, definition })
  }
}

describe('Every state', () => {
  it('says what it does, and what each of its arguments is', () => {
    expect(states.length).toBeGreaterThan(50)
    for (const { name, definition } of states) {
      expect(definition.does, name).toMatch(sentence)
      for (const [argument, { does }] of Object.entries(definition.arguments))
        expect(does, `${name} ${argument}`).toMatch(/\S/)
    }
  })

  const examples = states.flatMap(({ name, definition }) =>
    (definition.examples ?? []).map(example => ({ name, ...example })),
  )
  it.each(examples)('$name does what its example shows: $title', async ({ sls, setup }) => {
    const tree = stateTree({
      ...Object.fromEntries(Object.entries(setup ?? {}).map(([file, text]) => [`../out/${file}`, text])),
      'main.sls': `{% set root = pillar['root'] %}\n${sls}`,
    })
    try {
      const applied = await tree.apply()
      expect(applied.faults).toEqual([])
      for (const result of applied.results.values()) expect(result.result, String(result.comment)).toBe(true)
    } finally {
      tree.remove()
    }
  })
})

describe('Every execution function', () => {
  it('says what it does, and gives what its examples show', async () => {
    const world = createWorld({ shell: localShell, fileRoots: [], pillar: pillarDict(Dict.of({})), test: false })
    const templating = await world.templating()
    for (const [module, functions] of Object.entries(await loadFunctionModules())) {
      for (const [name, definition] of Object.entries(functions)) {
        expect(definition.does, `${module}.${name}`).toMatch(sentence)
        for (const { template, gives } of definition.examples ?? [])
          expect(templating.renderSls({ path: `${module}.${name}`, text: template }, new Map())).toBe(gives)
      }
    }
    world.dispose()
  })

  it('stands under the name of its file', async () => {
    const files = readdirSync(join(import.meta.dirname, '../../../../src/salt/modules'), { withFileTypes: true })
    const modules = Object.keys(await loadFunctionModules())
    const names = files.filter(file => file.isFile()).map(file => file.name.replace('.ts', ''))
    expect(names.filter(name => name !== 'index' && name !== 'lookup').sort()).toEqual([...modules].sort())
    expect([...functionModuleNames()].sort()).toEqual([...modules].sort())
  })
})
