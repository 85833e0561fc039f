import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contentElsewhere, elsewhereSentences, keepsElsewhere } from '../../../src/git/elsewhere.ts'
import { localShell } from '../../../src/shell/local.ts'

let folder: string
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-elsewhere-'))
  git('init', '-q')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function sentences(modules = ''): Promise<string[]> {
  git('add', '-A', '-f')
  git('commit', '-q', '-m', 'x')
  const commit = git('rev-parse', 'HEAD')
  return elsewhereSentences(await contentElsewhere(localShell, join(folder, '.git'), commit, modules))
}

const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:2d71\nsize 48213\n'

test('pointers of LFS, git-annex and git-crypt are told by name, whatever stands around them', async () => {
  mkdirSync(join(folder, 'a b'))
  writeFileSync(join(folder, 'a b', 'logo\n.png'), lfs)
  writeFileSync(join(folder, 'film.mp4'), '/annex/objects/SHA256E-s48213--2d711642b726b04401627ca9fbac32.mp4\n')
  symlinkSync('.git/annex/objects/x1/y2/SHA256E-s1--ab/SHA256E-s1--ab', join(folder, 'song.ogg'))
  writeFileSync(join(folder, 'secret.key'), Buffer.concat([Buffer.from('\0GITCRYPT\0'), Buffer.alloc(40, 7)]))
  writeFileSync(join(folder, 'text.md'), `As a pointer begins: ${lfs}`)
  expect(await sentences()).toEqual([
    '1 file is an LFS pointer, its content does not come with a push: "a b/logo\\n.png"',
    '2 files are git-annex pointers, their content does not come with a push: film.mp4, song.ogg',
    '1 file is encrypted by git-crypt, its content does not come with a push: secret.key',
  ])
})

test('a repository within the repository stays empty, unless .gitmodules names it', async () => {
  writeFileSync(join(folder, 'a'), '')
  git('add', 'a')
  git('commit', '-q', '-m', 'x')
  git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD')},vendor/other`)
  mkdirSync(join(folder, 'vendor', 'other'), { recursive: true })
  git('commit', '-q', '-m', 'y')
  const commit = git('rev-parse', 'HEAD')
  const look = (modules: string) => contentElsewhere(localShell, join(folder, '.git'), commit, modules)
  expect((await look('')).strays).toEqual(['vendor/other'])
  expect((await look('[submodule "x"]\n\tpath = vendor/other\n')).strays).toEqual([])
})

test('nothing is said of a tree that has all its content', async () => {
  writeFileSync(join(folder, 'a'), 'x'.repeat(200))
  expect(await sentences()).toEqual([])
})

test('attributes that keep content elsewhere are known', () => {
  expect(keepsElsewhere('*.png filter=lfs diff=lfs\n')).toBe(true)
  expect(keepsElsewhere('*.png text=auto\n')).toBe(false)
})
