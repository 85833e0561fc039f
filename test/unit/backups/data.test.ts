import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DataWork, keepData, restoreData, verifyData } from '../../../src/backups/data.ts'
import { dataItems } from '../../../src/backups/declared.ts'
import type { DataItem } from '../../../src/backups/item.ts'
import { fromJson } from '../../../src/configuration/json.ts'
import { localShell as shell } from '../../../src/shell/local.ts'

let root = ''
let data = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-data-'))
  data = join(root, 'data')
  mkdirSync(join(data, 'media/deep'), { recursive: true })
  mkdirSync(join(root, 'archives'))
  writeFileSync(join(data, 'media/deep/a b'), 'then')
  writeFileSync(join(data, 'media/run'), 'x')
  chmodSync(join(data, 'media/run'), 0o750)
  symlinkSync('../elsewhere', join(data, 'media/link'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const items = (declared: object) => dataItems(fromJson(declared))
const work = (declared: object | readonly DataItem[], more: Partial<DataWork> = {}): DataWork => ({
  shell,
  dataFolder: data,
  records: join(root, 'records'),
  folder: join(root, 'archives/r1'),
  items: Array.isArray(declared) && typeof declared[0] === 'object' ? declared : items(declared),
  ...more,
})
const sql = (text: string, file = 'shop.db') =>
  execFileSync('sqlite3', [join(data, file), text], { encoding: 'utf8' }).trim()
const code = (name: string, message = /./) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })
const nothingLeft = () => expect(readdirSync(join(root, 'archives')).filter(name => name !== 'r1')).toEqual([])

describe('data that was kept comes back as it was', () => {
  test('folders, with what came later gone and modes, links and times as then', async () => {
    await keepData(work(['media']))
    const before = statSync(join(data, 'media/run')).mtimeMs
    writeFileSync(join(data, 'media/deep/a b'), 'now')
    writeFileSync(join(data, 'media/later'), 'x')
    rmSync(join(data, 'media/run'))
    await restoreData(work(['media']))
    expect(readdirSync(join(data, 'media')).sort()).toEqual(['deep', 'link', 'run'])
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('then')
    expect([statSync(join(data, 'media/run')).mode & 0o777, statSync(join(data, 'media/run')).mtimeMs]).toEqual([
      0o750,
      before,
    ])
    expect(readlinkSync(join(data, 'media/link'))).toBe('../elsewhere')
    expect(readdirSync(data)).toEqual(['media'])
    nothingLeft()
  })

  test('all of the data, but for what corpus keeps there itself', async () => {
    mkdirSync(join(data, '.corpus'))
    writeFileSync(join(data, '.corpus/marker'), 'then')
    await keepData(work(['.']))
    writeFileSync(join(data, '.corpus/marker'), 'now')
    writeFileSync(join(data, 'later'), 'x')
    rmSync(join(data, 'media'), { recursive: true })
    await restoreData(work(['.']))
    expect(readdirSync(data).sort()).toEqual(['.corpus', 'media'])
    expect(readFileSync(join(data, '.corpus/marker'), 'utf8')).toBe('now')
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('then')
  })

  test('a single file, and what is not there any more', async () => {
    await keepData(work({ one: 'media/deep/a b' }))
    rmSync(join(data, 'media'), { recursive: true })
    await restoreData(work({ one: 'media/deep/a b' }))
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('then')
  })

  test('a SQLite database that is open and in use, rows and tables', async () => {
    sql("PRAGMA journal_mode=WAL; CREATE TABLE item (name TEXT); INSERT INTO item VALUES (char(39)||char(10)||x'c3a9')")
    const shop = { shop: { sqlite: 'shop.db' } }
    await keepData(work(shop))
    sql('INSERT INTO item VALUES (2); CREATE TABLE later (x); ')
    await restoreData(work(shop))
    expect(sql('SELECT count(*) FROM item; SELECT name FROM sqlite_master; SELECT hex(name) FROM item')).toBe(
      '1\nitem\n270AC3A9',
    )
    rmSync(join(data, 'shop.db'))
    rmSync(join(data, 'shop.db-wal'), { force: true })
    rmSync(join(data, 'shop.db-shm'), { force: true })
    await restoreData(work(shop))
    expect(sql('SELECT count(*) FROM item')).toBe('1')
    nothingLeft()
  })

  test('what commands of the project dump, any bytes of it', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256))
    writeFileSync(join(data, 'store'), bytes)
    const declared = { store: { dump: ['cat', 'store'], restore: ['tee', 'store'] } }
    await keepData(work(declared))
    writeFileSync(join(data, 'store'), 'now')
    await restoreData(work(declared))
    expect(readFileSync(join(data, 'store')).equals(bytes)).toBe(true)
  })

  test('unpacked where that was asked for', async () => {
    const manifest = await keepData(work(['media']), { packed: false })
    expect(manifest.dumps[0]?.file).toBe('media.tar')
    writeFileSync(join(data, 'media/deep/a b'), 'now')
    await restoreData(work(['media']))
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('then')
  })
})

