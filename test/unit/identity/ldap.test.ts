/** Against a real slapd, which refuses every password that comes without TLS. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Attribute, Change } from 'ldapts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directoryOf } from '../../../src/identity/ldap.ts'
import type { LdapSettings } from '../../../src/identity/settings.ts'
import {
  base,
  groupLdif,
  hasSlapd,
  makeCertificate,
  personLdif,
  type Slapd,
  searcher,
  startSlapd,
} from '../../support/ldap.ts'
import { freePort } from '../../support/ports.ts'

const password = 'correct horse battery'
let slapd: Slapd
let usual: LdapSettings
const opened: Server[] = []

/** Counts who connects; what comes is given to `on`. */
async function listenTo(
  on: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0
  const server = createServer(socket => {
    connections++
    socket.on('error', () => {})
    on(socket)
  })
  opened.push(server)
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return { port, connections: () => connections }
}

describe.runIf(hasSlapd)('a directory', () => {
  beforeAll(async () => {
    const elsewhere = await listenTo(() => {})
    slapd = await startSlapd(
      [
        personLdif('ann', password),
        personLdif('bob', 'bobs own words'),
        personLdif('cy', password, 'description: twin'),
        personLdif('cyd', password, 'description: twin'),
        groupLdif('ops', 'ann', 'bob'),
        groupLdif('Site Reliability', 'ann'),
        `dn: cn=posix,ou=groups,${base}\nobjectClass: posixGroup\ncn: posix\ngidNumber: 7\nmemberUid: bob\n\n`,
        `dn: ou=far,ou=people,${base}\nobjectClass: referral\nobjectClass: extensibleObject\nou: far\nref: ldap://127.0.0.1:${elsewhere.port}/ou=far,${base}\n\n`,
      ].join(''),
    )
    farConnections = elsewhere.connections
    usual = {
      host: 'localhost',
      port: slapd.port,
      tls: 'starttls',
      ca: readFileSync(slapd.ca, 'utf8'),
      bind: searcher,
      users: { base: `ou=people,${base}`, filter: '(uid={name})' },
      userDn: null,
      nameAttribute: 'uid',
      idAttribute: 'entryUUID',
      groups: { base, filter: '(|(member={dn})(memberUid={name}))', nameAttribute: 'cn' },
      meant: { names: { 'Site Reliability': 'sre' }, admins: ['sre'], only: null },
      timeoutSeconds: 5,
    }
  }, 60_000)
  afterAll(async () => {
    await slapd?.dispose()
    for (const server of opened) server.close()
  })
  let farConnections = () => 0
  const directory = (more: Partial<LdapSettings> = {}) => directoryOf({ ...usual, ...more })
  const unreachable = expect.objectContaining({ code: 'DIRECTORY_UNREACHABLE' })
  const ldaps = () => ({ tls: 'ldaps' as const, port: slapd.tlsPort })
  const direct = { users: null, userDn: `uid={name},ou=people,${base}` }

  test.each([
    ['by StartTLS, found first', () => ({})],
    ['by LDAPS, found first', ldaps],
    ['by the name of its entry', () => direct],
    ['by the name of its entry, with nobody who looks people up', () => ({ ...direct, bind: null, groups: null })],
  ])('lets in whoever has the password, with their groups: %s', async (_, more) => {
    const { groups, ...person } = (await directory(more()).check('ann', password)) ?? { groups: [] }
    expect(person).toMatchObject({ source: 'ldap', name: 'ann' })
    expect(person).toMatchObject({ subject: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    if ('groups' in more()) return
    expect(groups).toEqual(['ops', 'sre'])
    expect(person).toMatchObject({ admin: true })
    expect(await directory(more()).check('bob', 'bobs own words')).toMatchObject({
      groups: ['ops', 'posix'],
      admin: false,
    })
  })

  test.each([
    ['another password', 'ann', 'another'],
    ['none', 'ann', ''],
    ['one with a NUL', 'ann', `${password}\0x`],
    ['one that is far too long', 'ann', 'x'.repeat(5000)],
    ['a name that nobody has', 'nobody', password],
    ['a filter for a name', '*)(uid=*', password],
    ['any name', '*', password],
    ['two names', 'ann)(|(uid=bob', password],
    ['a name with a NUL', 'ann\0', password],
    ['a DN for a name', `ann,ou=people,${base}`, password],
    ['a name that is far too long', 'a'.repeat(100_000), password],
    ['no name', '', password],
    ['the name of an entry that is no person', 'ou=groups', password],
  ])('refuses %s', async (_, name, given) => {
    expect(await directory().check(name, given)).toBeUndefined()
    expect(await directory(direct).check(name, given)).toBeUndefined()
  })

  test('does the same for a name that nobody has as for a wrong password', async () => {
    const workOf = async (name: string) => {
      const log = await slapd.asked(() => directory().check(name, 'wrong'))
      return [...log.matchAll(/ op=\d+ (BIND dn|SRCH base|RESULT tag|SEARCH RESULT)/g)].map(([, word]) => word)
    }
    const [unknown, wrong] = [await workOf('nobody'), await workOf('ann')]
    expect(wrong).toContain('SRCH base')
    expect(unknown).toEqual(wrong)
  })

  test('does not take one of two for the one that is meant', async () => {
    const twins = { users: { base: `ou=people,${base}`, filter: '(&(description=twin)(!(uid={name}x)))' } }
    expect(await directory(twins).check('cy', password)).toBeUndefined()
  })

  test('finds a person by a second name, and calls it by the first', async () => {
    const mail = (filter: string) => directory({ users: { base: `ou=people,${base}`, filter } })
    const both = '(|(uid={name})(mail={name}))'
    expect(await mail(both).check('ann@example.org', password)).toMatchObject({ name: 'ann' })
    expect(await mail(both).check('ANN', password)).toMatchObject({ name: 'ann' })
    await expect(mail('(mail={name})').check('ann@example.org', password)).rejects.toEqual(unreachable)
  })

  test('lets in only those of a group, where one is named', async () => {
    const only = directory({ meant: { names: {}, admins: [], only: ['posix'] } })
    expect(await only.check('bob', 'bobs own words')).toMatchObject({ name: 'bob' })
    expect(await only.check('ann', password)).toBeUndefined()
    expect(await only.lookUp('ann')).toBeUndefined()
  })

  test('is asked whether it still knows somebody', async () => {
    const { subject } = (await directory().check('bob', 'bobs own words')) ?? {}
    expect(await directory().lookUp('bob')).toMatchObject({ name: 'bob', subject, groups: ['ops', 'posix'] })
    expect(await directory().lookUp('nobody')).toBeUndefined()
    expect(directory({ ...direct, bind: null }).looksUp).toBe(false)
    const dn = `cn=ops,ou=groups,${base}`
    const gone = (operation: 'add' | 'delete') =>
      slapd.change(client =>
        client.modify(
          dn,
          new Change({
            operation,
            modification: new Attribute({ type: 'member', values: [`uid=bob,ou=people,${base}`] }),
          }),
        ),
      )
    await gone('delete')
    expect(await directory().lookUp('bob')).toMatchObject({ groups: ['posix'] })
    await gone('add')
  })

  test('is told no password by whom its certificate is not: another authority, another name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'corpus-ca-'))
    try {
      const other = readFileSync(makeCertificate(folder).ca, 'utf8')
      const log = await slapd.asked(async () => {
        for (const more of [{ ca: other }, { ca: null }, { host: '127.0.0.1' }])
          for (const way of [{}, ldaps()])
            await expect(directory({ ...way, ...more }).check('ann', password)).rejects.toEqual(unreachable)
      })
      expect(log).toContain('ACCEPT')
      expect(log).not.toContain('BIND dn')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('follows no referral', async () => {
    const far = directory({ users: { base: `ou=far,ou=people,${base}`, filter: '(uid={name})' } })
    await expect(far.check('ann', password)).rejects.toEqual(unreachable)
    expect(
      await directory({ ...direct, userDn: `uid={name},ou=far,ou=people,${base}` }).check('ann', password),
    ).toBeUndefined()
    expect(await directory().check('ann', password)).toMatchObject({ name: 'ann' })
    expect(farConnections()).toBe(0)
  })

  test('whose connection is cut behind StartTLS gets no password on another', async () => {
    const { port, connections } = await listenTo(socket => {
      const behind = connect(slapd.port, '127.0.0.1')
      behind.on('error', () => {})
      let records = 0
      // TLS has what is said in records of 0x17; the first ones end the handshake and look the person up.
      socket.on('data', piece => {
        if (piece[0] === 0x17 && ++records > 1) {
          behind.destroy()
          socket.destroy()
        } else behind.write(piece)
      })
      behind.on('data', piece => socket.write(piece))
      socket.on('close', () => behind.destroy())
    })
    await expect(directory({ port }).check('ann', password)).rejects.toEqual(unreachable)
    expect(connections()).toBe(1)
  })

  test('that takes whatever is said, and never StartTLS, hears no password', async () => {
    let heard = ''
    const { port } = await listenTo(socket =>
      socket.on('data', piece => {
        heard += piece.toString('latin1')
        // A refusal of the extended operation: unavailable (52).
        socket.write(Buffer.from([0x30, 12, 2, 1, piece[4] ?? 0, 0x78, 7, 10, 1, 52, 4, 0, 4, 0]))
      }),
    )
    await expect(directory({ port }).check('ann', password)).rejects.toEqual(unreachable)
    expect(heard).toContain('1.3.6.1.4.1.1466.20037')
    expect(heard).not.toContain('horse')
  })

  test('that is silent, refuses who looks people up, or is down, is a fault of its own', async () => {
    const silent = await listenTo(() => {})
    for (const more of [{ port: silent.port }, { port: silent.port, tls: 'ldaps' as const }])
      await expect(directory({ ...more, timeoutSeconds: 1 }).check('ann', password)).rejects.toEqual(unreachable)
    const wrong = { bind: { ...searcher, password: 'other' } }
    await expect(directory(wrong).check('ann', password)).rejects.toEqual(unreachable)
    slapd.freeze()
    try {
      await expect(directory({ timeoutSeconds: 1 }).check('ann', password)).rejects.toEqual(unreachable)
    } finally {
      slapd.thaw()
    }
    await slapd.stop()
    await expect(directory().check('ann', password)).rejects.toEqual(unreachable)
    await expect(directory().lookUp('ann')).rejects.toEqual(unreachable)
    await slapd.start()
    expect(await directory().check('ann', password)).toMatchObject({ name: 'ann' })
  })
})
