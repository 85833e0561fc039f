/** The three modes by what they do to real projects: edited in place, cooked to archives, and run from those archives. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
/** The machine in production: a root of its own, where the project has the same name. */
let production: World
beforeAll(() => {
  world = makeWorld()
  production = makeWorld()
})
afterAll(async () => {
  await production.dispose()
  await world.dispose()
})

describe('editable', () => {
  const name = uniqueName('edit')
  const project = (...parts: string[]) => world.path(name, 'project', ...parts)

  test('a push deploys the folder that is edited, and edits in place are kept', async () => {
    await world.must('init', name, '--mode', 'editable')
    const clone = await world.clone(name, { 'app.txt': 'one\n', 'other.txt': 'one\n' })
    const first = await clone.push()
    expect(first.stderr).toContain('deployed in')
    expect(first.status).toBe(0)
    const tree = readlinkSync(project())
    writeFileSync(project('other.txt'), 'edited in place\n')
    writeFileSync(project('untracked.txt'), 'mine\n')
    const commit = await clone.commit({ 'app.txt': 'two\n' })
    expect((await clone.push()).status).toBe(0)
    expect(readFileSync(project('app.txt'), 'utf8')).toBe('two\n')
    expect(readFileSync(project('other.txt'), 'utf8')).toBe('edited in place\n')
    expect(readFileSync(project('untracked.txt'), 'utf8')).toBe('mine\n')
    expect(readlinkSync(project())).toBe(tree)
    expect(await world.json('status', name)).toMatchObject({ state: 'live', mode: 'editable', commit })

    await clone.commit({ 'other.txt': 'pushed\n' })
    const refused = await clone.push()
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toContain('TREE_EDITED')
    expect(readFileSync(project('other.txt'), 'utf8')).toBe('edited in place\n')
    expect(readFileSync(project('untracked.txt'), 'utf8')).toBe('mine\n')
    const back = await clone.push('--force', 'corpus', `${commit}~1:master`)
    expect(back.status).not.toBe(0)
    expect(back.stderr).toContain('TREE_EDITED')
    expect(readFileSync(project('app.txt'), 'utf8')).toBe('two\n')
  })

  test('corpus deploy runs the edits as they are, and the failure of a step takes nothing away', async () => {
    writeFileSync(
      project('.salt', 'build.sls'),
      'build it:\n  cmd.run:\n    - name: "cp other.txt built.txt"\n    - cwd: {{ cfg.project_root }}\n',
    )
    const deployed = await world.corpus('deploy', name, '--verbose')
    expect(deployed.stdout).toContain('archive: skipped')
    expect(deployed.status).toBe(0)
    expect(readFileSync(project('built.txt'), 'utf8')).toBe('edited in place\n')
    writeFileSync(project('.salt', 'build.sls'), 'build it:\n  cmd.run:\n    - name: "false"\n')
    const failed = await world.corpus('deploy', name)
    expect(failed.status).toBe(1)
    expect(failed.stdout).toContain('rollback: skipped, nothing is taken from the developer')
    expect(failed.stdout).toContain('FAILED')
    expect(readFileSync(project('other.txt'), 'utf8')).toBe('edited in place\n')
    writeFileSync(project('.salt', 'build.sls'), '')
    expect((await world.corpus('deploy', name)).status).toBe(0)
  })

  test('a push brings state files of its own in place of those that were written for it, but never over edited ones', async () => {
    const own = uniqueName('own')
    await world.must('init', own, '--mode', 'editable')
    const says = (word: string) => `x:\n  cmd.run:\n    - name: echo ${word} >> {{ cfg.data_root }}/said\n`
    const clone = await world.clone(own, { '.salt/configure.sls': says('first') })
    const first = await clone.push()
    expect(first.stderr).toContain('deployed in')
    expect(first.status).toBe(0)
    await clone.commit({ '.salt/build.sls': says('second') })
    expect((await clone.push()).status).toBe(0)
    expect(readFileSync(world.path(own, 'data', 'said'), 'utf8')).toBe('first\nfirst\nsecond\n')
    writeFileSync(world.path(own, 'project', '.salt', 'activate.sls'), '# mine\n')
    await clone.commit({ '.salt/activate.sls': says('third') })
    const refused = await clone.push()
    expect(refused.stderr).toContain('TREE_EDITED')
    expect(refused.status).not.toBe(0)
    expect(readFileSync(world.path(own, 'project', '.salt', 'activate.sls'), 'utf8')).toBe('# mine\n')
  })

  test('with an origin, deploy brings what is new there, but never over commits of its own', async () => {
    const origin = join(world.scratch, 'origin.git')
    const work = join(world.scratch, 'upstream')
    const git = (...args: string[]) => world.run(['git', '-C', work, ...args])
    await world.run(['git', 'init', '-q', '--bare', '-b', 'master', origin])
    await world.run(['git', 'clone', '-q', origin, work])
    const publish = async (text: string) => {
      writeFileSync(join(work, 'app.txt'), text)
      await git('add', '-A')
      await git('commit', '-q', '-m', text)
      expect((await git('push', '-q', 'origin', 'HEAD:master')).status).toBe(0)
    }
    await publish('first\n')
    const other = uniqueName('origin')
    await world.must('init', other, '--mode', 'editable', '--origin', origin)
    const text = () => readFileSync(world.path(other, 'project', 'app.txt'), 'utf8')
    expect(text()).toBe('first\n')
    expect((await world.corpus('deploy', other)).status).toBe(0)
    await publish('second\n')
    expect((await world.corpus('deploy', other)).status).toBe(0)
    expect(text()).toBe('second\n')
    const remotes = await world.run([
      'git',
      '-c',
      'safe.directory=*',
      '-C',
      world.path(other, 'project'),
      'remote',
      '-v',
    ])
    expect(remotes.stdout).toContain(`origin\t${origin} (fetch)`)
    expect(remotes.stdout).toContain(`local\t${world.path(other, 'git', 'project.git')} (fetch)`)

    writeFileSync(world.path(other, 'project', 'app.txt'), 'of my own\n')
    // The tree is the developer's, where accounts are made.
    const { uid, gid } = statSync(world.path(other, 'archives', 'editable', 'project'))
    const mine = ['git', '-C', world.path(other, 'project'), 'commit', '-q', '-am', 'Mine']
    const asDeveloper = uid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']
    expect((await world.run([...asDeveloper, ...mine])).status).toBe(0)
    await publish('third\n')
    const kept = await world.corpus('deploy', other)
    expect(kept.status).toBe(0)
    expect(kept.stdout).toContain('it has edits or commits of its own')
    expect(text()).toBe('of my own\n')
  })
})

