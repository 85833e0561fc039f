import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scrubber } from '../../../src/kernel/scrub.ts'

test('secrets are taken out of a text, the longer first', () => {
  const { text } = scrubber(['hunter22', 'hunter', 'a.b*c', '', 'abc'])
  expect(text('hunter22 hunter hunters a.b*c axb*c abc')).toBe('******** ******** ********s ******** axb*c abc')
})

test('a private key is taken out line by line', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nMIIEvQIBADANBgkqhkiH\n-----END KEY-----\n'
  expect(scrubber([key]).text('  MIIEvQIBADANBgkqhkiH\nshort')).toBe('  ********\nshort')
})

test('text that cannot be the beginning of a secret is shown at once', () => {
  const { piece, end } = scrubber(['hunter22'])
  expect(piece('all is well, hun')).toBe('all is well, ')
  expect(piece('gry')).toBe('hungry')
  expect(piece('hunter2')).toBe('')
  expect(piece('2!')).toBe('********!')
  expect([piece('hunt'), end(), end()]).toEqual(['', 'hunt', ''])
})

test('where the pieces are cut changes nothing, and no secret comes through', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 })
  const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 8 }), {
    maxLength: 4,
  })
  fc.assert(
    fc.property(secrets, letters, fc.array(fc.nat(60), { maxLength: 6 }), (words, whole, cuts) => {
      const places = [0, ...cuts.filter(cut => cut < whole.length).sort((a, b) => a - b), whole.length]
      const { text, piece, end } = scrubber(words)
      const shown =
        places
          .slice(1)
          .map((to, index) => piece(whole.slice(places[index], to)))
          .join('') + end()
      expect(shown).toBe(text(whole))
      for (const word of words) expect(shown).not.toContain(word)
    }),
    { numRuns: 2000 },
  )
})