describe('when something goes wrong', () => {
  test('while keeping, nothing is kept and what was kept before stays', async () => {
    await keepData(work(['media']))
    const failing: object[] = [
      { media: 'media', bad: { dump: ['sh', '-c', 'echo partial; echo "no luck" >&2; exit 3'] } },
      { media: 'media', gone: 'absent' },
      { media: 'media', gone: { sqlite: 'absent.db' } },
      { media: 'media', gone: { dump: ['/nowhere/dump'] } },
    ]
    for (const declared of failing)
      await expect(keepData(work(declared))).rejects.toThrow(
        /could not be dumped: no luck|no absent|no SQLite|not installed/,
      )
    expect((await verifyData(join(root, 'archives/r1'))).dumps.map(dump => dump.name)).toEqual(['media'])
    nothingLeft()
  })

  test('while putting back, everything is again what it was before', async () => {
    sql('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
    const declared = {
      media: 'media',
      shop: { sqlite: 'shop.db' },
      bad: { dump: ['echo', 'x'], restore: ['sh', '-c', 'cat >/dev/null; exit 4'] },
    }
    await keepData(work(declared))
    writeFileSync(join(data, 'media/deep/a b'), 'now')
    sql('INSERT INTO t VALUES (2)')
    const error = await restoreData(work(declared)).catch(caught => caught)
    // The command that fails cannot put the present back either, and that is told.
    expect(error).toMatchObject({
      code: 'RESTORE_HALF_DONE',
      message: expect.stringMatching(/bad could not be put back.*bad:/),
    })
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('now')
    expect(sql('SELECT count(*) FROM t')).toBe('2')
    nothingLeft()
  })

  test('a dump that was changed, cut or lost puts nothing back', async () => {
    await keepData(work(['media']))
    const path = join(root, 'archives/r1/media.tar.zst')
    const whole = readFileSync(path)
    for (const bytes of [
      whole.subarray(1),
      Buffer.concat([whole.subarray(0, -1), Buffer.of((whole.at(-1) ?? 0) ^ 1)]),
      null,
    ]) {
      if (bytes) writeFileSync(path, bytes)
      else rmSync(path)
      writeFileSync(join(data, 'media/deep/a b'), 'now')
      await expect(restoreData(work(['media']))).rejects.toThrow(code('BACKUP_DAMAGED'))
      expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('now')
    }
    await expect(restoreData(work(['media'], { folder: join(root, 'archives/none') }))).rejects.toThrow(
      code('BACKUP_DAMAGED', /no data/),
    )
    writeFileSync(join(root, 'archives/r1/data.json'), '{"format":1,"dumps":[{"file":"../../x"}]}')
    await expect(restoreData(work(['media']))).rejects.toThrow(code('BACKUP_DAMAGED', /format/))
  })

  test('an item that was not kept then is told before anything is touched', async () => {
    await keepData(work(['media']))
    writeFileSync(join(data, 'media/deep/a b'), 'now')
    writeFileSync(join(data, 'other'), 'x')
    await expect(restoreData(work(['media', 'other']))).rejects.toThrow(code('BACKUP_DAMAGED', /no dump of other/))
    expect(readFileSync(join(data, 'media/deep/a b'), 'utf8')).toBe('now')
  })

  test('a disk that is full while a dump is written says so and leaves nothing', async () => {
    const declared = { big: { dump: ['head', '-c', '100000', '/dev/zero'] } }
    const script = `
      import { keepData } from ${JSON.stringify(join(process.cwd(), 'src/backups/data.ts'))}
      import { localShell as shell } from ${JSON.stringify(join(process.cwd(), 'src/shell/local.ts'))}
      const items = ${JSON.stringify(items(declared))}
      try { await keepData({ shell, items, dataFolder: ${JSON.stringify(data)}, records: ${JSON.stringify(join(root, 'records'))}, folder: ${JSON.stringify(join(root, 'archives/r1'))} }) }
      catch (error) { console.log(error.code) }`
    const said = execFileSync('prlimit', ['--fsize=65536', process.execPath, '--input-type=module', '--eval', script], {
      encoding: 'utf8',
    })
    expect(said).toBe('BACKUP_FAILED\n')
    expect(readdirSync(join(root, 'archives'))).toEqual([])
  })

  test('a cancelled keeping leaves nothing', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    await expect(keepData(work({ slow: { dump: ['sleep', '60'] } }, { signal: stop.signal }))).rejects.toThrow(
      code('CANCELLED'),
    )
    expect(existsSync(join(root, 'archives/r1'))).toBe(false)
    nothingLeft()
  })
})