describe('cooking and final', () => {
  const cooked = uniqueName('cook')
  const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  const bundle = (file: string) => world.path(cooked, 'releases', 'deployed', 'current', file)
  const running = ['--set', 'procfile=true', '--set', 'ingress=false']
  let kitchen: Clone
  let commit = ''

  test('cooking builds and bundles a release with a manifest, and the same commit gives the same bytes', async () => {
    await world.must('init', cooked, '--mode', 'cooking', ...running)
    kitchen = await world.clone(cooked, {
      'source.txt': 'hello\n',
      'bin/run.sh': '#!/bin/sh\necho run\n',
      Procfile: 'worker: cat built.txt > "$CORPUS_DATA/ran"; exec sleep 1000\n',
      '.salt/build.sls':
        'build:\n  cmd.run:\n    - name: tr a-z A-Z < source.txt > built.txt\n    - cwd: {{ cfg.project_root }}\n',
      '.salt/bundle.sls':
        'extra:\n  cmd.run:\n    - name: echo extra > {{ cfg.releases_root }}/deployed/{{ opts.deployment.release }}/extra.txt\n',
    })
    commit = (await kitchen.git('rev-parse', 'HEAD')).stdout.trim()
    const pushed = await kitchen.push()
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    expect(readFileSync(world.path(cooked, 'project', 'built.txt'), 'utf8')).toBe('HELLO\n')
    const manifest = JSON.parse(readFileSync(bundle('release.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: cooked, commit, mode: 'cooking' })
    expect(JSON.stringify(manifest)).toContain(digest(bundle('project.tar.zst')))
    expect(JSON.stringify(manifest)).toContain(digest(bundle('extra.txt')))
    const before = digest(bundle('project.tar.zst'))
    const releaseBefore = readlinkSync(world.path(cooked, 'releases', 'deployed', 'current'))
    expect((await world.corpus('deploy', cooked)).status).toBe(0)
    expect(readlinkSync(world.path(cooked, 'releases', 'deployed', 'current'))).not.toBe(releaseBefore)
    expect(digest(bundle('project.tar.zst'))).toBe(before)
    // Whoever fetches "the current release" gets what runs here, after going back too.
    expect((await world.corpus('rollback', cooked)).status).toBe(0)
    expect(readlinkSync(world.path(cooked, 'releases', 'deployed', 'current'))).toBe(releaseBefore)
  })

  test('final runs exactly what cooking built, and refuses a wrong digest with nothing touched', async () => {
    const name = cooked
    await production.must(
      'init',
      name,
      '--mode',
      'final',
      ...running,
      '--set',
      `release_artifacts_urls=["file://${bundle('project.tar.zst')}"]`,
    )
    // The repository of a final project may hold little more than state files.
    const clone = await production.clone(name, { README: 'deploys from archives\n' })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('verified by')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    const project = (file: string) => production.path(name, 'project', file)
    expect(readFileSync(project('built.txt'), 'utf8')).toBe('HELLO\n')
    expect(existsSync(project('README'))).toBe(false)
    expect(existsSync(production.path(name, 'deploy', 'project', 'built.txt'))).toBe(true)

    // The same commit and the same URL, and other archives behind it: the processes are those of the new tree.
    const ran = () => readFileSync(production.path(name, 'data', 'ran'), 'utf8')
    expect(ran()).toBe('HELLO\n')
    await kitchen.commit({ 'source.txt': 'once more\n' })
    expect((await kitchen.push()).status).toBe(0)
    await production.must('deploy', name)
    expect(readFileSync(project('built.txt'), 'utf8')).toBe('ONCE MORE\n')
    expect(ran()).toBe('ONCE MORE\n')
    await production.must('rollback', name)
    expect(ran()).toBe('HELLO\n')
    await production.must('deploy', name)
    await production.must('release-sync', name)

    const there = readdirSync(production.path(name, 'project')).sort()
    await production.must(
      'config',
      'set',
      name,
      `release_artifacts_urls=["file://${bundle('project.tar.zst')}#sha256=${'0'.repeat(64)}"]`,
    )
    await clone.commit({ README: 'again\n' })
    const refused = await clone.push()
    expect(refused.stderr).toContain('ARTIFACT_DIGEST')
    expect(refused.status).not.toBe(0)
    expect(readdirSync(production.path(name, 'project')).sort()).toEqual(there)
    expect(await production.json('status', name)).toMatchObject({ state: 'live' })
  })
})

test('the table of modes is what the modes do', async () => {
  const table = await world.json<Record<string, Record<string, unknown>>>('modes')
  expect(Object.keys(table)).toEqual(['editable', 'cooking', 'final', 'pillar', 'rollback'])
  expect(table['final']?.['build']).toEqual({ skip: 'built once, in cooking' })
  expect(table['cooking']?.['bundle']).toBe('run')
  const name = uniqueName('plan')
  await world.must('init', name, '--mode', 'final')
  await world.clone(name, { a: 'a\n' })
  const planned = await world.corpus('deploy', name, '--plan')
  expect(planned.status).toBe(0)
  expect(planned.stdout).toContain('build: skipped, built once, in cooking')
})
