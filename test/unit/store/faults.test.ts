/** What may befall the store: killed writers, several at once, files that are damaged, newer, held or another's. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rootLayout } from '../../../src/kernel/layout.ts'
import { openWhole } from '../../../src/store/aside.ts'
import { appendAudit, verifyAudit } from '../../../src/store/audit.ts'
import { appendEvents, eventsFrom } from '../../../src/store/events.ts'
import { addJob, claimJob, hasEnded, jobOfId, listJobs, takeOver } from '../../../src/store/jobs.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { createToken, tokenOfText } from '../../../src/store/tokens.ts'
import { addUser, listUsers, userNamed } from '../../../src/store/users.ts'
import { hasPostgres, type Postgres, type StorePlace, sqlitePlace, startPostgres } from '../../support/stores.ts'

const writer = fileURLToPath(new URL('../../support/store-writer.ts', import.meta.url))
const isRoot = process.getuid?.() === 0
const code = (name: string) => expect.objectContaining({ code: name })
const dead = { silentMilliseconds: 0, error: { code: 'INTERRUPTED', message: 'It died.', wayOut: 'Ask again.' } }

let postgres: Postgres | undefined
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres()
}, 60_000)
afterAll(() => postgres?.dispose())

let place: StorePlace
let file = ''
const children: ChildProcess[] = []
function settle(made: StorePlace): void {
  place = made
  file = rootLayout(made.root).store
}
beforeEach(() => settle(sqlitePlace()))
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  place.dispose()
})

/** `lines` grows as it is told; `ended` says how. */
function startWriter(name: string, rounds: number) {
  const child = spawn(process.execPath, [writer, place.root, name, String(rounds), place.url ?? ''], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  let errors = ''
  child.stdout?.setEncoding('utf8').on('data', piece => {
    said += piece
  })
  child.stderr?.setEncoding('utf8').on('data', piece => {
    errors += piece
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  // What is not a whole line was not acknowledged.
  return { child, ended, lines: () => said.split('\n').slice(0, -1), errors: () => errors }
}

/** All that was acknowledged is there, and nothing contradicts itself. */
async function holdsAll(store: Store, lines: readonly string[]): Promise<void> {
  const verified = await verifyAudit(store)
  expect(verified).toMatchObject({ holds: true })
  for (const line of lines) {
    const [word, what = '', offset] = line.split(' ')
    if (word === 'audit' && verified.holds) expect(verified.lines).toBeGreaterThanOrEqual(Number(what))
    if (word === 'event') expect(await eventsFrom(store, what, Number(offset), 1)).toHaveLength(1)
    if (word === 'ended') expect((await jobOfId(store, what)).state).toBe('succeeded')
  }
  for (const job of await listJobs(store, { limit: 10_000 })) {
    const events = await eventsFrom(store, job.id, 0)
    expect(events.map(event => event.offset)).toEqual(Array.from({ length: job.events }, (_, at) => at))
  }
}

test('a writer that is killed at any moment loses nothing that it was told is kept', async () => {
  const lines: string[] = []
  for (let round = 0; round < 12; round++) {
    const one = startWriter(`killed-${round}`, 10_000)
    const wanted = 2 + round * 3
    await expect.poll(() => one.lines().length, { timeout: 20_000, interval: 1 }).toBeGreaterThan(wanted)
    one.child.kill('SIGKILL')
    await one.ended
    lines.push(...one.lines())
    const store = await openStore({ root: place.root })
    await holdsAll(store, lines)
    await takeOver(store, dead)
    expect((await listJobs(store, { states: ['running'] })).length).toBe(0)
    await store.close()
  }
  const opened = new Sqlite(file)
  expect(opened.pragma('integrity_check', { simple: true })).toBe('ok')
  opened.close()
}, 120_000)

describe.each(['sqlite', 'postgres'] as const)('over %s', kind => {
  test('eight processes that write at once all come through, and no job runs twice', async context => {
    if (kind === 'postgres') {
      if (postgres === undefined) return context.skip()
      settle(postgres.place())
    }
    const writers = Array.from({ length: 8 }, (_, at) => startWriter(`writer-${at}`, 6))
    const ends = await Promise.all(writers.map(one => one.ended))
    expect(writers.map(one => one.errors()).join('')).toBe('')
    expect(ends).toEqual(writers.map(() => 0))
    const store = await place.open()
    const lines = writers.flatMap(one => one.lines())
    await holdsAll(store, lines)
    const jobs = await listJobs(store, { limit: 1000 })
    expect(jobs).toHaveLength(48)
    expect(jobs.every(job => hasEnded(job) && job.attempts === 1 && job.events === 3)).toBe(true)
    expect(await verifyAudit(store)).toMatchObject({ holds: true, lines: 48 })
    await store.close()
  }, 120_000)
})

test('a PostgreSQL that goes away is told, and back it goes on', async context => {
  if (postgres === undefined) return context.skip()
  settle(postgres.place())
  const store = await place.open()
  const { job } = await addJob(store, { request: 'deploy', input: null, caller: 'ann', from: 'local' })
  await postgres.stop()
  await expect(listJobs(store)).rejects.toEqual(code('STORE_UNREACHABLE'))
  await expect(openStore({ root: place.root, url: place.url })).rejects.toEqual(code('STORE_UNREACHABLE'))
  await postgres.start()
  expect((await claimJob(store, 'one'))?.job.id).toBe(job.id)
  await store.close()
}, 60_000)

test('what CORPUS_STORE says is a PostgreSQL or refused, without telling the password', async () => {
  const refused = openStore({ root: place.root, url: 'mysql://ann:geheim@host/db' })
  await expect(refused).rejects.toEqual(code('STORE_INVALID'))
  await expect(refused).rejects.not.toThrow(/geheim/)
  expect(existsSync(file)).toBe(false)
})

describe('the file', () => {
  /** A store with something in it, closed. */
  async function filled(): Promise<{ readonly token: string }> {
    const store = await openStore({ root: place.root })
    await addUser(store, { name: 'ann' })
    const { text } = await createToken(store, { user: 'ann' })
    for (let number = 0; number < 300; number++) {
      await appendAudit(store, { who: 'ann', from: 'local', request: `request ${number}`, outcome: 'succeeded' })
    }
    const { job } = await addJob(store, { request: 'deploy', input: null, caller: 'ann', from: 'local' })
    await appendEvents(store, job.id, ['told'])
    await store.close()
    return { token: text }
  }

  test('is its owner’s alone, with what SQLite puts beside it, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      const store = await openStore({ root: place.root })
      await addUser(store, { name: 'ann' })
      const modes = readdirSync(rootLayout(place.root).corpus).map(name => [
        name,
        statSync(join(rootLayout(place.root).corpus, name)).mode & 0o777,
      ])
      expect(modes.toSorted()).toEqual([
        ['corpus.db', 0o600],
        ['corpus.db-shm', 0o600],
        ['corpus.db-wal', 0o600],
      ])
      await store.close()
      chmodSync(file, 0o644)
      await (await openStore({ root: place.root })).close()
      expect(statSync(file).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(before)
    }
  })

  const overwrite = (from: number, bytes: number) => {
    const opened = openSync(file, 'r+')
    writeSync(opened, Buffer.alloc(bytes, 0xa5), 0, bytes, from)
    closeSync(opened)
  }
  test.each<[string, () => void]>([
    ['junk', () => writeFileSync(file, 'no database at all, '.repeat(1000))],
    ['short junk', () => writeFileSync(file, 'x')],
    ['cut in the middle', () => truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096)],
    ['a head of junk', () => overwrite(0, 100)],
    ['junk from its second page on', () => overwrite(4096, statSync(file).size - 4096)],
    [
      'another program’s database',
      () => {
        rmSync(file)
        const other = new Sqlite(file)
        other.exec('create table users (x)')
        other.close()
      },
    ],
  ])('that is damaged (%s) is told and left as it is, until it is begun anew', async (_, damage) => {
    await filled()
    damage()
    const bytes = readFileSync(file)
    const used = async () => {
      const store = await openStore({ root: place.root })
      try {
        return [await listUsers(store), await verifyAudit(store), await listJobs(store)]
      } finally {
        await store.close()
      }
    }
    await expect(used()).rejects.toEqual(code('STORE_DAMAGED'))
    expect(readFileSync(file).equals(bytes)).toBe(true)
    const { store, movedAside } = await openWhole(place.root, undefined)
    expect(movedAside).toBe(`${file}.damaged-1`)
    expect(readFileSync(`${file}.damaged-1`).equals(bytes)).toBe(true)
    await addUser(store, { name: 'bob' })
    expect(await userNamed(store, 'bob')).toBeDefined()
    await store.close()
  })

  test('that is whole stays where it is, and one that is damaged in a part gives back the rest', async () => {
    const { token } = await filled()
    const whole = await openWhole(place.root, undefined)
    expect(whole.movedAside).toBeNull()
    await whole.store.close()
    // The page in which the last lines of the audit are.
    const at = readFileSync(file).lastIndexOf('request 299')
    overwrite(Math.floor(at / 4096) * 4096, 4096)
    const { store, movedAside, saved } = await openWhole(place.root, undefined)
    expect(movedAside).not.toBeNull()
    expect(saved).toBeGreaterThan(100)
    expect((await tokenOfText(store, token))?.user).toBe('ann')
    expect((await listJobs(store)).map(job => job.events)).toEqual([1])
    expect(await verifyAudit(store)).toMatchObject({ holds: false })
    // What is lost stays lost, and the next line has its own number.
    expect((await appendAudit(store, { who: 'ann', from: 'local', request: 'x', outcome: 'succeeded' })).number).toBe(
      301,
    )
    await store.close()
  })

  test('begun anew by several at once is begun anew once', async () => {
    await filled()
    writeFileSync(file, 'junk '.repeat(1000))
    const all = await Promise.all([1, 2, 3].map(() => openWhole(place.root, undefined)))
    expect(all.filter(one => one.movedAside !== null)).toHaveLength(1)
    expect(readdirSync(rootLayout(place.root).corpus).filter(name => name.includes('damaged-2'))).toEqual([])
    await Promise.all(all.map(one => one.store.close()))
  })

  test('begun anew by who is killed on the way is the damaged one or the new one, never an empty one', async () => {
    const { token } = await filled()
    const at = readFileSync(file).lastIndexOf('request 299')
    overwrite(Math.floor(at / 4096) * 4096, 4096)
    let began = 0
    for (let killed = 0; killed < 15; killed++) {
      const one = startWriter('reindex', 0)
      await new Promise(resolve => setTimeout(resolve, killed * 25))
      one.child.kill('SIGKILL')
      await one.ended
      const store = await openStore({ root: place.root }).catch(() => undefined)
      if (store === undefined) continue
      expect((await tokenOfText(store, token))?.user).toBe('ann')
      if ((await verifyAudit(store).catch(() => undefined)) !== undefined) began++
      await store.close()
    }
    const { store } = await openWhole(place.root, undefined)
    expect((await tokenOfText(store, token))?.user).toBe('ann')
    expect(began).toBeLessThan(15)
    expect(readdirSync(rootLayout(place.root).corpus).filter(name => name.endsWith('.new'))).toEqual([])
    await store.close()
  }, 60_000)

  test('with junk in the place of its log and its index of the log opens as it was committed', async () => {
    const { token } = await filled()
    writeFileSync(`${file}-wal`, 'junk '.repeat(5000))
    writeFileSync(`${file}-shm`, 'junk '.repeat(9000))
    const store = await openStore({ root: place.root })
    expect((await tokenOfText(store, token))?.user).toBe('ann')
    expect(await verifyAudit(store)).toMatchObject({ holds: true, lines: 300 })
    await store.close()
  })

  test('that another holds is waited for, and told when it takes too long', async () => {
    await filled()
    const other = new Sqlite(file)
    other.exec('begin immediate')
    const store = await openStore({ root: place.root, waitMilliseconds: 100 })
    await expect(addUser(store, { name: 'bob' })).rejects.toEqual(code('STORE_BUSY'))
    // Who reads waits for nobody.
    expect(await listUsers(store)).toHaveLength(1)
    other.exec('commit')
    await addUser(store, { name: 'bob' })
    await store.close()
    other.close()
  })

  test.each<[string, () => void]>([
    ['a folder', () => mkdirSync(file)],
    ['a link', () => symlinkSync(join(place.root, 'elsewhere'), file)],
    ['a pipe, on which an open would wait for ever', () => void execFileSync('mkfifo', [file])],
    ['a link in the place of its log', () => symlinkSync(join(place.root, 'elsewhere'), `${file}-wal`)],
    ['a folder in which others write', () => chmodSync(rootLayout(place.root).corpus, 0o777)],
  ])('is no store where something else is in the way: %s', async (_, put) => {
    mkdirSync(rootLayout(place.root).corpus)
    put()
    await expect(openStore({ root: place.root })).rejects.toEqual(code('STORE_REFUSED'))
    expect(existsSync(join(place.root, 'elsewhere'))).toBe(false)
  })

  test('of another account is no store of ours, nor is one with a second name', async () => {
    await filled()
    copyFileSync(file, join(place.root, 'copy'))
    if (isRoot) {
      chownSync(file, 65534, 65534)
      await expect(openStore({ root: place.root })).rejects.toEqual(code('STORE_REFUSED'))
      chownSync(file, 0, 0)
      chownSync(rootLayout(place.root).corpus, 65534, 65534)
      await expect(openStore({ root: place.root })).rejects.toEqual(code('STORE_REFUSED'))
      chownSync(rootLayout(place.root).corpus, 0, 0)
    }
    execFileSync('ln', [file, join(place.root, 'second')])
    await expect(openStore({ root: place.root })).rejects.toEqual(code('STORE_REFUSED'))
  })
})
