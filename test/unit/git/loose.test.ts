import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { entryAtTop } from '../../../src/git/loose.ts'
import { localShell } from '../../../src/shell/local.ts'

describe.each(['sha1', 'sha256'])('objects named by %s', format => {
  let top: string
  let stores: string[]
  const git = (...argv: string[]) =>
    gitIn(localShell, { gitDir: join(top, 'git'), tree: join(top, 'work'), index: join(top, 'index') }).text(...argv)

  async function commitOf(files: readonly string[]): Promise<string> {
    rmSync(join(top, 'work'), { recursive: true, force: true })
    for (const file of files) {
      mkdirSync(join(top, 'work', file, '..'), { recursive: true })
      writeFileSync(join(top, 'work', file), file)
    }
    await git('add', '-A')
    return git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'one', await git('write-tree'))
  }

  beforeEach(async () => {
    top = mkdtempSync(join(tmpdir(), 'corpus-loose-'))
    mkdirSync(join(top, 'work'))
    const argv = ['/usr/bin/git', 'init', '-q', '--bare', `--object-format=${format}`, join(top, 'git')] as const
    expect((await localShell.run({ argv })).status).toBe(0)
    stores = [join(top, 'no quarantine'), join(top, 'git', 'objects')]
  })
  afterEach(() => rmSync(top, { recursive: true, force: true }))

  test('the entry has the id that git says, whatever stands around it', async () => {
    const commit = await commitOf(['.salt/a.sls', '.salt2/b', 'a b.salt', '.sal', 'z/.salt/c', 'grün'])
    expect(entryAtTop(stores, commit, '.salt')).toBe(await git('rev-parse', `${commit}:.salt`))
    expect(entryAtTop(stores, commit, 'grün')).toBe(await git('rev-parse', `${commit}:grün`))
  })

  test('a commit without it has none', async () => {
    expect(entryAtTop(stores, await commitOf(['z/.salt/c', 'salt', '.salt2/b']), '.salt')).toBeNull()
  })

  test('what was read of a commit is known from then on, and of another repository it is not', async () => {
    const commit = await commitOf(['.salt/a.sls'])
    const salt = await git('rev-parse', `${commit}:.salt`)
    expect(entryAtTop(stores, commit, '.salt')).toBe(salt)
    for (let at = 0; at < 3; at++) await commitOf([`other ${at}`])
    rmSync(join(stores[1] as string, commit.slice(0, 2)), { recursive: true })
    expect(entryAtTop(stores, commit, '.salt')).toBe(salt)
    expect(entryAtTop([stores[1] as string, join(top, 'another')], commit, '.salt')).toBeUndefined()
  })

  test('where an object is packed, missing, damaged or no commit, git must be asked', async () => {
    const commit = await commitOf(['.salt/a.sls'])
    const tree = await git('rev-parse', `${commit}^{tree}`)
    expect(entryAtTop(stores, tree, '.salt')).toBeUndefined()
    expect(entryAtTop(stores, 'f'.repeat(commit.length), '.salt')).toBeUndefined()
    const path = join(stores[1] as string, tree.slice(0, 2), tree.slice(2))
    chmodSync(path, 0o644)
    writeFileSync(path, 'no object')
    expect(entryAtTop(stores, commit, '.salt')).toBeUndefined()
    rmSync(path)
    expect(entryAtTop(stores, commit, '.salt')).toBeUndefined()
  })
})
