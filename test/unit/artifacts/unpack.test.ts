import { execFileSync } from 'node:child_process'
import {
  lstatSync,
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
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Unpack, unpackArchive } from '../../../src/artifacts/unpack.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Shell } from '../../../src/shell/shell.ts'
import { type MadeEntry, madeTar } from './tar-maker.ts'

let root = ''
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'corpus-unpack-')), 'root')
  mkdirSync(root)
  mkdirSync(join(root, 'deploy'))
  writeFileSync(join(root, 'deploy', 'old'), 'old')
})
afterEach(() => rmSync(dirname(root), { recursive: true, force: true }))

const unpack = (more: Partial<Unpack> = {}) =>
  unpackArchive({ shell: localShell, archive: join(root, 'a.tar'), folder: join(root, 'deploy'), ...more })
const put = (entries: readonly MadeEntry[]) => writeFileSync(join(root, 'a.tar'), madeTar(entries))
const code = (name: string) => expect.objectContaining({ code: name })
/** The old folder is as it was and nothing is beside it. */
const untouched = () => {
  expect(
    readdirSync(root)
      .filter(name => !name.startsWith('a.tar'))
      .sort(),
  ).toEqual(['deploy'])
  expect(readdirSync(join(root, 'deploy'))).toEqual(['old'])
}

describe('an archive that is in order', () => {
  test('takes the place of the old folder, with its links, modes and odd names', async () => {
    const names = ['plain', 'with space', 'new\nline', 'quote"\\back', 'arrow -> x', 'ünï', '-dash', '.hidden']
    put([
      { name: './', type: '5', mode: 0o755 },
      ...names.map(name => ({ name: `./${name}`, content: name })),
      { name: './bin/', type: '5', mode: 0o755 },
      { name: './bin/run', mode: 0o755, content: '#!/bin/sh' },
      { name: './bin/link', type: '2', target: '../plain' },
      { name: './bin/same', type: '1', target: './bin/run' },
      { name: './dangling', type: '2', target: 'bin/absent' },
    ])
    const listing = await unpack()
    expect(listing.entries).toBe(14)
    const deploy = join(root, 'deploy')
    expect(readdirSync(deploy).sort()).toEqual([...names, 'bin', 'dangling'].sort())
    for (const name of names) expect(readFileSync(join(deploy, name), 'utf8')).toBe(name)
    expect(statSync(join(deploy, 'bin/run')).mode & 0o7777).toBe(0o755)
    expect(readlinkSync(join(deploy, 'bin/link'))).toBe('../plain')
    expect(readdirSync(root).sort()).toEqual(['a.tar', 'deploy'])
  })

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => execFileSync('zstd', ['-q', '-c'], { input: bytes })],
  ])('is told by its first bytes: %s', async (_, compress) => {
    writeFileSync(join(root, 'a.tar'), compress(madeTar([{ name: 'f', content: 'x' }])))
    await unpack()
    expect(readFileSync(join(root, 'deploy/f'), 'utf8')).toBe('x')
  })

  test('makes the folder where there is none, and clears away what a killed unpacking left', async () => {
    rmSync(join(root, 'deploy'), { recursive: true })
    mkdirSync(join(root, '.deploy.0123456789ab.new'))
    mkdirSync(join(root, '.deploy.mine'))
    put([{ name: 'f', content: 'x' }])
    await unpack()
    expect(readdirSync(root).sort()).toEqual(['.deploy.mine', 'a.tar', 'deploy'])
  })

  test('may have links into the folders that it was allowed', async () => {
    put([{ name: 'media', type: '2', target: '/srv/data/media' }])
    await unpack({ linksMayPointTo: ['/srv/data'] })
    expect(readlinkSync(join(root, 'deploy/media'))).toBe('/srv/data/media')
  })

  test('gives up its setgid folders and takes no umask of the caller', async () => {
    put([
      { name: 'd/', type: '5', mode: 0o2777 },
      { name: 'd/f', mode: 0o666 },
    ])
    const before = process.umask(0)
    await unpack().finally(() => process.umask(before))
    expect(statSync(join(root, 'deploy/d')).mode & 0o7777).toBe(0o755)
    expect(statSync(join(root, 'deploy/d/f')).mode & 0o7777).toBe(0o644)
  })

  test('belongs to whoever unpacks it, and nobody else reaches it before it is whole', async () => {
    put([{ name: 'f', content: 'x' }])
    const modes: number[] = []
    const shell: Shell = {
      ...localShell,
      async run(command) {
        const ended = await localShell.run(command)
        if (command.cwd !== undefined) modes.push(statSync(command.cwd).mode & 0o777)
        return ended
      },
    }
    await unpack({ shell })
    expect(modes).toEqual([0o700])
    expect(lstatSync(join(root, 'deploy/f')).uid).toBe(process.getuid?.())
  })

  test('is refused where a name that must be a folder is none', async () => {
    put([
      { name: '.salt', type: '2', target: 'elsewhere' },
      { name: 'elsewhere/f', content: 'x' },
    ])
    await expect(unpack({ folders: ['.salt'] })).rejects.toThrow(/".salt" is no folder/)
  })
})

