import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backupTarget, refuseOthersFolder } from '../../../src/backups/target.ts'
import { fromJson } from '../../../src/configuration/json.ts'

const target = (declared: unknown) => backupTarget(fromJson(declared), '/own')
const password = 'correct horse'

test('a backup may be left out', () => {
  expect(target(undefined)).toBeUndefined()
  expect(target(null)).toBeUndefined()
})

test.each([
  ['/mnt/backups/shop', '/mnt/backups/shop', ''],
  ['sftp:ann@host:/backups', 'sftp:ann@host:/backups', ''],
  ['sftp://ann@host:2222//backups', 'sftp://ann@host:2222//backups', ''],
  ['s3:https://s3.example.org/bucket/shop', 's3:https://s3.example.org/bucket/shop', ''],
  ['rest:https://ann@host:8000/shop/', 'rest:https://ann@host:8000/shop/', ''],
  ['rsync://ann@host/module/shop', '/own/repository', 'rsync://ann@host/module/shop'],
  ['rsync:ann@host:/backups', '/own/repository', 'ann@host:/backups'],
])('goes to %s', (given, repository, rsync) => {
  expect(target({ target: given, password })).toMatchObject({ repository, rsync })
})

test('secrets go by the environment, and it is said how many backups stay', () => {
  const declared = {
    target: 's3:https://h/b/p',
    password,
    access_key_id: 'id',
    secret_access_key: 'key',
    keep: { daily: 2 },
    schedule: '30 3 * * *',
  }
  expect(target(declared)).toMatchObject({
    secrets: { RESTIC_PASSWORD: password, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' },
    keep: { daily: 2, weekly: 0, last: 0 },
    schedule: '30 3 * * *',
  })
  expect(target({ target: '/x', password })?.keep).toMatchObject({ last: 3, daily: 7, weekly: 4, monthly: 12 })
})

test.each([
  'relative',
  '-x',
  'sftp:-oProxyCommand=x:/y',
  'rsync:-e sh:/x',
  'rsync://-x/y',
  'ftp://x/y',
  '',
  's3:-x/y',
  '/a\nb',
])('%j is no target', given => {
  expect(() => target({ target: given, password })).toThrow(expect.objectContaining({ code: 'BACKUP_INVALID' }))
})

test('all faults are told at once, and no password', () => {
  try {
    target({ target: 'x', password: 'short', keep: { daily: -1, fortnightly: 3 } })
    expect.unreachable()
  } catch (error) {
    const { detail } = error as { detail: string }
    expect(detail.split('\n')).toHaveLength(5)
    expect(detail).not.toContain('short')
  }
  expect(() => target('text')).toThrow(/backup must be a mapping/)
})

test.skipIf(process.getuid?.() !== 0)('root keeps none where somebody else may write', () => {
  const top = mkdtempSync(join(tmpdir(), 'corpus-target-'))
  try {
    const theirs = join(top, 'theirs')
    mkdirSync(join(theirs, 'of-root'), { recursive: true })
    chownSync(theirs, 4711, 4711)
    mkdirSync(join(top, 'ours'))
    symlinkSync(theirs, join(top, 'led-there'))
    symlinkSync(join(theirs, 'later'), join(top, 'led-to-nothing'))
    mkdirSync(join(top, 'of-all'))
    chmodSync(join(top, 'of-all'), 0o1777)
    const refused = [
      'theirs',
      'theirs/new',
      'theirs/of-root',
      'led-there',
      'led-there/new',
      'led-to-nothing',
      'of-all/new',
    ]
    for (const place of refused)
      expect(() => refuseOthersFolder({ repository: join(top, place) }), place).toThrow(
        expect.objectContaining({ code: 'BACKUP_INVALID' }),
      )
    for (const place of ['ours', 'ours/new', 'new/below']) refuseOthersFolder({ repository: join(top, place) })
    refuseOthersFolder({ repository: 'sftp:ann@host:/backups' })
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
})
