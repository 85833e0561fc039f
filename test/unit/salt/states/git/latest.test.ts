import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toPlain } from '../../../../../src/salt/definition/values.ts'
import { Dict } from '../../../../../src/salt/python/dict.ts'
import { resultOf, type StateTree, stateTree } from '../../../../support/state-tree.ts'

let tree: StateTree
const out = (name: string) => join(tree.root, 'out', name)
/** Of submodules, git takes none from a path unless that is allowed. */
const withLocalSubmodules = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'protocol.file.allow',
  GIT_CONFIG_VALUE_0: 'always',
} as const
const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
    cwd: folder,
    env: { ...process.env, ...withLocalSubmodules },
    encoding: 'utf8',
  }).trim()

function commit(text: string): string {
  writeFileSync(join(out('seed'), 'f'), text)
  git(out('seed'), 'add', 'f')
  git(out('seed'), 'commit', '-qm', text)
  git(out('seed'), 'push', '-q', '--force', '../origin.git', 'main', '--tags')
  return git(out('seed'), 'rev-parse', 'HEAD')
}

beforeEach(() => {
  tree = stateTree({
    'main.sls': `
allowed: {environ.setenv: [name: GIT, value: ${JSON.stringify(withLocalSubmodules)}]}
code:
  git.latest:
    - name: {{ pillar.root }}/origin.git
    - target: {{ pillar.root }}/work
    - rev: {{ pillar.get('rev', 'main') }}
    - branch: {{ pillar.get('branch') | tojson }}
    - force_reset: {{ pillar.get('force', false) }}
    - force_fetch: {{ pillar.get('fetch', false) }}
    - submodules: {{ pillar.get('submodules', false) }}
`,
    'other.sls': `
detached: {git.detached: [name: {{ pillar.root }}/origin.git, target: {{ pillar.root }}/det, rev: v1]}
bare: {git.present: [name: {{ pillar.root }}/new.git]}
set: {git.config_set: [name: user.name, value: Someone, repo: {{ pillar.root }}/seed]}
several: {git.config_set: [name: my.key, multivar: [a, b], repo: {{ pillar.root }}/seed]}
`,
    'unset.sls': 'unset: {git.config_unset: [name: my.key, all: true, repo: {{ pillar.root }}/seed]}\n',
  })
  mkdirSync(out('seed'))
  git(out(''), 'init', '-q', '--bare', '--initial-branch=main', 'origin.git')
  git(out('seed'), 'init', '-q', '--initial-branch=main')
  commit('one')
})
afterEach(() => tree.remove())

const applied = async (pillar: Record<string, string | boolean> = {}, test = false) => {
  const done = await tree.apply(undefined, {
    pillar: Dict.of({ root: join(tree.root, 'out'), ...pillar }),
    test,
  })
  return resultOf(done, 'code')
}

test('A work tree follows its branch, and a second run changes nothing', async () => {
  expect((await applied({}, true)).comment).toBe(`Repository ${out('origin.git')} would be cloned to ${out('work')}`)
  await applied()
  const two = commit('two')
  expect((await applied({}, true)).result).toBe(null)
  expect(readFileSync(join(out('work'), 'f'), 'utf8')).toBe('one')
  const done = await applied()
  expect(done.comment).toContain(`Repository was fast-forwarded to origin/main (${two.slice(0, 7)}).`)
  expect(readFileSync(join(out('work'), 'f'), 'utf8')).toBe('two')
  expect((await applied()).comment).toBe(`Repository ${out('work')} is up-to-date`)
})

test('What is no fast-forward needs force', async () => {
  await applied()
  git(out('seed'), 'commit', '-q', '--amend', '-m', 'else')
  const moved = commit('else')
  expect((await applied()).comment).toContain("Set 'force_fetch' to True")
  const refused = await applied({ fetch: true })
  expect(refused.result).toBe(false)
  expect(refused.comment).toContain('not a fast-forward')
  const forced = await applied({ fetch: true, force: true })
  expect(forced.comment).toContain('Repository was hard-reset to origin/main')
  expect(toPlain(forced.changes)).toMatchObject({ 'forced update': true, revision: { new: moved } })
})

test('Uncommitted changes are not overwritten', async () => {
  await applied()
  commit('two')
  writeFileSync(join(out('work'), 'f'), 'mine')
  expect((await applied()).comment).toContain('there are uncommitted changes')
  expect(readFileSync(join(out('work'), 'f'), 'utf8')).toBe('mine')
  expect((await applied({ force: true })).comment).toContain('Uncommitted changes were discarded')
})