describe('data_archives', () => {
  test('may be a list of paths or a mapping, and may be left out', () => {
    expect(dataItems(undefined)).toEqual([])
    expect(items(['.', 'media/x', 'var//log/'])).toEqual([
      { kind: 'path', name: 'data', path: '.' },
      { kind: 'path', name: 'media-x', path: 'media/x' },
      { kind: 'path', name: 'var-log', path: 'var/log' },
    ])
    const declared = {
      shop: { postgresql: 'shop', user: 'ann', password: 'p', port: 5433 },
      q: { redis: 'redis://:p%40ss@10.0.0.1:6380' },
      s: { redis: 'unix:///run/redis.sock' },
      db: { sqlite: 'a/b.db' },
      c: { dump: ['x'] },
    }
    expect(items(declared)).toMatchObject([
      { kind: 'postgresql', database: 'shop', user: 'ann', port: '5433', host: '' },
      { kind: 'redis', host: '10.0.0.1', port: '6380', password: 'p@ss' },
      { kind: 'redis', socket: '/run/redis.sock' },
      { kind: 'sqlite', path: 'a/b.db' },
      { kind: 'command', restore: [] },
    ])
  })
  test('with faults is refused with all of them', () => {
    const wrong = {
      '../x': 'media',
      up: '../etc',
      abs: { path: '/etc' },
      two: { path: 'a', sqlite: 'b' },
      none: {},
      opt: { postgresql: '-h evil' },
      conn: { postgresql: 'host=evil' },
      r: { redis: 'http://x' },
      c: { dump: 'rm -rf' },
      s: { sqlite: '.' },
      n: 3,
      p: { mariadb: 'x', port: 'y', host: '-x' },
    }
    try {
      items(wrong)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'DATA_INVALID' })
      const lines = (error as { detail: string }).detail.split('\n')
      for (const name of Object.keys(wrong)) expect(lines.some(line => line.startsWith(`${name}: `))).toBe(true)
    }
    expect(() => dataItems('media')).toThrow(code('DATA_INVALID'))
    expect(() => items(['a b', 'a-b'])).toThrow(/a-b is there twice/)
  })
})
