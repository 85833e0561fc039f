import { expect, test } from 'vitest'
import { fromJson, toJson } from '../../../src/configuration/json.ts'
import { isSecretKey, redact, secretValues } from '../../../src/configuration/secrets.ts'

test('keys that hold secrets are known by their words', () => {
  for (const key of [
    'password',
    'db_password',
    'apiToken',
    'SECRET-KEY',
    'secrets',
    'AWS_SECRET_ACCESS_KEY',
    'ssh_key',
    'dbPass',
    'api_key',
    'key_password',
    'token_file_password',
    'basic_auth',
  ])
    expect([key, isSecretKey(key)]).toEqual([key, true])
  for (const key of [
    'monkey',
    'keyboard',
    'keep_archives',
    'public_key',
    'authorized_keys',
    'key_file',
    'compass',
    'author',
    'bypass_cache',
    'name',
  ])
    expect([key, isSecretKey(key)]).toEqual([key, false])
})

test('what is shown has no secret in it, however deep, and the rest as it was', () => {
  const configuration = {
    data: {
      db: { password: 'hunter22', host: 'h' },
      users: [{ name: 'a', token: 't0ken-1' }],
      url: 'postgres://app:s3cr3t!@db/x',
      tokens: { a: 'deep-secret' },
      password_reset: true,
      secret: null,
    },
    ingress: { basic_auth: { ann: 'sesame' }, tls: 'internal' },
  }
  const text = JSON.stringify(toJson(redact(fromJson(configuration))))
  for (const secret of ['hunter22', 't0ken-1', 's3cr3t!', 'deep-secret', 'sesame']) expect(text).not.toContain(secret)
  expect(JSON.parse(text)).toMatchObject({
    data: { db: { host: 'h' }, users: [{ name: 'a' }], secret: null, password_reset: true },
  })
  expect(secretValues(fromJson(configuration)).sort()).toEqual([
    'deep-secret',
    'hunter22',
    's3cr3t!',
    'sesame',
    't0ken-1',
  ])
})