describe('a hostile archive is refused and nothing is touched:', () => {
  const file = { name: 'ok', content: 'x' }
  test.each<[string, MadeEntry[], RegExp]>([
    ['an entry ../x', [file, { name: '../x', content: 'x' }], /"\.\.\/x" climbs out/],
    ['an entry a/../../x', [{ name: 'a/../../x' }], /climbs out/],
    ['an absolute path', [{ name: '/etc/corpus-x' }], /"\/etc\/corpus-x" is an absolute path/],
    ['a character device', [{ name: 'null', type: '3' }], /is a device/],
    ['a block device', [{ name: 'sda', type: '4' }], /is a device/],
    ['a pipe', [{ name: 'pipe', type: '6' }], /is a device, a pipe/],
    ['a setuid file', [{ name: 'su', mode: 0o4755 }], /rights of another account/],
    ['a setgid file', [{ name: 'sg', mode: 0o2755 }], /rights of another account/],
    ['a link to an absolute path', [{ name: 'l', type: '2', target: '/etc' }], /points outside the folder, to "\/etc"/],
    ['a link that climbs out', [{ name: 'd/l', type: '2', target: '../../x' }], /points outside/],
    [
      'a link that climbs out through another',
      [
        { name: 's', type: '2', target: '.' },
        { name: 'd/l', type: '2', target: '../s/../x' },
      ],
      /"d\/l" is a link that points outside/,
    ],
    [
      'links that go round for ever',
      [
        { name: 'a', type: '2', target: 'b' },
        { name: 'b', type: '2', target: 'a' },
      ],
      /points outside/,
    ],
    [
      'an entry below a link',
      [{ name: 'l', type: '2', target: 'd' }, { name: 'd/', type: '5' }, { name: 'l/x' }],
      /"l\/x" lies below "l"/,
    ],
    [
      'an entry below a link that comes later',
      [{ name: 'l/x' }, { name: 'l', type: '2', target: 'd' }],
      /lies below "l"/,
    ],
    ['an entry below a file', [{ name: 'f' }, { name: 'f/x' }], /lies below "f"/],
    ['a name that is there twice', [file, { name: './ok', type: '2', target: 'x' }], /is there twice/],
    ['a hard link to the outside', [{ name: 'h', type: '1', target: '../../etc/passwd' }], /no file of the archive/],
    ['a hard link to an absolute path', [{ name: 'h', type: '1', target: '/etc/passwd' }], /no file of the archive/],
    ['a hard link to nothing', [{ name: 'h', type: '1', target: 'none' }], /no file of the archive/],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', target: 'ok' },
        { name: 'h', type: '1', target: 'l' },
      ],
      /no file of the archive/,
    ],
    [
      'a name made to look like a listing',
      [{ name: 'x" -> "y\n-rw-r--r-- 0/0 1 1970-01-01 00:00 "../z' }, { name: '../q' }],
      /climbs out/,
    ],
  ])('%s', async (_, entries, message) => {
    put(entries)
    const error = await unpack().catch(caught => caught)
    expect(error).toMatchObject({ code: 'ARTIFACT_HOSTILE', message: expect.stringMatching(message) })
    untouched()
    expect(readdirSync(dirname(root))).toEqual(['root'])
  })

  test('one that real tar made with -P', async () => {
    writeFileSync(join(root, 'outside'), 'x')
    execFileSync('tar', ['-P', '-cf', join(root, 'a.tar'), '../outside'], { cwd: join(root, 'deploy') })
    rmSync(join(root, 'outside'))
    await expect(unpack()).rejects.toThrow(code('ARTIFACT_HOSTILE'))
    untouched()
  })

  test('one that unpacks to more than it may', async () => {
    put([
      { name: 'a', content: 'x'.repeat(600) },
      { name: 'b', content: 'x'.repeat(600) },
    ])
    await expect(unpack({ maximumBytes: 1000 })).rejects.toThrow(code('ARTIFACT_TOO_LARGE'))
    await expect(unpack({ maximumEntries: 1 })).rejects.toThrow(code('ARTIFACT_TOO_LARGE'))
    untouched()
  })

  test('a bomb of a sparse file is stopped by its listing', async () => {
    execFileSync('truncate', ['-s', '100G', join(root, 'sparse')])
    execFileSync('tar', ['-S', '-cf', join(root, 'a.tar'), '-C', root, 'sparse'])
    rmSync(join(root, 'sparse'))
    await expect(unpack()).rejects.toThrow(code('ARTIFACT_TOO_LARGE'))
    untouched()
  })
})

