/** Data is kept with releases and in backups, and read back from there as it was. */
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const has = (program: string) => existsSync(`/usr/bin/${program}`)
for (const program of ['sqlite3', 'restic'])
  if (!has(program)) console.warn(`skipped: the Debian package ${program} is not installed`)

describe.skipIf(!has('sqlite3'))('the data of a project', () => {
  let world: World
  let clone: Clone
  const name = uniqueName('data')
  const data = (...parts: string[]) => world.path(name, 'data', ...parts)
  const sql = (text: string) => execFileSync('sqlite3', [data('shop.db'), text], { encoding: 'utf8' }).trim()
  const items = () => sql('SELECT group_concat(name) FROM item')
  const current = async () => (await world.json<{ release: string }>('status', name)).release
  const photo = () => readFileSync(data('media', 'photo'), 'utf8')
  /** Fails on request: then the deployment does, once its data was put back. */
  const gate = '.salt/post_install.sls'
  const configuration = (more = '') =>
    `makina-projects.${name}:\n  ingress: false\n  data_archives: {media: media, shop: {sqlite: shop.db}, later: not-there-yet}\n${more}`

  beforeAll(async () => {
    world = makeWorld()
    await world.must('init', name, '--mode', 'final')
    const pillar = await world.clonePillar(name)
    await pillar.commit({
      'init.sls': configuration(
        `  backup: {target: ${join(world.scratch, 'backups')}, password: correct horse battery, schedule: '30 3 * * *'}\n`,
      ),
    })
    expect((await pillar.push()).status).toBe(0)
    clone = await world.clone(name, {
      'index.html': 'one\n',
      [gate]: `passes:\n  cmd.run:\n    - name: test ! -e ${join(world.scratch, 'fail')}\n`,
    })
    expect((await clone.push()).stderr).toContain('deployed in')
    mkdirSync(data('media'))
    writeFileSync(data('media', 'photo'), 'then')
    sql("CREATE TABLE item (name); INSERT INTO item VALUES ('first')")
    const { uid, gid } = statSync(data())
    for (const path of [data('media'), data('media', 'photo'), data('shop.db')]) chownSync(path, uid, gid)
  })
  afterAll(() => world.dispose())

  let first = ''
  test('is kept with the release that a push replaces, and comes back with it', async () => {
    first = await current()
    await clone.commit({ 'index.html': 'two\n' })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('kept media, shop')
    expect(pushed.stderr).toContain('later is not in the data yet')
    writeFileSync(data('media', 'photo'), 'now')
    sql("INSERT INTO item VALUES ('second')")
    const owner = statSync(data('shop.db')).uid
    const back = await world.must('rollback', name, first, '--with-data')
    expect(back.stdout).toContain('put back media, shop')
    expect([await current(), photo(), items()]).toEqual([first, 'then', 'first'])
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
    expect(statSync(data('shop.db')).uid).toBe(owner)
  })

  test('of the release that was left is kept too, so that the way forward is there as well', async () => {
    const [newest] = await world.json<{ release: string }[]>('releases', name)
    await world.must('rollback', name, newest?.release ?? '', '--with-data')
    expect([photo(), items()]).toEqual(['now', 'first,second'])
  })

  test('is put back below the release that runs by corpus restore', async () => {
    const release = await current()
    const restored = await world.must('restore', name, first)
    expect(restored.stdout).toContain('put back media, shop')
    expect([await current(), photo(), items()]).toEqual([release, 'then', 'first'])
  })

  test('is what it was when going back fails after it was put back', async () => {
    sql("INSERT INTO item VALUES ('third')")
    const release = await current()
    writeFileSync(join(world.scratch, 'fail'), '')
    const failed = await world.corpus('rollback', name, first, '--with-data')
    expect(failed.status).not.toBe(0)
    execFileSync('rm', [join(world.scratch, 'fail')])
    expect(failed.stdout).toContain('put back media, shop')
    expect([await current(), items()]).toEqual([release, 'first,third'])
    // The same failure stops the release that runs from starting again: what it is now is said, and a deployment mends it.
    await world.must('deploy', name)
  })

  test('is what it was when the runner is killed while it is put back', async () => {
    await world.must('deploy', name)
    sql("INSERT INTO item VALUES ('fourth')")
    const release = await current()
    // The runner of the deployment goes on for a moment: it would serve this too, and not die.
    await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
    const ended = await world.run([corpusCommand, 'restore', name, first], { env: { CORPUS_DIE_AT: 'rollback:done' } })
    expect(ended.status).not.toBe(0)
    expect(await current()).toBe(release)
    await eventually('the data of before is back', () => items().endsWith('fourth'))
  })

  test('that was not kept cannot be put back, and nothing is touched', async () => {
    const ended = await world.corpus('rollback', name, '--with-data', 'no-such-release')
    expect([ended.status, ended.stderr]).toEqual([4, expect.stringContaining('RELEASE_UNKNOWN')])
  })

  test('and all else that the project takes on the disk is told by corpus du', async () => {
    const { bytes, parts } = await world.json<{
      bytes: number
      parts: { what: string; path: string; bytes: number }[]
    }>('du', name)
    const taken = (what: string) => parts.find(part => part.what === what)?.bytes ?? 0
    for (const what of ['data', 'data of a release', 'release that runs', 'release', 'repositories'])
      expect([what, taken(what) > 0]).toEqual([what, true])
    expect(bytes).toBe(parts.reduce((sum, part) => sum + part.bytes, 0))
    expect((await world.must('du', name)).stdout).toMatch(/KiB +data +\//)
  })

  test('is rotated away with its release', async () => {
    await world.must('config', 'set', name, 'keep_archives=1')
    for (const text of ['three', 'four']) {
      await clone.commit({ 'index.html': `${text}\n` })
      expect((await clone.push()).stderr).toContain('deployed in')
    }
    await eventually('the oldest goes', () => !existsSync(world.path(name, 'archives', 'deployed', first)))
    const trash = join(world.root, 'corpus', 'trash')
    await eventually('and is deleted', () => readdirSync(trash).length === 0)
  })

  describe.skipIf(!has('restic'))('in backups', () => {
    test('is made, listed, verified, and read back after it is lost', async () => {
      const before = [photo(), items()]
      const made = await world.json<{ id: string; files: number }>('backup', 'create', name)
      expect(made.files).toBeGreaterThan(2)
      const rows = await world.json<{ id: string }[]>('backup', 'list', name)
      expect(rows.map(row => row.id)).toEqual([expect.stringContaining(made.id)])
      expect((await world.must('backup', 'verify', name, '--all')).stdout).toContain('sound')
      execFileSync('rm', ['-rf', data('media')])
      sql('DELETE FROM item')
      const restored = await world.must('backup', 'restore', name)
      expect(restored.stdout).toContain('put back the backup')
      expect([photo(), items()]).toEqual(before)
      expect(readdirSync(join(world.scratch, 'backups'))).toContain('snapshots')
    })

    test('is made by the clock of the machine', async () => {
      const script = join(world.root, 'corpus', 'jobs', `_backup-${name}`, 'backup')
      if (!existsSync('/usr/sbin/cron') && !existsSync('/run/systemd/system'))
        return console.warn('skipped: neither systemd nor cron is here')
      if (process.getuid?.() === 0 && !existsSync('/run/systemd/system'))
        expect(readFileSync(`/etc/cron.d/corpus-_backup-${name}`, 'utf8')).toContain(
          `30 3 * * * root /bin/sh '${script}.run'`,
        )
      const ended = await world.run(['env', '-i', '/bin/sh', script])
      expect(ended.status).toBe(0)
      expect(await world.json('backup', 'list', name)).toHaveLength(2)
    })
  })
})
