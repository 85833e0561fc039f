import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree | undefined
afterEach(() => tree?.remove())

/** What a template prints, run beside a file `f` of two lines. */
async function printed(template: string): Promise<string> {
  tree = stateTree({
    't.j2': `{% set f = pillar.root ~ '/f' %}${template}`,
    'main.sls': 't: {file.managed: [name: {{ pillar.root }}/out, source: "salt://t.j2", template: jinja]}\n',
  })
  writeFileSync(join(tree.root, 'out/f'), 'alpha\nbeta\n')
  const applied = await tree.apply()
  const [result] = [...applied.results.values()]
  if (result?.result !== true) throw new Error(String(result?.comment))
  return readFileSync(join(tree.root, 'out/out'), 'utf8')
}

test('Files are looked at from templates', async () => {
  expect(
    await printed(
      "{{ salt['file.contains'](f, 'beta') }} {{ salt['file.search'](f, '^BETA', flags=['IGNORECASE', 'MULTILINE']) }} {{ salt['file.get_mode'](f) }} {{ salt['file.find'](pillar.root, type='f', size='+5', name='?') | length }} {{ salt['file.join']('/a', 'b') }}",
    ),
  ).toBe('True True 0644 1 /a/b')
})

test('Files are changed from templates', async () => {
  expect(
    await printed(
      "{{ salt['file.append'](f, 'gamma').split(' to ')[0] }}\n{{ salt['file.replace'](f, '^a', 'A', backup=False) }}{{ salt['file.line'](f, 'delta', mode='insert', location='end') is string }}\n{{ salt['file.read'](f) }}",
    ),
  ).toBe('Wrote 1 lines\n--- \n+++ \n@@ -1,3 +1,3 @@\n-alpha\n+Alpha\n beta\n gamma\nTrue\nAlpha\nbeta\ngamma\ndelta\n')
})

test('Texts are hashed, encoded and merged', async () => {
  expect(
    await printed(
      "{{ salt['hashutil.digest']('a') }} {{ salt['hashutil.base64_b64decode'](salt['hashutil.base64_b64encode']('ü')) }} {{ salt['slsutil.merge']({'a': {'b': 1}, 'l': [1]}, {'a': {'c': 2}, 'l': [2]}, merge_lists=True) }} {{ salt['slsutil.boolstr'](0) }} {{ salt['slsutil.serialize']('json', {'a': 1}) }}",
    ),
  ).toBe("0cc175b9c0f1b6a831c399e269772661 ü {'a': {'b': 1, 'c': 2}, 'l': [1, 2]} false {\"a\": 1}")
})

test('A file that is not there is an error of the template', async () => {
  await expect(printed("{{ salt['file.read'](f ~ 'nothing') }}")).rejects.toThrow('Path not found')
})
