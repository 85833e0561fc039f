import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { looseChanges } from '../../../src/git/loose-changes.ts'
import { localShell } from '../../../src/shell/local.ts'

describe.each(['sha1', 'sha256'])('commits of a repository with %s', format => {
  let top: string
  let stores: string[]
  const git = (...argv: string[]) =>
    gitIn(localShell, { gitDir: join(top, 'git'), tree: join(top, 'work'), index: join(top, 'index') }).text(...argv)

  /** Text is a file, null takes away, a link leads to what stands behind the arrow. */
  function change(files: Readonly<Record<string, string | null>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(top, 'work', name)
      rmSync(path, { recursive: true, force: true })
      if (text === null) continue
      mkdirSync(dirname(path), { recursive: true })
      if (text.startsWith('-> ')) symlinkSync(text.slice(3), path)
      else writeFileSync(path, text)
    }
  }

  async function commit(...afterwards: string[][]): Promise<string> {
    await git('add', '-A')
    for (const argv of afterwards) await git(...argv)
    return git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'one', await git('write-tree'))
  }

  async function toldByGit(from: string, to: string): Promise<string[]> {
    const words = (await git('diff-tree', '-r', '-z', '--raw', '--no-renames', from, to)).split('\0')
    return words.flatMap((word, at) => (word.startsWith(':') ? [`${word.split(' ')[4]} ${words[at + 1]}`] : [])).sort()
  }

  const letters = { added: 'A', changed: 'M', removed: 'D' }
  const told = (from: string, to: string) =>
    looseChanges(stores, from, to)
      ?.map(({ name, kind }) => `${letters[kind]} ${Buffer.from(name, 'latin1').toString()}`)
      .sort()

  beforeEach(async () => {
    top = mkdtempSync(join(tmpdir(), 'corpus-changes-'))
    mkdirSync(join(top, 'work'))
    const argv = ['/usr/bin/git', 'init', '-q', '--bare', `--object-format=${format}`, join(top, 'git')] as const
    expect((await localShell.run({ argv })).status).toBe(0)
    stores = [join(top, 'no quarantine'), join(top, 'git', 'objects')]
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  test('what changed is what git says, whatever became of it', async () => {
    change({
      'a/b/c': 'one',
      'a/b/d': 'one',
      'a/e': 'one',
      grün: 'one',
      'is a file': 'one',
      'is/a/folder': 'one',
      same: 'x',
      to: 'x',
    })
    const from = await commit()
    change({
      'a/b/c': 'two',
      'a/b/d': null,
      'a/new/f': 'two',
      grün: 'two',
      'is a file': null,
      'is a file/now': 'two',
      is: 'two',
      to: '-> same',
    })
    const to = await commit(['update-index', '--chmod=+x', 'same'])
    const expected = (await toldByGit(from, to)).map(line => line.replace(/^T /, 'M '))
    expect(expected.length).toBe(10)
    expect(told(from, to)).toEqual(expected)
    expect(told(from, from)).toEqual([])
  })

  test('a submodule is one on either side', async () => {
    change({ a: 'one' })
    const from = await commit()
    const to = await commit(['update-index', '--add', '--cacheinfo', `160000,${from},module`])
    const expected = [{ name: 'module', submodule: true }]
    expect(looseChanges(stores, from, to)).toMatchObject([{ ...expected[0], kind: 'added' }])
    expect(looseChanges(stores, to, from)).toMatchObject([{ ...expected[0], kind: 'removed' }])
  })

  test('git must be asked where a tree is not loose, names are odd, or much has changed', async () => {
    change({ 'a/b': 'one' })
    const from = await commit()
    change({ 'a/b': 'two' })
    const to = await commit()
    const below = await git('rev-parse', `${to}:a`)
    rmSync(join(top, 'git', 'objects', below.slice(0, 2), below.slice(2)))
    expect(told(from, to)).toBeUndefined()
    change(Object.fromEntries(Array.from({ length: 2100 }, (_, at) => [`many/${at}`, 'x'])))
    expect(told(from, await commit())).toBeUndefined()
  })

  test('a name that leads elsewhere is left to git', async () => {
    change({ a: 'one' })
    const from = await commit()
    const inner = await git('rev-parse', `${from}^{tree}`)
    const text = Buffer.concat([Buffer.from('40000 ..\0'), Buffer.from(inner, 'hex')])
    const argv = ['hash-object', '--literally', '-w', '-t', 'tree', '--stdin']
    const ended = await localShell.run({
      argv: ['/usr/bin/git', ...argv],
      input: text,
      env: { GIT_DIR: join(top, 'git') },
    })
    const odd = Buffer.from(ended.stdout).toString().trim()
    const to = await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'odd', odd)
    expect(told(from, to)).toBeUndefined()
  })
})
