import { expect, test } from 'vitest'
import { likelyKey, validate } from '../../../src/configuration/validate.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import type { Value } from '../../../src/salt/python/value.ts'

test.each([
  ['Mode', 'mode'],
  ['DOMAINS', 'domains'],
  ['mod', 'mode'],
  ['moed', 'mode'],
  ['pth', 'path'],
  ['instaler', 'installer'],
  ['keep_archive', 'keep_archives'],
])('%s is a slip of %s', (key, meant) => expect(likelyKey(key)).toBe(meant))

test.each(['mode', 'node', 'date', 'go', 'colour', 'api', 'db', ''])('%s is none', key =>
  expect(likelyKey(key)).toBeUndefined(),
)

test.each(['x', -1, 1.5, new Dict()])('a process that is scaled to %s is refused', count => {
  const shop = projectName('shop')
  const validated = (value: Value) =>
    validate(Dict.of({ name: shop, scale: Dict.of({ web: value }) }), { name: shop, paths: {} })
  expect(() => validated(count)).toThrow('scale must be a mapping of process names to whole numbers')
  expect(() => validated(0)).not.toThrow()
})
