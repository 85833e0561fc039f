import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bundle, bundleTree } from '../../../src/artifacts/bundle.ts'
import { manifestName, parseManifest, sealRelease } from '../../../src/artifacts/manifest.ts'
import { unpackArchive } from '../../../src/artifacts/unpack.ts'
import { localShell } from '../../../src/shell/local.ts'
import { program } from '../../../src/shell/programs.ts'
import type { Shell } from '../../../src/shell/shell.ts'

let root = ''
let tree = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-bundle-test-'))
  tree = join(root, 'tree')
  fill(tree)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function fill(folder: string) {
  for (const name of ['b', 'a', 'lib/.git', '.git/objects']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['b/2', 'b/1', 'a/x y', 'Zed', 'ä', '.git/HEAD', 'lib/.git/HEAD', 'lib/code'])
    writeFileSync(join(folder, name), name)
  writeFileSync(join(folder, 'run'), '#!/bin/sh', { mode: 0o755 })
  symlinkSync('../run', join(folder, 'b/link'))
}

const bundle = (more: Partial<Bundle> = {}) =>
  bundleTree({ shell: localShell, tree, folder: join(root, 'out'), modifiedAt: 1_700_000_000, ...more })

describe('the archive of a release', () => {
  test('has everything but .git, in the order of the names', async () => {
    const archive = await bundle()
    expect(archive.file).toBe('project.tar.zst')
    expect(archive.bytes).toBe(statSync(archive.path).size)
    const names = execFileSync('tar', ['--quoting-style=literal', '-tf', archive.path], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(names).toEqual([
      './',
      './Zed',
      './a/',
      './a/x y',
      './b/',
      './b/1',
      './b/2',
      './b/link',
      './lib/',
      './lib/code',
      './run',
      './ä',
    ])
    expect(readdirSync(join(root, 'out'))).toEqual(['project.tar.zst'])
  })

  test.each([0o644, 0o600])(
    'names what an application wrote to or removed meanwhile (another file has mode %o)',
    async mode => {
      const writeMany = (): Shell => ({
        ...localShell,
        run: async command => {
          const isTar = command.argv.includes('--create')
          if (isTar) rmSync(join(tree, 'b/1'), { force: true })
          const ended = await localShell.run(command)
          const complaint = 'tar: ./lib: file changed as we read it\ntar: ./s: socket ignored\n'
          return isTar
            ? { ...ended, status: ended.status || 1, stderr: Buffer.concat([Buffer.from(complaint), ended.stderr]) }
            : ended
        },
      })
      writeFileSync(join(tree, 'own'), '', { mode })
      const archive = await bundle({ shell: writeMany() })
      expect(archive.changed).toEqual(mode === 0o600 ? ['b/1', 'lib'] : ['lib'])
      expect(execFileSync('tar', ['-tf', archive.path], { encoding: 'utf8' })).toContain('./lib/code\n')
    },
  )

  test('is not made where tar has another complaint', async () => {
    const unreadable: Shell = {
      ...localShell,
      run: async command => {
        const ended = await localShell.run(command)
        const complaint = 'tar: ./a: file changed as we read it\ntar: ./b: Cannot open: Permission denied\n'
        return command.argv.includes('--create') ? { ...ended, status: 2, stderr: Buffer.from(complaint) } : ended
      },
    }
    await expect(bundle({ shell: unreadable })).rejects.toMatchObject({ code: 'BUNDLE_FAILED' })
    expect(readdirSync(join(root, 'out'))).toEqual([])
  })

  test('is the same bytes for the same tree, whatever the zone, umask, account, times and inodes are', async () => {
    const first = await bundle()
    const again = join(root, 'again')
    mkdirSync(again)
    cpSync(tree, again, { recursive: true, verbatimSymlinks: true })
    for (const name of ['b/1', 'Zed', '.']) utimesSync(join(again, name), 1, 2)
    rmSync(join(again, 'b/2'))
    writeFileSync(join(again, 'b/2'), 'b/2')
    for (const name of ['b/1', 'b/2', 'a', '.', 'run'])
      chmodSync(join(again, name), (statSync(join(again, name)).mode & 0o700) | 0o064)
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', '65534:65534', again])
    const elsewhere: Shell = {
      ...localShell,
      run: command =>
        localShell.run({ ...command, env: { ...command.env, ...(command.env ? {} : { TZ: 'Asia/Tokyo' }) } }),
    }
    const saved = { ...process.env }
    Object.assign(process.env, {
      TZ: 'Asia/Tokyo',
      TAR_OPTIONS: '--owner=7',
      ZSTD_CLEVEL: '19',
      GZIP: '-1',
      LC_ALL: 'tr_TR.UTF-8',
    })
    const before = process.umask(0o077)
    const second = await bundle({ tree: again, folder: join(root, 'out2'), shell: elsewhere }).finally(() => {
      process.umask(before)
      process.env = saved
    })
    expect(second.sha256).toBe(first.sha256)
    expect(readFileSync(second.path).equals(readFileSync(first.path))).toBe(true)
  })

  test('differs when a file, a mode or the time of the commit does', async () => {
    const digests = new Set([(await bundle()).sha256])
    digests.add((await bundle({ modifiedAt: 1_700_000_001 })).sha256)
    chmodSync(join(tree, 'Zed'), 0o755)
    digests.add((await bundle()).sha256)
    writeFileSync(join(tree, 'Zed'), 'zed')
    digests.add((await bundle()).sha256)
    expect(digests.size).toBe(4)
  })

  test('does not depend on which files share an inode', async () => {
    writeFileSync(join(tree, 'twin'), 'same')
    copyFileSync(join(tree, 'twin'), join(tree, 'twin2'))
    const apart = await bundle()
    rmSync(join(tree, 'twin2'))
    linkSync(join(tree, 'twin'), join(tree, 'twin2'))
    expect((await bundle()).sha256).toBe(apart.sha256)
  })

  test('keeps the bytes of names that are no UTF-8, also beside a closed file', async () => {
    writeFileSync(join(tree, 'key'), 'secret', { mode: 0o600 })
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/caf`), Buffer.from([0xe9])]), 'text')
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/key`), Buffer.from([0xe9])]), 'secret', { mode: 0o600 })
    const archive = await bundle({ tracked: async () => new Set(['ä']) })
    const names = execFileSync('tar', ['--list', '--quoting-style=literal', `--file=${archive.path}`]).toString(
      'latin1',
    )
    for (const name of ['./caf\xe9', './key\xe9', './key', './\xc3\xa4']) expect(names.split('\n')).toContain(name)
  })

  test('keeps a file closed that was closed on purpose, unless git tracks it', async () => {
    writeFileSync(join(tree, 'settings [x]\n"y"'), 'secret', { mode: 0o600 })
    chmodSync(join(tree, 'b/1'), 0o600)
    const archive = await bundle({ tracked: async () => new Set(['b/1', 'b/2']) })
    await unpackArchive({ shell: localShell, archive: archive.path, folder: join(root, 'back') })
    expect(statSync(join(root, 'back/settings [x]\n"y"')).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'back/b/1')).mode & 0o777).toBe(0o644)
    expect(statSync(join(root, 'back/run')).mode & 0o777).toBe(0o755)
    expect(readdirSync(join(root, 'back')).length).toBe(7)
    const again = await bundle({ folder: join(root, 'out2'), tracked: async () => new Set(['b/1', 'b/2']) })
    expect(again.sha256).toBe(archive.sha256)
  })

  test('of a git working copy is the same under any umask', async () => {
    const git = (cwd: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-C', cwd, ...args], { encoding: 'utf8' })
    rmSync(join(tree, 'lib'), { recursive: true })
    rmSync(join(tree, '.git'), { recursive: true })
    git(tree, 'init', '-q')
    git(tree, 'add', '-A')
    git(tree, 'commit', '-qm', 'x')
    const digests = []
    for (const umask of [0o022, 0o077]) {
      const copy = join(root, `copy${umask}`)
      const before = process.umask(umask)
      try {
        git(root, 'clone', '-q', tree, copy)
        const tracked = async () => new Set(git(copy, 'ls-files', '-z').split('\0'))
        digests.push((await bundle({ tree: copy, folder: join(root, `out${umask}`), tracked })).sha256)
      } finally {
        process.umask(before)
      }
    }
    // The second one's names come from two passes, but every file is tracked: so the archives are alike.
    expect(digests[1]).toBe(digests[0])
  })

  test('may be gzip, and the same bytes again', async () => {
    const first = await bundle({ pack: 'gzip' })
    const second = await bundle({ pack: 'gzip', folder: join(root, 'out2') })
    expect(first.file).toBe('project.tar.gz')
    expect(second.sha256).toBe(first.sha256)
    await unpackArchive({ shell: localShell, archive: first.path, folder: join(root, 'back') })
    expect(readFileSync(join(root, 'back/b/2'), 'utf8')).toBe('b/2')
  })

  test('of a tree without a single file can be made and unpacked', async () => {
    mkdirSync(join(root, 'empty'))
    const archive = await bundle({ tree: join(root, 'empty') })
    expect(await unpackArchive({ shell: localShell, archive: archive.path, folder: join(root, 'back') })).toEqual({
      entries: 1,
      bytes: 0,
    })
  })
})

