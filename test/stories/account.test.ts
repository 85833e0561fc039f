/** The whole way as an ordinary user, under a root of one's own: no accounts are made, nothing needs root, and nothing leaks. */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statusOf } from '../support/applications.ts'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('an ordinary user', () => {
  let world: World
  const account = uniqueName('cs').slice(0, 20)
  const name = uniqueName('mine')
  let clone: Clone
  beforeAll(async () => {
    spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/bin/sh', '--', account])
    const [uid = '', gid = ''] = ['-u', '-g'].map(flag => spawnSync('id', [flag, account]).stdout.toString().trim())
    world = makeWorld({ uid: Number(uid), gid: Number(gid), name: account })
    for (const folder of [world.root, world.scratch]) chownSync(folder, Number(uid), Number(gid))
    await world.must('init', name, '--mode', 'final')
    clone = await world.clone(name, { 'index.html': 'one\n' })
  })
  afterAll(async () => {
    await world.dispose()
    spawnSync('userdel', [account])
  })

  test('makes a project without an account of its own, and pushes to it', async () => {
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(`${name}-user`)
    expect(statSync(world.path(name, 'project', 'index.html')).uid).toBe(statSync(world.root).uid)
    const rows = await world.json<{ by: string }[]>('releases', name)
    expect(rows[0]?.by).toBe(account)
  })

  test('limits of a build hold for each of its processes alone, and it is said so', async () => {
    await world.must('config', 'set', name, 'build.memory=100M', 'build.cpu=1')
    const line = `perl -e '$x = "x" x 300_000_000'`
    await clone.commit({ '.salt/configure.sls': `hog:\n  cmd.run:\n    - name: ${JSON.stringify(line)}\n` })
    const pushed = await clone.push()
    expect(pushed.status).not.toBe(0)
    expect(pushed.stderr).toMatch(/out of memory/i)
    expect(pushed.stderr).toContain('build.memory holds for each process alone')
    expect(pushed.stderr).toContain('build.cpu is not held')
    await clone.commit({ '.salt/configure.sls': null })
    await world.must('config', 'set', name, 'build=null')
  })

  test('a failure goes back, and a pillar is deployed, as for root', async () => {
    await clone.commit({
      'index.html': 'bad\n',
      '.salt/configure.sls': 'who:\n  cmd.run:\n    - name: id -un > {{ cfg.data_root }}/who; false\n',
    })
    const bad = await clone.push()
    expect(bad.stderr).toContain('ROLLED BACK')
    expect(bad.status).not.toBe(0)
    expect(readFileSync(world.path(name, 'data', 'who'), 'utf8')).toBe(`${account}\n`)
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
    const pillar = await world.clonePillar(name)
    await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  data: {colour: red}\n` })
    expect((await pillar.push()).status).toBe(0)
    expect(statSync(world.path(name, 'pillar')).mode & 0o777).toBe(0o750)
  })

  test('is told once that an application is open to other machines, and by doctor as long as it is', async () => {
    const open = uniqueName('open')
    await world.must('init', open, '--mode', 'cooking', '--installer', 'auto')
    const served = (word: string, where = '') => ({ word, Procfile: `web: python3 -m http.server ${where}$PORT\n` })
    const site = await world.clone(open, served('one'))
    const first = await site.push()
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('listens on all interfaces')])
    await site.commit(served('two'))
    const second = await site.push()
    expect([second.status, second.stderr]).toEqual([0, expect.not.stringContaining('listens on all interfaces')])
    const found = async () => (await world.corpus('doctor')).stdout
    expect(await found()).toMatch(new RegExp(`ports of ${open}[^\\n]*web listens on all interfaces`))
    await site.commit(served('three', '--bind 127.0.0.1 '))
    expect((await site.push()).status).toBe(0)
    expect(await found()).not.toContain(`ports of ${open}`)
    await world.must('destroy', open, '--confirm', open)
  })

  test('cooking bundles, and going back works', async () => {
    const cooked = uniqueName('cook')
    await world.must('init', cooked, '--mode', 'cooking')
    const kitchen = await world.clone(cooked, { 'index.html': 'one\n' })
    expect((await kitchen.push()).status).toBe(0)
    await kitchen.commit({ 'index.html': 'two\n' })
    expect((await kitchen.push()).status).toBe(0)
    expect(existsSync(world.path(cooked, 'releases', 'deployed', 'current', 'release.json'))).toBe(true)
    expect((await world.corpus('rollback', cooked)).status).toBe(0)
    expect(readFileSync(world.path(cooked, 'project', 'index.html'), 'utf8')).toBe('one\n')
  })

  test("another's root is refused with what to do", async () => {
    const other = makeWorld()
    try {
      await other.must('init', name, '--mode', 'final')
      const asked = await world.corpus('init', uniqueName('not'), `--root=${other.root}`)
      expect(asked.status).toBe(6)
      expect(asked.stderr).toMatch(/ROOT_UNUSABLE|NOT_PERMITTED/)
      const deploy = await world.corpus('deploy', name, `--root=${other.root}`)
      expect(deploy.status).toBe(6)
      expect(deploy.stderr).toContain('NOT_PERMITTED')
      const none = await world.corpus('init', uniqueName('not'), '--root=/proc/nowhere')
      expect(none.status).toBe(6)
    } finally {
      await other.dispose()
    }
  })
})

describe.skipIf(!isRoot)('an account that a configuration names', () => {
  const world = makeWorld()
  const name = uniqueName('named')
  afterAll(() => world.dispose())
  const uidOf = (user: string) => Number(spawnSync('id', ['-u', user]).stdout.toString())
  const uidThatRuns = async () => statSync(`/proc/${(await statusOf(world, name)).processes[0]?.pid}`).uid

  test('is refused where there is none: nothing ever runs as root in its place', async () => {
    await world.must('init', name, '--mode', 'final', '--set', 'procfile=true', '--set', 'ingress=false')
    const clone = await world.clone(name, { Procfile: 'worker: sleep 1000\n' })
    expect((await clone.push()).status).toBe(0)
    const pillar = await world.clonePillar(name)
    await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  user: ${name}-none\n` })
    const pushed = await pillar.push()
    expect(pushed.stderr).toContain(`There is no account ${name}-none on this machine.`)
    expect(pushed.stderr).toContain('ROLLED BACK')
    await clone.commit({ more: '' })
    expect((await clone.push()).status).toBe(0)
    expect(await uidThatRuns()).toBe(uidOf(`${name}-user`))
    await world.must('config', 'set', name, `user=${name}-none`)
    await clone.commit({ more: 'x' })
    expect((await clone.push()).stderr).toContain('ACCOUNT_FAILED')
    expect((await world.corpus('run', name, '--', 'id')).status).toBe(0)
  })

  test('is what all of it runs as from that deployment on; what init made goes with the project', async () => {
    await world.must('config', 'set', name, 'user=nobody')
    expect((await world.corpus('deploy', name)).status).toBe(0)
    expect(await uidThatRuns()).toBe(uidOf('nobody'))
    const gone = await world.must('destroy', name, '--confirm', name)
    expect(gone.stdout).toContain(`removed the user ${name}-user`)
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(`${name}-`)
  })
})