test('Tags, commits and other branches can be asked for, and what is not there is told', async () => {
  git(out('seed'), 'tag', 'v1')
  const one = git(out('seed'), 'rev-parse', 'HEAD')
  commit('two')
  const done = await applied({ rev: 'v1', branch: 'release' })
  expect(done.comment).toContain("Branch 'release' checked out, with v1")
  expect(git(out('work'), 'rev-parse', 'HEAD')).toBe(one)
  expect((await applied({ rev: one, branch: 'release' })).result).toBe(true)
  expect((await applied({ rev: 'nothing' })).comment).toBe(
    "No revision matching 'nothing' exists in the remote repository",
  )
})

test('A repository that cannot be reached and a target with other things in it are told', async () => {
  mkdirSync(out('work'))
  writeFileSync(join(out('work'), 'mine'), '')
  expect((await applied()).comment).toContain('exists, is non-empty and is not a git repository')
  tree.input.fileRoots.forEach(root => {
    writeFileSync(join(root, 'lost.sls'), 'l: {git.latest: [name: /nowhere.git, target: {{ pillar.root }}/l]}\n')
  })
  const lost = resultOf(await tree.apply('lost'), 'l')
  expect(lost.result).toBe(false)
  expect(lost.comment).toMatch(/^Failed to check remote refs: fatal:/)
})

test('Work trees at a tag, empty repositories and configuration come to be, once', async () => {
  git(out('seed'), 'tag', 'v1')
  commit('two')
  const first = await tree.apply('other')
  expect([...first.results.values()].map(({ id, result }) => [id, result])).toEqual([
    ['detached', true],
    ['bare', true],
    ['set', true],
    ['several', true],
  ])
  expect(readFileSync(join(out('det'), 'f'), 'utf8')).toBe('one')
  expect(resultOf(first, 'set').comment).toBe("'user.name' was added as 'Someone'")
  expect(toPlain(resultOf(first, 'several').changes)).toEqual({ 'my.key': { old: null, new: ['a', 'b'] } })
  for (const result of (await tree.apply('other')).results.values()) expect(result.changes.size).toBe(0)
  expect(resultOf(await tree.apply('unset'), 'unset').changes.size).toBe(1)
  expect(resultOf(await tree.apply('unset'), 'unset').comment).toBe('No matching keys are set')
})

test('Submodules are brought at each run, also where the commit is there already', async () => {
  for (const [name, inner] of [['inner'], ['outer', 'inner']] as const) {
    mkdirSync(out(name))
    git(out(name), 'init', '-q', '--initial-branch=main')
    writeFileSync(join(out(name), 's'), name)
    if (inner) git(out(name), 'submodule', '--quiet', 'add', out(inner), inner)
    git(out(name), 'add', '.')
    git(out(name), 'commit', '-qm', name)
  }
  git(out('seed'), 'submodule', '--quiet', 'add', out('outer'), 'sub')
  commit('with a submodule')
  const innermost = join(out('work'), 'sub', 'inner', 's')
  await applied()
  expect(existsSync(innermost)).toBe(false)
  await applied({ submodules: true }, true)
  expect(existsSync(innermost)).toBe(false)
  expect((await applied({ submodules: true })).comment).toBe(`Repository ${out('work')} is up-to-date`)
  expect(readFileSync(innermost, 'utf8')).toBe('inner')

  git(out('work'), 'submodule', '--quiet', 'deinit', '--force', '--all')
  writeFileSync(join(out('work'), 'f'), 'changed here')
  expect((await applied({ submodules: true })).comment).toContain('up-to-date, but with uncommitted changes')
  expect(readFileSync(innermost, 'utf8')).toBe('inner')

  git(out('work'), 'submodule', '--quiet', 'deinit', '--force', '--all')
  rmSync(join(out('work'), '.git', 'modules'), { recursive: true })
  renameSync(out('outer'), out('gone'))
  const failing = await applied({ submodules: true })
  expect(failing.result).toBe(false)
  expect(failing.comment).toContain('Failed to update submodules: ')
  renameSync(out('gone'), out('outer'))
  expect((await applied({ submodules: true })).result).toBe(true)
  expect(readFileSync(innermost, 'utf8')).toBe('inner')
})
