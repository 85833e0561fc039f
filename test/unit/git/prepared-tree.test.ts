import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { breakLinks, type CopyKind, prepareTree } from '../../../src/git/prepared-tree.ts'
import { adoptTree, bringTo, editedFiles, gitOfTree, indexFile, type TreePlace } from '../../../src/git/tree.ts'
import { localShell } from '../../../src/shell/local.ts'

let top: string
let preparedTree: string
let place: TreePlace
let commit: string

/** A path with bytes that are no UTF-8: a character stands for each. */
const at = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
const text = (folder: string, name: string) => readFileSync(at(folder, name), 'utf8')
const copy = () => join(preparedTree, 'project')

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), 'corpus-spare-'))
  preparedTree = join(top, 'spare')
  const projectGit = join(top, 'project.git')
  const work = join(top, 'work')
  mkdirSync(at(work, 'd\xff'), { recursive: true })
  mkdirSync(join(work, 'plain'))
  writeFileSync(at(work, 'caf\xe9'), 'one\n')
  writeFileSync(at(work, 'd\xff/x\n"y'), 'two\n')
  writeFileSync(at(work, 'plain/page'), 'three\n')
  symlinkSync(Buffer.from('caf\xe9', 'latin1'), at(work, 'link'))
  const git = (...argv: string[]) =>
    gitIn(localShell, { gitDir: projectGit, tree: work, index: join(top, 'index') }).text(...argv)
  await gitIn(localShell, { gitDir: projectGit }).outcome(['init', '--quiet', '--bare', projectGit], { cwd: top })
  await git('config', 'core.checkStat', 'minimal')
  await git('config', 'core.trustctime', 'false')
  await git('add', '-A')
  const tree = await git('write-tree')
  commit = await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'first', tree)
  place = { projectGit, id: 'r1', tree: join(top, 'trees', 'r1', 'project') }
  mkdirSync(place.tree, { recursive: true })
  adoptTree(place, commit)
  await bringTo(localShell, place, null, commit)
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

const prepare = (kind: CopyKind) =>
  prepareTree(
    localShell,
    preparedTree,
    place,
    { release: 'r1', commit, kind, uid: null },
    { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
  )

function expectCommitted(): void {
  expect(text(copy(), 'caf\xe9')).toBe('one\n')
  expect(text(copy(), 'd\xff/x\n"y')).toBe('two\n')
  expect(text(copy(), 'plain/page')).toBe('three\n')
  expect(readlinkSync(at(copy(), 'link'), 'latin1')).toBe('caf\xe9')
}

test.each(['copied', 'linked'] as const)(
  'a %s tree has the names that git has, whatever bytes they are',
  async kind => {
    expect(await prepare(kind)).toBe(true)
    expectCommitted()
  },
)

test('files with such names that were edited in place are copied as they were committed', async () => {
  writeFileSync(at(place.tree, 'caf\xe9'), 'edited in place\n')
  rmSync(at(place.tree, 'd\xff'), { recursive: true })
  expect((await editedFiles(gitOfTree(localShell, place))).sort()).toEqual(['caf\xe9', 'd\xff/x\n"y'])
  expect(await prepare('copied')).toBe(true)
  expectCommitted()
})

test('files with such names get files of their own', async () => {
  await prepare('linked')
  breakLinks(copy())
  expectCommitted()
  expect(lstatSync(at(copy(), 'd\xff/x\n"y')).nlink).toBe(1)
})

test('a mode that a build gave to a file is not that of the copy: git has but two', async () => {
  chmodSync(at(place.tree, 'caf\xe9'), 0o600)
  chmodSync(join(place.tree, 'plain', 'page'), 0o666)
  expect(await prepare('copied')).toBe(true)
  for (const name of ['caf\xe9', 'plain/page']) expect(lstatSync(at(copy(), name)).mode & 0o7777).toBe(0o644)
})

test.each([
  ['a file', (folder: string) => writeFileSync(folder, 'built\n')],
  ['a link', (folder: string) => symlinkSync('/nowhere', folder)],
])('where a build put %s in the place of a folder, the copy has the folder', async (_, put) => {
  rmSync(join(place.tree, 'plain'), { recursive: true })
  put(join(place.tree, 'plain'))
  expect(await prepare('copied')).toBe(true)
  expectCommitted()
  expect(lstatSync(join(copy(), 'plain')).mode & 0o7777).toBe(0o755)
})

test.each(['copied', 'linked'] as const)(
  'a %s tree that is not wanted any more is given up, and nothing is left of it',
  async kind => {
    const given: string[] = []
    const wanted = new AbortController()
    wanted.abort()
    const made = await prepareTree(localShell, preparedTree, place, { release: 'r1', commit, kind, uid: null }, null, {
      signal: wanted.signal,
      discard: async folder => {
        given.push(folder)
        rmSync(folder, { recursive: true })
      },
    })
    expect(made).toBe(false)
    expect(given).toEqual([`${preparedTree}.making`])
    expect(existsSync(preparedTree)).toBe(false)
  },
)

test('git that writes out a large file is ended at once when the copy is not wanted any more', async () => {
  const git = gitIn(localShell, { gitDir: place.projectGit, tree: join(top, 'work'), index: join(top, 'index') })
  // As slow as it gets: the test would be over its time long before.
  const begun = join(top, 'begun')
  await git.text('config', 'filter.slow.smudge', `touch ${begun}; exec sleep 1000`)
  await git.text('config', 'filter.slow.required', 'true')
  mkdirSync(join(place.projectGit, 'info'), { recursive: true })
  writeFileSync(join(place.projectGit, 'info', 'attributes'), 'page filter=slow\n')
  const wanted = new AbortController()
  const origin = { release: 'r1', commit, kind: 'copied', uid: null } as const
  const making = prepareTree(localShell, preparedTree, place, origin, null, { signal: wanted.signal })
  while (!existsSync(begun)) await new Promise(resolve => setTimeout(resolve, 5))
  wanted.abort()
  expect(await making).toBe(false)
  expect(existsSync(`${preparedTree}.making`)).toBe(false)
})

describe('the index of a tree whose files were written in the same second', () => {
  const index = () => indexFile(place)
  const since = new Date(Date.now() - 60_000)
  const isYoung = () => statSync(index()).mtimeMs > since.getTime()
  beforeEach(async () => {
    // As if the checkout had been a minute ago: files, and what the index says of them.
    const git = gitOfTree(localShell, place)
    for (const name of ['caf\xe9', 'd\xff/x\n"y', 'plain/page', 'link']) lutimesSync(at(place.tree, name), since, since)
    await git.outcome(['update-index', '-q', '--refresh'])
    utimesSync(index(), since, since)
  })

  test('is made younger once they are seen to be as committed, and nobody reads them again', async () => {
    expect(await prepare('linked')).toBe(true)
    expect(isYoung()).toBe(true)
    expectCommitted()
  })

  test('stays as it is where one was edited in that second, which only its content tells', async () => {
    writeFileSync(join(place.tree, 'plain', 'page'), 'Three\n')
    lutimesSync(join(place.tree, 'plain', 'page'), since, since)
    expect(await prepare('copied')).toBe(true)
    expect(isYoung()).toBe(false)
    expectCommitted()
    expect(await editedFiles(gitOfTree(localShell, place))).toEqual(['plain/page'])
  })
})
