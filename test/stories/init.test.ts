/** Making, repairing and destroying projects: idempotent, never over a person's changes, and whole even when killed. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { procedureNames } from '../../src/kernel/procedure-names.ts'
import { corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('init')
const root = process.getuid?.() === 0
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

test('init makes the whole layout', async () => {
  await world.must('init', name, '--mode', 'final', '--set', 'data.port=8080')
  for (const folder of [
    'git/project.git',
    'git/pillar.git',
    'pillar',
    'data',
    'build',
    'deploy',
    'releases',
    'archives',
    'project',
  ])
    expect([folder, existsSync(world.path(name, folder))]).toEqual([folder, true])
  for (const repository of ['project', 'pillar'])
    for (const hook of ['pre-receive', 'post-receive'])
      expect(statSync(world.path(name, 'git', `${repository}.git`, 'hooks', hook)).mode & 0o111).toBe(0o111)
  expect(readlinkSync(join(world.root, 'pillar', 'makina-projects', name))).toBe(world.path(name, 'pillar'))
  expect(readlinkSync(join(world.root, 'salt', 'makina-projects', name))).toBe(
    world.path(name, 'corpus', 'salt', 'current'),
  )
  expect(readFileSync(world.path(name, 'pillar', 'init.sls'), 'utf8')).toContain(`makina-projects.${name}:`)
  expect(readFileSync(join(world.root, 'pillar', 'top.sls'), 'utf8')).toContain(`makina-projects.${name}`)
  const written = readdirSync(world.path(name, 'project', '.salt')).sort()
  expect(written).toEqual(procedureNames.map(one => `${one}.sls`).sort())
  expect((await world.must('config', 'get', name, 'data.port')).stdout).toBe('8080\n')
  if (root) expect(readFileSync('/etc/passwd', 'utf8')).toContain(`\n${name}-user:`)
})

test('a second time there is nothing to do, and other words change only what they say', async () => {
  expect((await world.must('init', name)).stdout).toContain('everything was there')
  expect(await world.json('init', name)).toMatchObject({ name, done: [] })
  await world.must('init', name, '--set', 'data.host=here')
  expect((await world.must('config', 'get', name, 'data.port')).stdout).toBe('8080\n')
  expect((await world.must('config', 'get', name, 'mode')).stdout).toBe('final\n')
})

test('what is missing is repaired, and what a person changed stays', async () => {
  const hook = world.path(name, 'git', 'project.git', 'hooks', 'post-receive')
  const own = world.path(name, 'git', 'pillar.git', 'hooks', 'pre-receive')
  writeFileSync(own, '#!/bin/sh\necho mine\n')
  chmodSync(own, 0o755)
  rmSync(hook)
  rmSync(world.path(name, 'releases'), { recursive: true })
  rmSync(join(world.root, 'salt', 'makina-projects', name))
  rmSync(world.path(name, 'project', '.salt', 'build.sls'))
  writeFileSync(world.path(name, 'project', '.salt', 'configure.sls'), '# mine\n')
  writeFileSync(world.path(name, 'pillar', 'init.sls'), '# mine\n')
  writeFileSync(join(world.root, 'pillar', 'top.sls'), '# mine\nbase: {}\n')
  const said = (await world.must('init', name)).stdout
  expect(said).toContain('is not one of ours')
  expect(existsSync(hook)).toBe(true)
  expect(existsSync(world.path(name, 'releases', 'deployed'))).toBe(true)
  expect(lstatSync(join(world.root, 'salt', 'makina-projects', name)).isSymbolicLink()).toBe(true)
  expect(existsSync(world.path(name, 'project', '.salt', 'build.sls'))).toBe(true)
  expect(readFileSync(own, 'utf8')).toBe('#!/bin/sh\necho mine\n')
  expect(readFileSync(world.path(name, 'project', '.salt', 'configure.sls'), 'utf8')).toBe('# mine\n')
  expect(readFileSync(world.path(name, 'pillar', 'init.sls'), 'utf8')).toBe('# mine\n')
  expect(readFileSync(join(world.root, 'pillar', 'top.sls'), 'utf8')).toBe('# mine\nbase: {}\n')
})

test('a repaired hook deploys, and one that an older corpus wrote is brought up to date', async () => {
  const hook = world.path(name, 'git', 'project.git', 'hooks', 'pre-receive')
  writeFileSync(hook, readFileSync(hook, 'utf8').replace("'pre-receive'", "'an older way'"))
  expect((await world.must('init', name)).stdout).toContain(`repaired ${hook}`)
  const clone = await world.clone(name, { 'index.html': 'x\n' })
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('deployed in')
  expect(pushed.status).toBe(0)
  expect((await world.must('init', name)).status).toBe(0)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('x\n')
})

test('an init that is killed anywhere is finished by the same command', async () => {
  for (const milliseconds of [80, 160, 240, 320, 480]) {
    const victim = uniqueName('killed')
    const child = spawn(corpusCommand, ['init', victim, '--mode', 'final'], {
      env: world.env,
      stdio: 'ignore',
      detached: true,
    })
    await new Promise(resolve => setTimeout(resolve, milliseconds))
    try {
      process.kill(-(child.pid as number), 'SIGKILL')
    } catch {
      // it was faster
    }
    await eventually('the command has ended', () => child.exitCode !== null || child.signalCode !== null)
    expect((await world.must('init', victim, '--mode', 'final')).status).toBe(0)
    const clone = await world.clone(victim, { 'index.html': `${milliseconds}\n` })
    expect((await clone.push()).status).toBe(0)
    expect(readFileSync(world.path(victim, 'project', 'index.html'), 'utf8')).toBe(`${milliseconds}\n`)
  }
})

test('two at once make one project', async () => {
  const twin = uniqueName('twin')
  const both = await Promise.all([
    world.corpus('init', twin, '--mode', 'final'),
    world.corpus('init', twin, '--mode', 'final'),
  ])
  for (const one of both) expect([one.status, one.stderr]).toEqual([0, ''])
  expect((await (await world.clone(twin, { 'index.html': 'x\n' })).push()).status).toBe(0)
})

test('destroy wants the name twice, and then nothing is left', async () => {
  expect((await world.corpus('destroy', name)).status).toBe(2)
  const wrong = await world.corpus('destroy', name, '--confirm', 'another')
  expect(wrong.stderr).toContain('NOT_CONFIRMED')
  expect(existsSync(world.path(name, 'git', 'project.git'))).toBe(true)
  await world.must('destroy', name, '--confirm', name)
  expect(existsSync(world.path(name))).toBe(false)
  for (const link of ['pillar', 'salt'])
    expect(readdirSync(join(world.root, link, 'makina-projects'))).not.toContain(name)
  expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(`\n${name}-user:`)
  expect(readFileSync('/etc/group', 'utf8')).not.toContain(`\n${name}-grp:`)
  expect((await world.corpus('destroy', name, '--confirm', name)).status).toBe(4)
  expect(await world.json<unknown[]>('list')).not.toContainEqual(expect.objectContaining({ name }))
})

test('a project is not destroyed while it deploys, and a broken one is', async () => {
  const busy = uniqueName('busy')
  await world.must('init', busy, '--mode', 'final')
  const [began, gate] = [join(world.scratch, 'began'), join(world.scratch, 'gate')]
  const clone = await world.clone(busy, {
    '.salt/configure.sls': `wait:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.05; done"\n`,
  })
  const pushing = clone.push()
  await eventually('it deploys', () => existsSync(began))
  const refused = await world.corpus('destroy', busy, '--confirm', busy)
  expect(refused.status).toBe(5)
  expect(existsSync(world.path(busy, 'git', 'project.git'))).toBe(true)
  writeFileSync(gate, '')
  expect((await pushing).status).toBe(0)
  rmSync(world.path(busy, 'git', 'project.git'), { recursive: true })
  await world.must('destroy', busy, '--confirm', busy)
  expect(existsSync(world.path(busy))).toBe(false)
})

test('a root that nginx could not be told is refused before anything is made; one with a space and a quote serves', async () => {
  const bad = join(world.scratch, 'a $root')
  const refused = await world.run([corpusCommand, 'init', uniqueName('odd'), `--root=${bad}`])
  expect(refused.stderr).toContain('ROOT_UNUSABLE')
  expect([refused.status, existsSync(bad)]).toEqual([6, false])
  const odd = join(world.scratch, "it's a root")
  mkdirSync(odd)
  const env = { CORPUS_ROOT: odd }
  const other = uniqueName('odd')
  expect(await world.run([corpusCommand, 'init', other, '--mode', 'final'], { env })).toMatchObject({ status: 0 })
  const folder = join(world.scratch, 'odd clone')
  await world.run(['git', 'init', '-q', folder])
  const git = (...args: string[]) => world.run(['git', '-C', folder, ...args], { env })
  await world.run([corpusCommand, 'remote', 'add', other], { cwd: folder, env })
  for (const text of ['one\n', 'two\n']) {
    writeFileSync(join(folder, 'index.html'), text)
    await git('add', '.')
    await git('commit', '-qm', text)
    expect(await git('push', 'corpus', 'HEAD:master')).toMatchObject({ status: 0 })
    expect(readFileSync(join(odd, 'projects', other, 'project', 'index.html'), 'utf8')).toBe(text)
  }
  expect(await world.run([corpusCommand, 'destroy', other, '--confirm', other], { env })).toMatchObject({ status: 0 })
})

test.runIf(root)('whatever the umask of who makes it, the account of a project gets at its tree', async () => {
  const world = makeWorld()
  const name = uniqueName('closed')
  const made = ['sh', '-c', 'umask 077; exec "$@"', 'sh', corpusCommand, 'init', name, `--root=${world.root}/new`]
  expect((await world.run(made)).status).toBe(0)
  const project = join(world.root, 'new', 'projects', name)
  const asItsUser = ['setpriv', `--reuid=${name}-user`, `--regid=${name}-grp`, '--clear-groups', '--']
  expect((await world.run([...asItsUser, 'ls', join(project, 'project')])).stderr).toBe('')
  expect((await world.run([...asItsUser, 'ls', join(project, 'pillar')])).status).not.toBe(0)
  await world.corpus('destroy', name, '--confirm', name, `--root=${world.root}/new`)
  await world.dispose()
})

test.runIf(root)('where the user of a project cannot be made, its group is not left behind', async () => {
  const odd = join(world.scratch, 'a:b')
  mkdirSync(odd)
  const nobody = uniqueName('odd')
  const refused = await world.run([corpusCommand, 'init', nobody, `--root=${odd}`])
  expect(refused.stderr).toContain('ACCOUNT_FAILED')
  expect(readFileSync('/etc/group', 'utf8')).not.toContain(`${nobody}-grp`)
})

test('the first projects of a root can be made at once', async () => {
  const fresh = makeWorld()
  try {
    const names = Array.from({ length: 6 }, (_, at) => uniqueName(`many${at}`))
    const ended = await Promise.all(names.map(name => fresh.corpus('init', name, '--mode', 'final')))
    expect(ended.map(one => one.stderr)).toEqual(names.map(() => ''))
    expect(await fresh.json<unknown[]>('list')).toHaveLength(6)
  } finally {
    await fresh.dispose()
  }
})
