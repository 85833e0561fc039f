import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { dataItems } from '../../src/backups/declared.ts'
import { backUpProject, type ProjectBackup, restoreProject } from '../../src/backups/project-backup.ts'
import { listBackups, type Repository, verifyBackups } from '../../src/backups/restic.ts'
import { backupTarget } from '../../src/backups/target.ts'
import { fromJson } from '../../src/configuration/json.ts'
import { localShell as shell } from '../../src/shell/local.ts'
import { type Rsyncd, startRsyncd } from '../support/rsyncd.ts'
import { startObjectStore } from '../support/s3.ts'

/** Real restic, to a folder, through a real rsync daemon on loopback, and to a stand-in for an object store. */
const password = 'correct horse battery'
let root = ''
let home = ''
let rsyncd: Rsyncd

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'corpus-restic-'))
  mkdirSync(join(root, 'remote'))
  rsyncd = await startRsyncd(root, ['[backups]', `path = ${join(root, 'remote')}`, 'read only = no'])
})
afterAll(() => {
  rsyncd?.stop()
  rmSync(root, { recursive: true, force: true, maxRetries: 10 })
})
beforeEach(() => {
  home = mkdtempSync(join(root, 'home-'))
  mkdirSync(join(home, 'data/media'), { recursive: true })
  writeFileSync(join(home, 'data/media/photo ü'), 'then')
  sql('CREATE TABLE item (name); INSERT INTO item VALUES (1)')
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const sql = (text: string) => execFileSync('sqlite3', [join(home, 'data/shop.db'), text], { encoding: 'utf8' }).trim()
const declared = { media: 'media', shop: { sqlite: 'shop.db' } }
function backupOf(
  target: string,
  more: { items?: object; keep?: object; password?: string; project?: string; keys?: object } = {},
): ProjectBackup & { repository: Repository } {
  const ownFolder = join(home, 'backups')
  mkdirSync(ownFolder, { recursive: true })
  const settings = { target, password: more.password ?? password, ...(more.keep && { keep: more.keep }), ...more.keys }
  const parsed = backupTarget(fromJson(settings), ownFolder)
  if (!parsed) throw new Error('no target')
  const repository = { shell, target: parsed, project: more.project ?? 'shop', ownFolder }
  return {
    repository,
    items: dataItems(fromJson(more.items ?? declared)),
    dataFolder: join(home, 'data'),
    records: join(home, 'records'),
    staging: join(home, 'backups/staging'),
  }
}
const spoilData = () => {
  writeFileSync(join(home, 'data/media/photo ü'), 'now')
  writeFileSync(join(home, 'data/media/later'), 'x')
  sql('DELETE FROM item; CREATE TABLE later (x)')
}
const dataIsAsThen = () => {
  expect(readdirSync(join(home, 'data/media'))).toEqual(['photo ü'])
  expect(readFileSync(join(home, 'data/media/photo ü'), 'utf8')).toBe('then')
  expect(sql('SELECT name FROM item; SELECT name FROM sqlite_master')).toBe('1\nitem')
  expect(readdirSync(join(home, 'backups/staging'))).toEqual([])
}

test('data that was backed up to a folder is read back as it was, also when the data is lost whole', async () => {
  const backup = backupOf(join(home, 'target'))
  mkdirSync(join(home, 'git'))
  writeFileSync(join(home, 'git/HEAD'), 'ref')
  const created = await backUpProject(backup, [join(home, 'git')])
  expect(created).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{8,64}$/), incomplete: false })
  expect(created.files).toBe(4)
  spoilData()
  await restoreProject(backup, created.id.slice(0, 8))
  dataIsAsThen()
  rmSync(join(home, 'data'), { recursive: true })
  mkdirSync(join(home, 'data'))
  await restoreProject(backup, 'latest')
  dataIsAsThen()
  await verifyBackups(backup.repository, { all: true })
  // Nothing of it can be read without the password.
  expect(() => execFileSync('grep', ['-rq', 'then', join(home, 'target')])).toThrow()
})

test('a backup that rsync carries away is there when this machine has lost everything', async () => {
  const target = `rsync://127.0.0.1:${rsyncd.port}/backups/${home.split('/').at(-1)}`
  const backup = backupOf(target)
  const first = await backUpProject(backup)
  await backUpProject(backup)
  rmSync(join(home, 'backups'), { recursive: true })
  expect((await listBackups(backupOf(target).repository)).map(one => one.id)).toContainEqual(
    expect.stringContaining(first.id),
  )
  rmSync(join(home, 'backups'), { recursive: true })
  spoilData()
  await restoreProject(backupOf(target), first.id)
  dataIsAsThen()
  // A lost copy here does not empty the target.
  rmSync(join(home, 'backups'), { recursive: true })
  await backUpProject(backupOf(target))
  expect(await listBackups(backupOf(target).repository)).toHaveLength(3)
  await verifyBackups(backupOf(target).repository, { all: true })
})

