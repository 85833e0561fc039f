import fc from 'fast-check'
import { EqualityFilter, FilterParser } from 'ldapts'
import { expect, test } from 'vitest'
import { dnValue, filled, filterValue } from '../../../src/identity/escape.ts'

test('whatever a name is, in a filter it is one value', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[*()\\|&=!\0a]{1,20}$/)), name => {
      fc.pre(name.isWellFormed())
      const filter = FilterParser.parseString(filled('(uid={name})', { name: filterValue(name) }))
      expect(filter).toBeInstanceOf(EqualityFilter)
      expect(filter).toMatchObject({ attribute: 'uid', value: name })
    }),
  )
  expect(filterValue('*)(uid=*')).toBe(String.raw`\2a\29\28uid=\2a`)
  expect(filterValue('a\0b\\')).toBe(String.raw`a\00b\5c`)
})

test('and in a distinguished name, too', () => {
  expect(dnValue('a,ou=admins')).toBe(String.raw`a\,ou\=admins`)
  expect(dnValue(' #x" ')).toBe(String.raw`\ #x\"\ `)
  expect(dnValue('#x')).toBe(String.raw`\#x`)
  expect(dnValue('a+b;c<d>e\\')).toBe(String.raw`a\+b\;c\<d\>e\\`)
  expect(dnValue('a\0')).toBe(String.raw`a\00`)
})

test('what is put into a template is no template', () => {
  expect(filled('(|(member={dn})(uid={name}))', { dn: '{name}', name: '$&' })).toBe('(|(member={name})(uid=$&))')
})