describe.runIf(process.getuid?.() === 0)('a tree of an account', () => {
  const nobody = { name: 'nobody', uid: 65534, gid: 65534, home: '/' }
  beforeEach(() => {
    execFileSync('chmod', ['755', root])
    execFileSync('chown', ['-R', '65534:65534', tree])
  })

  test('gives the same bytes, read as the account', async () => {
    writeFileSync(join(tree, 'key'), 'secret', { mode: 0o600 })
    const asRoot = await bundle({ tracked: async () => new Set() })
    execFileSync('chown', ['65534:65534', join(tree, 'key')])
    const asAccount = await bundle({ user: nobody, folder: join(root, 'out2'), tracked: async () => new Set() })
    expect(asAccount.sha256).toBe(asRoot.sha256)
    expect(statSync(asAccount.path)).toMatchObject({ uid: 0, mode: 0o100640 })
  })

  test('never brings in what the account may not read: by a hard link, or a folder that became a link', async () => {
    writeFileSync(join(root, 'secret'), 'of root', { mode: 0o600 })
    linkSync(join(root, 'secret'), join(tree, 'b/stolen'))
    await expect(bundle({ user: nobody })).rejects.toThrow(
      expect.objectContaining({ code: 'BUNDLE_FAILED', message: expect.stringContaining('Permission denied') }),
    )
    expect(readdirSync(join(root, 'out'))).toEqual([])
  })
})