describe.skipIf(!isRoot)('what runs as the account of a project', () => {
  const world = makeWorld()
  const name = uniqueName('kept')
  let clone: Clone
  beforeAll(async () => {
    await world.must('init', name, '--mode', 'final', '--installer', 'procfile', '--set', 'ingress=false')
    clone = await world.clone(name, { Procfile: 'worker: sleep 1000\n', '.salt/sub/own.txt': 'x\n', file: '1\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
  })
  afterAll(() => world.dispose())
  const tree = () => world.path(name, 'project')
  const asAccount = (command: string) => world.corpus('run', name, '--', 'sh', '-c', command)
  /** State files of the account's own making, wherever it may put one: each would leave a file of root's. */
  const planted = () => {
    const text = `planted:\n  cmd.run:\n    - name: touch ${world.path(name, 'data')}/ran-as-$(id -u)\n`
    const files = ['trigger', 'archive', 'initialization', 'configure', 'install', '000_first', 'notification']
    return files.map(file => `printf '${text.replaceAll('\n', '\\n')}' > .salt/${file}.sls`).join(' && ')
  }

  // The first tree is a whole checkout, those that follow are copies of it that git brought to the commit.
  test('changes its whole tree, and nothing that root will run: in a first tree and in those that follow', async () => {
    for (const round of ['one', 'two', 'three']) {
      expect(
        await asAccount(`echo ${round} > file.new && mv file.new file && mkdir -p made && touch made/x`),
      ).toMatchObject({ status: 0 })
      expect(await asAccount(`rm -rf .salt && mkdir .salt && ${planted()}`)).toMatchObject({ status: 0 })
      const owner = statSync(world.path(name, 'data')).uid
      expect(owner).not.toBe(0)
      for (const path of ['.', 'Procfile', '.salt', '.salt/trigger.sls'])
        expect([path, statSync(`${tree()}/${path}`).uid]).toEqual([path, owner])
      await clone.commit({ more: round, [`.salt/0_${round}.sls`]: '# nothing\n' })
      expect(await clone.push()).toMatchObject({ status: 0 })
      expect(readdirSync(world.path(name, 'data'))).toEqual([])
      expect(readFileSync(`${tree()}/.salt/sub/own.txt`, 'utf8')).toBe('x\n')
    }
  })

  test('nor in a tree that came by an archive', async () => {
    const archive = join(world.scratch, 'project.tar.gz')
    await world.run(['tar', 'czf', archive, '-C', clone.folder, 'Procfile', '.salt/sub'])
    await world.must('config', 'set', name, `release_artifacts_urls=["file://${archive}"]`)
    await world.must('deploy', name)
    expect(readFileSync(`${tree()}/.salt/sub/own.txt`, 'utf8')).toBe('x\n')
    expect(await asAccount(planted())).toMatchObject({ status: 0 })
    await world.must('deploy', name)
    expect(readdirSync(world.path(name, 'data'))).toEqual([])
  })

  test('reaches nothing of what corpus keeps, nor the folder in which trees are made', async () => {
    for (const path of ['corpus', 'corpus/salt', 'corpus/spare', 'pillar', 'git/pillar.git', 'deployments/queue']) {
      expect([path, (await asAccount(`ls ${world.path(name, path)}`)).status]).not.toEqual([path, 0])
      expect([
        path,
        (await asAccount(`mv ${world.path(name, path)} ${world.path(name, 'data', 'x')}`)).status,
      ]).not.toEqual([path, 0])
    }
    for (const path of ['git', 'archives', 'archives/deployed', 'deploy', 'releases', 'deployments', '.'])
      expect([path, (await asAccount(`touch ${world.path(name, path)}/x`)).status]).not.toEqual([path, 0])
  })
})

test.skipIf(!isRoot)('an account goes with its project, also where a last process of it is about to end', async () => {
  const world = makeWorld()
  const name = uniqueName('ending')
  await world.must('init', name, '--mode', 'final')
  const child = spawn('setpriv', [`--reuid=${name}-user`, '--clear-groups', '--', 'sleep', '2'], { stdio: 'ignore' })
  const gone = await world.must('destroy', name, '--confirm', name)
  expect(gone.stdout).toContain(`removed the user ${name}-user`)
  child.kill()
  await world.dispose()
})

test.skipIf(isRoot)('not shown twice: this is an ordinary user already, and every story ran as one', () => {})
