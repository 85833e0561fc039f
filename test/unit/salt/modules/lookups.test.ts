import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { type StateTree, stateTree } from '../../../support/state-tree.ts'

let tree: StateTree | undefined
afterEach(() => tree?.remove())

async function printed(template: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  tree = stateTree({
    't.j2': template,
    'main.sls': 't: {file.managed: [name: {{ pillar.root }}/out, source: "salt://t.j2", template: jinja]}\n',
    ...files,
  })
  const grains = Dict.of({ id: 'box', kernel: 'Linux', ipv4: ['10.1.2.3', '127.0.0.1'], ipv6: ['fd00::5'] })
  const applied = await tree.apply('main', { grains })
  const [result] = [...applied.results.values()]
  if (result?.result !== true) throw new Error(String(result?.comment))
  return readFileSync(join(tree.root, 'out/out'), 'utf8')
}

test('pillar.items gives everything, or what it is asked for', async () => {
  const template = "{{ salt['pillar.items']().keys() | list }} {{ salt['pillar.items']('x:y', 'lost') }}"
  const pillar = { 'pillar/top.sls': "base: {'*': [p]}\n", 'pillar/p.sls': 'x: {y: 1}\n' }
  expect(await printed(template, pillar)).toBe("['root', 'x'] {'x:y': 1, 'lost': ''}")
})

test('Machines are matched by address, alone and in compounds', async () => {
  const calls = [
    "ipcidr']('10.0.0.0/8'",
    "ipcidr']('10.1.2.3'",
    "ipcidr']('fd00::/8'",
    "ipcidr']('192.168.0.0/16'",
    "ipcidr']('words'",
  ]
  const text = calls.map(call => `{{ salt['match.${call}) }}`).join(' ')
  expect(await printed(`${text} {{ salt['match.compound']('S@127.0.0.0/8 and G@kernel:Linux') }}`)).toBe(
    'True True True False False True',
  )
})

test('match.search_by gives the keys that mean this machine', async () => {
  const template =
    "{{ salt['match.search_by']({'web': ['G@kernel:Linux', 'x'], 'db': ['other'], 'all': ['*']}) }} {{ salt['match.search_by']({'db': ['other']}) }}"
  expect(await printed(template)).toBe("['web', 'all'] None")
})

test('state.show_top says what the top file means for this machine', async () => {
  const top = "base:\n  '*': [main]\n  'b*': [{{ 'ex' ~ 'tra' }}]\n  'other*': [never]\n"
  expect(await printed("{{ salt['state.show_top']() }}", { 'top.sls': top })).toBe("{'base': ['main', 'extra']}")
})

test('state.show_top is empty where there is no top file', async () => {
  expect(await printed("{{ salt['state.show_top']() }}")).toBe('{}')
})

test('slsutil.merge knows the strategies', async () => {
  const calls = ["'recurse'", "'overwrite'", "'aggregate'", "'list'", "'smart', merge_lists=True"]
  const text = calls.map(
    how => `{{ salt['slsutil.merge']({'a': {'x': [1], 'y': 1}, 'b': 1}, {'a': {'x': [1, 2]}}, ${how}) }}`,
  )
  expect((await printed(text.join('\n'))).split('\n')).toEqual([
    "{'a': {'x': [1, 2], 'y': 1}, 'b': 1}",
    "{'a': {'x': [1, 2]}, 'b': 1}",
    "{'a': {'x': [1, 2]}, 'b': 1}",
    "{'a': [{'x': [1], 'y': 1}, {'x': [1, 2]}], 'b': 1}",
    "{'a': {'x': [1, 2], 'y': 1}, 'b': 1}",
  ])
})