describe('a tree that no release may have is refused in cooking already:', () => {
  const refused = async (message: RegExp) => {
    const error = await bundle().catch(caught => caught)
    expect(error).toMatchObject({ code: 'BUNDLE_REFUSED', message: expect.stringMatching(message) })
    expect(readdirSync(root)).toEqual(['tree'])
  }
  test('a pipe', async () => {
    execFileSync('mkfifo', [join(tree, 'pipe')])
    await refused(/"pipe" is a pipe/)
  })
  test('a link to the outside', async () => {
    symlinkSync('/etc/passwd', join(tree, 'b/pw'))
    await refused(/"b\/pw" points outside the tree, to "\/etc\/passwd"/)
  })
  test('but a link into the data of the project is not', async () => {
    symlinkSync('/srv/projects/shop/data/media', join(tree, 'media'))
    const linksMayPointTo = ['/srv/projects/shop/data']
    const archive = await bundle({ linksMayPointTo })
    await unpackArchive({ shell: localShell, archive: archive.path, folder: join(root, 'back'), linksMayPointTo })
    symlinkSync('/srv/projects/shop/data/../../other', join(tree, 'bad'))
    await expect(bundle({ linksMayPointTo })).rejects.toThrow(expect.objectContaining({ code: 'BUNDLE_REFUSED' }))
  })
})

