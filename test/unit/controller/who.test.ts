/** That a name is unknown takes the same work as that a password is wrong, here and in the directory: counted, not timed. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Admission } from '../../../src/controller/admission.ts'
import { hashOf } from '../../../src/controller/passwords.ts'
import { callerOfPassword } from '../../../src/controller/who.ts'
import { directoryOf } from '../../../src/identity/ldap.ts'
import type { Store } from '../../../src/store/store.ts'
import { addUser, disableUser } from '../../../src/store/users.ts'
import { base, hasSlapd, personLdif, type Slapd, searcher, startSlapd } from '../../support/ldap.ts'
import { type StorePlace, sqlitePlace } from '../../support/stores.ts'

const counted = vi.hoisted(() => ({ hashes: [] as string[] }))
// Passes all of it on to the real one.
vi.mock('@node-rs/argon2', async load => {
  const real = await load<typeof import('@node-rs/argon2')>()
  return {
    ...real,
    verify(kept: string, password: string) {
      counted.hashes.push(kept.replace(/^(\$argon2id\$v=19\$[^$]+\$).*/, '$1'))
      return real.verify(kept, password)
    },
  }
})

let place: StorePlace
let store: Store
beforeAll(async () => {
  place = sqlitePlace()
  store = await place.open()
  await addUser(store, { name: 'local', password: await hashOf('correct horse') })
  await addUser(store, { name: 'robot' })
  await addUser(store, { name: 'gone', password: await hashOf('correct horse') })
  await disableUser(store, 'gone')
})
afterAll(async () => {
  await store?.close()
  place?.dispose()
})

const hashesFor = async (admission: Admission, name: string) => {
  counted.hashes.length = 0
  expect(await callerOfPassword(admission, name, 'wrong')).toBeUndefined()
  return [...counted.hashes]
}

test('one hash of the same cost for whoever it is, and whoever it is not', async () => {
  const admission = { store, identity: { directory: null, provider: null } }
  const wrong = await hashesFor(admission, 'local')
  expect(wrong).toEqual(['$argon2id$v=19$m=19456,t=2,p=1$'])
  for (const name of ['nobody', 'robot', 'gone', '*)(uid=*', 'x'.repeat(1000)])
    expect([name, await hashesFor(admission, name)]).toEqual([name, wrong])
})

describe.runIf(hasSlapd)('with a directory', () => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await startSlapd(personLdif('ann', 'correct horse'))
  }, 60_000)
  afterAll(() => slapd?.dispose())

  test('it is asked the same of whom it knows, of whom it does not, and of users of ours, whose names it does not hear', async () => {
    const directory = directoryOf({
      host: 'localhost',
      port: slapd.tlsPort,
      tls: 'ldaps',
      ca: readFileSync(slapd.ca, 'utf8'),
      bind: searcher,
      users: { base: `ou=people,${base}`, filter: '(uid={name})' },
      userDn: null,
      nameAttribute: 'uid',
      idAttribute: 'entryUUID',
      groups: null,
      meant: { names: {}, admins: [], only: null },
      timeoutSeconds: 5,
    })
    const admission = { store, identity: { directory, provider: null } }
    const workFor = async (name: string) => {
      let hashes: readonly string[] = []
      const log = await slapd.asked(async () => {
        hashes = await hashesFor(admission, name)
      })
      const asked = [...log.matchAll(/ op=\d+ (BIND dn|SRCH base|RESULT tag|SEARCH RESULT)/g)].map(([, word]) => word)
      return { hashes, asked, log }
    }
    const wrong = await workFor('ann')
    expect(wrong.asked).toEqual(expect.arrayContaining(['SRCH base', 'BIND dn']))
    for (const name of ['nobody', 'local', 'robot', 'gone']) {
      const { hashes, asked, log } = await workFor(name)
      expect([name, hashes, asked]).toEqual([name, wrong.hashes, wrong.asked])
      if (name !== 'nobody') expect(log).not.toContain(`uid=${name}`)
    }
  })
})
