import { expect, test } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { Float } from '../../../../src/salt/python/float.ts'
import { plain } from '../../../../src/salt/python/plain.ts'
import { Tuple } from '../../../../src/salt/python/tuple.ts'

test('values of Python become what JSON can say, numbers beyond it as their digits', () => {
  const value = Dict.of({
    list: [1, new Float(1.5), 2n ** 70n],
    tuple: new Tuple(['a', Dict.of({ b: null })]),
    set: new Set(['x']),
  })
  expect(JSON.parse(JSON.stringify(plain(value)))).toEqual({
    list: [1, 1.5, '1180591620717411303424'],
    tuple: ['a', { b: null }],
    set: ['x'],
  })
})