test('a disk that is full leaves no archive', async () => {
  writeFileSync(
    join(tree, 'noise'),
    Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919 * (i % 253)) & 255)),
  )
  const full: Shell = {
    ...localShell,
    run: command =>
      localShell.run(
        command.argv.includes('--create')
          ? { ...command, argv: ['prlimit', '--fsize=4096', '--', ...command.argv] }
          : command,
      ),
  }
  await expect(bundle({ shell: full })).rejects.toThrow(expect.objectContaining({ code: 'BUNDLE_FAILED' }))
  expect(readdirSync(join(root, 'out'))).toEqual([])
})

test('a missing tar is named', async () => {
  const without: Shell = {
    ...localShell,
    run: command =>
      localShell.run({
        ...command,
        argv: command.argv.map(word => (word === program('tar') ? '/usr/bin/tar-that-is-not-there' : word)) as [string],
      }),
  }
  await expect(bundle({ shell: without })).rejects.toThrow(expect.objectContaining({ code: 'TOOL_MISSING' }))
})

describe('the manifest', () => {
  const facts = {
    name: 'shop',
    release: '20260101T000000000Z-00000000-0000-0000-0000-000000000000',
    commit: 'c'.repeat(40),
    pillar_commit: null,
    mode: 'cooking',
    creator: 'ann',
    api_version: 2,
    installer: 'generic',
    times: { created_at: '2026-01-01T00:00:00.000Z', procedures: [{ name: 'build', seconds: 1.5 }] },
  }
  test('names every archive that is there, those that the project added too, with size and digest', async () => {
    const archive = await bundle()
    writeFileSync(join(root, 'out/media.tar'), 'extra')
    await sealRelease(join(root, 'out'), facts)
    const manifest = parseManifest(readFileSync(join(root, 'out', manifestName), 'utf8'), 'x')
    expect(manifest).toMatchObject({ ...facts, format: 1 })
    expect(manifest.archives).toEqual([
      {
        file: 'media.tar',
        bytes: 5,
        sha256: execFileSync('sha256sum', { input: 'extra', encoding: 'utf8' }).slice(0, 64),
      },
      { file: 'project.tar.zst', bytes: archive.bytes, sha256: archive.sha256 },
    ])
    await sealRelease(join(root, 'out'), facts)
    expect(readdirSync(join(root, 'out')).sort()).toEqual(['media.tar', 'project.tar.zst', 'release.json'])
  })

  test('refuses what is no archive in the folder of the release', async () => {
    await bundle()
    mkdirSync(join(root, 'out/folder'))
    await expect(sealRelease(join(root, 'out'), facts)).rejects.toThrow(/"folder" in the folder of the release/)
  })

  test.each([
    ['{', /is not JSON/],
    ['[]', /format is missing/],
    ['{"format":2}', /format is 2, not 1/],
    [JSON.stringify({ ...facts, format: 1, archives: [] }), /archives is not a list/],
    [
      JSON.stringify({ ...facts, format: 1, archives: [{ file: '../x', bytes: 1, sha256: 'a'.repeat(64) }] }),
      /archives\[0\]\.file/,
    ],
    [
      JSON.stringify({ ...facts, format: 1, archives: [{ file: 'x', bytes: -1, sha256: 'A' }] }),
      /archives\[0\]\.sha256/,
    ],
    [
      JSON.stringify({ ...facts, commit: 1, format: 1, archives: [{ file: 'x', bytes: 1, sha256: 'a'.repeat(64) }] }),
      /commit is not text/,
    ],
  ])('that is none is refused: %.30s', (text, message) => {
    expect(() => parseManifest(text, 'x')).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_MANIFEST', message: expect.stringMatching(message) }),
    )
  })
})
