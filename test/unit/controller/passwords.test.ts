import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashOf, isPassword } from '../../../src/controller/passwords.ts'

test('a password is kept as argon2id makes it, each time another, and is the only one that counts', async () => {
  const [one, two] = await Promise.all([hashOf('correct horse'), hashOf('correct horse')])
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one).not.toBe(two)
  expect(await isPassword('correct horse', one)).toBe(true)
  for (const wrong of ['correct horsf', '', 'correct horse ', 'x'.repeat(5000)])
    expect(await isPassword(wrong, one)).toBe(false)
  expect(await isPassword('correct horse', null)).toBe(false)
})

test('a user that is not there is compared with as much work as one that is', async () => {
  const source = readFileSync(join(import.meta.dirname, '../../../src/controller/passwords.ts'), 'utf8')
  const work = (hash: string) => hash.split('$').slice(0, 4).join('$')
  const decoy = /'(\$argon2[^']+)'/.exec(source)?.[1] ?? ''
  expect(work(decoy)).toBe(work(await hashOf('correct horse')))
  // It is compared: what argon2 cannot read would be an error.
  await expect(isPassword('correct horse', decoy)).resolves.toBe(false)
  await expect(isPassword('correct horse', null)).resolves.toBe(false)
})

test('what is too short, too long or several lines is none', async () => {
  for (const text of ['', 'short', 'x'.repeat(1025), 'two\nlines of it', 'with\0nul here'])
    await expect(hashOf(text)).rejects.toMatchObject({ code: 'PASSWORD_INVALID' })
})