describe('a damaged archive is an error and nothing is touched:', () => {
  test.each([
    ['empty', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('<html>not found</html>')],
    ['cut zstd', () => cut(execFileSync('zstd', ['-q', '-c'], { input: big() }))],
    ['cut gzip', () => cut(gzipSync(big()))],
    ['cut tar', () => cut(big())],
    ['zstd with a flipped byte', () => flipped(execFileSync('zstd', ['-q', '-c', '--check'], { input: big() }))],
  ])('%s', async (_, bytes) => {
    writeFileSync(join(root, 'a.tar'), bytes())
    await expect(unpack()).rejects.toThrow(code('ARTIFACT_DAMAGED'))
    untouched()
  })

  const big = () => madeTar(Array.from({ length: 50 }, (_, i) => ({ name: `f${i}`, content: `${i}`.repeat(3000) })))
  const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * 0.6))
  const flipped = (bytes: Buffer) => {
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    return bytes
  }
})

test('a cancelled unpacking touches nothing', async () => {
  put([{ name: 'f', content: 'x' }])
  const stop = new AbortController()
  stop.abort()
  await expect(unpack({ signal: stop.signal })).rejects.toThrow(code('CANCELLED'))
  untouched()
})

test('a disk that is full while unpacking touches nothing', async () => {
  put([{ name: 'f', content: 'x'.repeat(100_000) }])
  const limited = {
    ...localShell,
    run: (command: Parameters<typeof localShell.run>[0]) =>
      localShell.run(
        command.argv.includes('--extract')
          ? { ...command, argv: ['/usr/bin/prlimit', '--fsize=8192', '--', ...command.argv] }
          : command,
      ),
  }
  await expect(unpack({ shell: limited })).rejects.toThrow(code('ARTIFACT_DAMAGED'))
  untouched()
})

test('a link in place of the folder is not written through', async () => {
  mkdirSync(join(root, 'elsewhere'))
  rmSync(join(root, 'deploy'), { recursive: true })
  symlinkSync('elsewhere', join(root, 'deploy'))
  put([{ name: 'f', content: 'x' }])
  await unpack()
  expect(readdirSync(join(root, 'elsewhere'))).toEqual([])
  expect(lstatSync(join(root, 'deploy')).isDirectory()).toBe(true)
})
