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

test('secrets are taken out as other writings have them', () => {
  const secret = `it's "a/b+c" & <ü> 100% $x\\y`
  const { text } = scrubber([secret])
  const writings = [
    JSON.stringify(secret),
    JSON.stringify(secret).replace(/ü/g, '\\u00fc'),
    JSON.stringify(secret).replaceAll('/', '\\/'),
    JSON.stringify(JSON.stringify(secret)),
    encodeURIComponent(secret),
    new URLSearchParams({ key: secret }).toString(),
    encodeURIComponent(secret).toLowerCase(),
    encodeURIComponent(secret).replaceAll('%2F', '/'),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('hex').toUpperCase(),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    `'${secret.replaceAll("'", "'\\''")}'`,
    `'${secret.replaceAll("'", "''")}'`,
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ]
  for (const writing of writings) {
    const shown = text(`before ${writing} after`)
    expect([writing, shown]).toEqual([writing, expect.stringMatching(/^before .{0,6}\*{8}.{0,6} after$/)])
  }
})

test('secrets are taken out of what is base64 of more than them, broken into lines or not', () => {
  const secret = 'correct horse battery staple, and much more of it than one line has room for'
  const { text, piece, end } = scrubber([secret])
  for (const before of ['', 'u', 'us', 'user:', 'a longer beginning: ']) {
    const whole = Buffer.from(`${before}${secret}:tail`).toString('base64')
    const core = Buffer.from(secret.slice(3, -3)).toString('base64').slice(0, 24)
    const lines = whole.replace(/.{64}/g, '$&\n')
    for (const written of [whole, lines, lines.replaceAll('\n', '\r\n')]) {
      const shown = text(written)
      expect(shown).toContain('********')
      expect(shown.length).toBeLessThan(48 + before.length * 2)
      expect(shown).not.toContain(core)
      let streamed = ''
      for (const letter of written) streamed += piece(letter)
      expect(streamed + end()).toBe(shown)
    }
  }
})

test('whatever the secret, and wherever the text is cut, no writing of it comes through', () => {
  const secrets = fc.array(fc.string({ unit: 'grapheme', minLength: 6, maxLength: 20 }), { minLength: 1, maxLength: 3 })
  const how = fc.constantFrom(
    (text: string) => text,
    (text: string) => JSON.stringify(text).slice(1, -1),
    (text: string) => encodeURIComponent(text),
    (text: string) => Buffer.from(text).toString('hex'),
    (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, ''),
  )
  fc.assert(
    fc.property(secrets, how, fc.nat(40), (words, write, cut) => {
      const { text, piece, end } = scrubber(words)
      for (const word of words) {
        const written = write(word)
        const whole = `<${written}>`
        expect(text(whole)).not.toContain(written)
        expect(piece(whole.slice(0, cut)) + piece(whole.slice(cut)) + end()).toBe(text(whole))
      }
    }),
    { numRuns: 1000 },
  )
})
