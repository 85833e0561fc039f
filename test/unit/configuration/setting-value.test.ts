import { expect, test } from 'vitest'
import { toJson } from '../../../src/configuration/json.ts'
import { settingsLayer } from '../../../src/configuration/setting.ts'
import { settingValue } from '../../../src/configuration/setting-value.ts'

test('lists, mappings and quoted text are read as YAML, and all else as it stands', () => {
  const texts = [
    'a=[x, 2, yes]',
    'b={k: [1], "8080": v}',
    "c='007'",
    'd="x\\ty"',
    'e=hello: world',
    'f=8080',
    'g=[not closed',
    'h=',
    'i=@at',
    'j=%d',
    'k=# no comment',
    "l='a' and 'b'",
  ]
  expect(toJson(settingsLayer(texts, settingValue))).toEqual({
    a: ['x', 2, true],
    b: {
      $dict: [
        ['k', [1]],
        ['8080', 'v'],
      ],
    },
    c: '007',
    d: 'x\ty',
    e: 'hello: world',
    f: 8080,
    g: '[not closed',
    h: '',
    i: '@at',
    j: '%d',
    k: '# no comment',
    l: "'a' and 'b'",
  })
})