test('a backup in an object store is read back as it was, and the store lets nobody else in', async () => {
  const store = await startObjectStore('backups', 'AKSHOP')
  try {
    const target = `s3:http://127.0.0.1:${store.port}/backups/shop`
    const keys = { access_key_id: 'AKSHOP', secret_access_key: 'very secret' }
    const created = await backUpProject(backupOf(target, { keys }))
    expect([...store.objects.keys()]).toContain('shop/config')
    expect(Buffer.concat([...store.objects.values()]).includes('then')).toBe(false)
    rmSync(join(home, 'backups'), { recursive: true })
    spoilData()
    expect(await listBackups(backupOf(target, { keys }).repository)).toHaveLength(1)
    await restoreProject(backupOf(target, { keys }), created.id)
    dataIsAsThen()
    await verifyBackups(backupOf(target, { keys }).repository, { all: true })
    const others = backupOf(target, { keys: { ...keys, access_key_id: 'AKOTHER' } })
    await expect(backUpProject(others)).rejects.toMatchObject({ code: 'BACKUP_FAILED' })
    await expect(backUpProject(others)).rejects.not.toMatchObject({ detail: expect.stringContaining('very secret') })
  } finally {
    await store.stop()
  }
})

test('only as many stay as are kept, and those of other projects are none of ours', async () => {
  const target = join(home, 'target')
  const other = backupOf(target, { project: 'blog', keep: { last: 1 } })
  await backUpProject(other)
  const backup = backupOf(target, { keep: { last: 2 } })
  const ids: string[] = []
  for (let i = 0; i < 3; i++) {
    appendFileSync(join(home, 'data/media/photo ü'), 'x')
    ids.push((await backUpProject(backup)).id)
  }
  const left = await listBackups(backup.repository)
  expect(left.map(one => one.id.slice(0, 8))).toEqual([ids[2], ids[1]].map(id => id?.slice(0, 8)))
  expect(await listBackups(other.repository)).toHaveLength(1)
  await expect(restoreProject(backup, ids[0] ?? '')).rejects.toThrow(
    expect.objectContaining({ code: 'BACKUP_UNKNOWN' }),
  )
  for (const id of ['../x', '-h', '', 'zz'])
    await expect(restoreProject(backup, id)).rejects.toThrow(expect.objectContaining({ code: 'BACKUP_UNKNOWN' }))
})

test('a backup that is damaged, locked by a dead process, or has another password is told, and the data stays', async () => {
  const target = join(home, 'target')
  const backup = backupOf(target)
  await backUpProject(backup)
  spoilData()
  const wrong = backupOf(target, { password: 'another password' })
  await expect(restoreProject(wrong, 'latest')).rejects.toThrow(
    expect.objectContaining({ code: 'BACKUP_UNREACHABLE', message: expect.stringMatching(/wrong password/) }),
  )
  await expect(backUpProject(wrong)).rejects.toThrow(expect.objectContaining({ code: 'BACKUP_UNREACHABLE' }))

  const env = { ...process.env, RESTIC_PASSWORD: password }
  const killed = spawn('restic', ['--repo', target, '--no-cache', 'backup', '--stdin'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  while (readdirSync(join(target, 'locks')).length === 0) await new Promise(resolve => setTimeout(resolve, 50))
  killed.kill('SIGKILL')
  await new Promise(resolve => killed.on('exit', resolve))
  await backUpProject(backup)

  const packs = execFileSync('find', [join(target, 'data'), '-type', 'f'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  for (const pack of packs) {
    execFileSync('chmod', ['u+w', pack])
    writeFileSync(pack, Buffer.alloc(statSync(pack).size, 7))
  }
  await expect(verifyBackups(backup.repository, { all: true })).rejects.toThrow(
    expect.objectContaining({ code: 'BACKUP_DAMAGED' }),
  )
  await expect(restoreProject(backup, 'latest')).rejects.toThrow()
  expect(readFileSync(join(home, 'data/media/photo ü'), 'utf8')).toBe('now')
  expect(sql('SELECT count(*) FROM item')).toBe('0')
})

test('what cannot be backed up or reached is told, and nothing is left', async () => {
  await expect(backUpProject(backupOf(join(home, 'target'), { items: { gone: 'gone' } }))).rejects.toThrow(
    /no gone in the data/,
  )
  await expect(backUpProject(backupOf(`rsync://127.0.0.1:1/backups/x`))).rejects.toThrow(
    expect.objectContaining({ code: 'BACKUP_UNREACHABLE' }),
  )
  await expect(backUpProject(backupOf('/proc/nowhere'))).rejects.toThrow(/could not be made|cannot be opened/)
  expect(await listBackups(backupOf(join(home, 'target')).repository)).toEqual([])
  expect(existsSync(join(home, 'target'))).toBe(false)
})
