/** A project's account is its own: no other root has it, and nothing of it is left when the project is gone. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { eventually, isAlive, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0

interface Entry {
  readonly name: string
  readonly uid: number
  readonly home: string
}
const accounts = (): Entry[] =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .map(([name = '', , uid, , , folder = '']) => ({ name, uid: Number(uid), home: folder }))
const accountIn = (world: World, name: string): Entry => {
  const found = accounts().find(one => one.home === world.path(name))
  if (!found) throw new Error(`There is no account for ${name}.`)
  return found
}
const processesOf = (uid: number): string[] =>
  readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      return !/^State:\s+[ZX]/m.test(status) && new RegExp(`^Uid:.*\\b${uid}\\b`, 'm').test(status)
    } catch {
      return false
    }
  })

describe.skipIf(!isRoot)('what a project leaves behind when it is destroyed', () => {
  const world = makeWorld()
  afterAll(() => world.dispose())

  /** Starts something as an account, in a session of its own that no parent waits for. */
  const startAs = (account: Entry, ...argv: string[]) =>
    spawn('setpriv', [`--reuid=${account.uid}`, '--clear-groups', '--', 'setsid', ...argv], {
      stdio: 'ignore',
      detached: true,
      env: {},
      cwd: '/',
    }).unref()

  test('no process of its account, wherever it was begun and however it holds on', async () => {
    const name = uniqueName('held')
    await world.must('init', name, '--mode', 'final', '--set', 'ingress=false')
    const account = accountIn(world, name)
    const stays = spawn('setpriv', ['--reuid=65534', '--clear-groups', '--', 'sleep', '1000'], { stdio: 'ignore' })
    const scripts = [
      // A daemon that is asked to end, and does not.
      'trap "" TERM HUP INT; while :; do sleep 1; done',
      // One that is stopped, and could not even hear it.
      'kill -STOP $$',
      // Two that bring each other back, under limits that keep this machine whole.
      'ulimit -u 200; f() { while :; do (sleep 0.01; f) & sleep 0.02; done; }; f',
    ]
    for (const script of scripts) startAs(account, '/bin/bash', '-c', script)
    // Its own users in a namespace of its own, where the machine lets it.
    startAs(account, 'unshare', '-Urpf', 'sleep', '1000')
    await eventually('they run', () => processesOf(account.uid).length > 5)
    const gone = await world.must('destroy', name, '--confirm', name)
    expect(gone.stdout).toContain(`removed the user ${account.name}`)
    expect(gone.stdout).not.toMatch(/do not end|could not be removed/)
    expect(processesOf(account.uid)).toEqual([])
    expect(isAlive(stays.pid as number)).toBe(true)
    stays.kill()
  })

  test('nothing that would begin as its account later, and no file of it where everybody has some', async () => {
    const name = uniqueName('later')
    await world.must('init', name, '--mode', 'final')
    const account = accountIn(world, name)
    const crontabs = '/var/spool/cron/crontabs'
    const made = [join(crontabs, account.name)].filter(() => existsSync(crontabs))
    for (const path of made) writeFileSync(path, '* * * * * true\n', { mode: 0o600 })
    const shared = ['/tmp', '/var/tmp', '/dev/shm'].map(folder => join(folder, `${name}-left`))
    const kept = join(world.scratch, 'kept')
    writeFileSync(kept, 'kept\n')
    for (const path of shared) {
      mkdirSync(join(path, 'deep'), { recursive: true })
      writeFileSync(join(path, 'deep', 'file'), 'x')
      symlinkSync(world.scratch, join(path, 'link'))
    }
    spawnSync('chown', ['-R', '-h', String(account.uid), ...shared])
    const mixed = `/tmp/${name}-mixed`
    mkdirSync(mixed)
    writeFileSync(join(mixed, 'of-root'), 'root\n')
    spawnSync('chown', [String(account.uid), mixed])
    const held = spawnSync('setpriv', [`--reuid=${account.uid}`, '--clear-groups', '--', 'ipcmk', '-M', '4096', '-Q'])
    expect(held.status, held.stderr.toString()).toBe(0)
    const exchanges = () => spawnSync('ipcs', ['-m', '-q', '-c']).stdout.toString()
    expect(exchanges()).toContain(account.name.slice(0, 10))
    try {
      const gone = await world.must('destroy', name, '--confirm', name)
      expect(gone.stdout).toContain(`${mixed} of ${account.name} has files of others in it and stays`)
      for (const path of [...made, ...shared]) expect([path, existsSync(path)]).toEqual([path, false])
      expect(readFileSync(kept, 'utf8')).toBe('kept\n')
      expect(readFileSync(join(mixed, 'of-root'), 'utf8')).toBe('root\n')
      const owners = spawnSync('ipcs', ['-m', '-q', '-c']).stdout.toString()
      expect(owners).not.toMatch(new RegExp(`\\b(${account.uid}|${account.name.slice(0, 10)})`))
    } finally {
      for (const path of [...made, ...shared, mixed]) rmSync(path, { recursive: true, force: true })
    }
  })

  test('an account that is not its own goes on, with all that runs as it', async () => {
    const name = uniqueName('others')
    const other = uniqueName('person').slice(0, 30)
    spawnSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--', other])
    const person = accounts().find(one => one.name === other) as Entry
    const runs = spawn('setpriv', [`--reuid=${person.uid}`, '--clear-groups', '--', 'sleep', '1000'], {
      stdio: 'ignore',
    })
    try {
      await world.must('init', name, '--mode', 'final', '--set', `user=${other}`)
      const clone = await world.clone(name, { 'index.html': 'one\n' })
      expect(await clone.push()).toMatchObject({ status: 0 })
      await world.must('destroy', name, '--confirm', name)
      expect(isAlive(runs.pid as number)).toBe(true)
      expect(accounts().some(one => one.name === other)).toBe(true)
    } finally {
      runs.kill()
      await eventually('it ended', () => processesOf(person.uid).length === 0)
      spawnSync('userdel', [other])
    }
  })

  test('links that it put into its folders lead nowhere', async () => {
    const name = uniqueName('links')
    const canary = join(world.scratch, 'canary')
    mkdirSync(canary)
    writeFileSync(join(canary, 'file'), 'alive\n')
    await world.must('init', name, '--mode', 'final')
    for (const place of ['data', 'build', 'home']) symlinkSync(canary, world.path(name, place, 'out'))
    await world.must('destroy', name, '--confirm', name)
    expect(existsSync(world.path(name))).toBe(false)
    expect(readFileSync(join(canary, 'file'), 'utf8')).toBe('alive\n')
  })
})

describe.skipIf(!isRoot)('an account that exists already', () => {
  const worlds = [makeWorld(), makeWorld()] as const
  afterAll(async () => {
    for (const world of worlds) await world.dispose()
  })
  const uidThatBuilds = async (world: World, name: string) => {
    const clone = await world.clone(name, {
      '.salt/configure.sls': `who:\n  cmd.run:\n    - name: id -u > ${world.path(name, 'data', 'who')}\n    - runas: {{ cfg.user }}\n`,
    })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    return Number(readFileSync(world.path(name, 'data', 'who'), 'utf8'))
  }

  test('is not shared with another root: each has its own, and takes its own along', async () => {
    const [one, two] = worlds
    const name = uniqueName('twice')
    await one.must('init', name, '--mode', 'final')
    await two.must('init', name, '--mode', 'final')
    const [first, second] = [accountIn(one, name), accountIn(two, name)]
    expect(first.name).toBe(`${name}-user`)
    expect(second.name).not.toBe(first.name)
    expect(second.uid).not.toBe(first.uid)
    expect(await uidThatBuilds(two, name)).toBe(second.uid)
    const group = (uid: number) =>
      spawnSync('id', ['-g', String(uid)])
        .stdout.toString()
        .trim()
    expect(group(first.uid)).not.toBe(group(second.uid))
    const refused = await two.corpus('config', 'set', name, `user=${first.name}`)
    const deployed = await two.corpus('deploy', name)
    expect(`${refused.stderr}${deployed.stderr}${deployed.stdout}`).toContain('ACCOUNT_REFUSED')
    expect(deployed.status).toBe(3)
    await two.must('config', 'unset', name, 'user')
    // The first goes: its name is free, and the second keeps what it has.
    const runs = spawn('setpriv', [`--reuid=${second.uid}`, '--clear-groups', '--', 'sleep', '1000'], {
      stdio: 'ignore',
    })
    await one.must('destroy', name, '--confirm', name)
    expect(isAlive(runs.pid as number)).toBe(true)
    expect(accountIn(two, name)).toEqual(second)
    await two.must('deploy', name)
    expect((await two.json('config', 'get', name))['user']).toBe(second.name)
    const gone = await two.must('destroy', name, '--confirm', name)
    expect(gone.stdout).toContain(`removed the user ${second.name}`)
    expect(gone.stdout).toContain('removed the group ')
    expect(isAlive(runs.pid as number)).toBe(false)
    expect(readFileSync('/etc/group', 'utf8')).not.toContain(name)
  })

  test('and was made by hand is not shared by two projects, unless root says so in both', async () => {
    const [world] = worlds
    const person = uniqueName('both').slice(0, 30)
    const [one, two, three] = [uniqueName('one'), uniqueName('two'), uniqueName('three')]
    spawnSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--', person])
    try {
      await world.must('init', one, '--mode', 'final', '--set', `user=${person}`)
      const refused = await world.corpus('init', two, '--mode', 'final', '--set', `user=${person}`)
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining(`the account of the project ${one}`) })
      expect(existsSync(world.path(two))).toBe(false)
      // By its pillar it comes no further.
      await world.must('init', two, '--mode', 'final', '--installer', 'static', '--set', 'ingress=false')
      const pillar = await world.clonePillar(two)
      await pillar.commit({ 'init.sls': `makina-projects.${two}: {user: ${person}, shared_account: true}\n` })
      // A pillar cannot say that there is to be no wall.
      const refusedPillar = await pillar.push()
      expect(refusedPillar.stderr).toContain('ACCOUNT_REFUSED')
      expect(refusedPillar.status).not.toBe(0)
      await world.must('config', 'set', two, `user=${person}`)
      const clone = await world.clone(two, { 'index.html': 'one\n' })
      expect((await clone.push()).stderr).toContain('ACCOUNT_REFUSED')
      // The developer of one project is no application of another.
      await world.must('init', three, '--mode', 'editable')
      await world.must('config', 'set', three, `developer=${person}`)
      await world.must('config', 'set', one, 'shared_account=true')
      await world.must('config', 'set', two, 'shared_account=true')
      expect(await clone.push()).toMatchObject({ status: 0 })
      await world.must('config', 'unset', one, 'shared_account')
      expect((await world.corpus('init', one)).stderr).toContain('ACCOUNT_REFUSED')
      await world.must('destroy', two, '--confirm', two)
      expect((await world.corpus('init', one)).stderr).toContain(`the account of the project ${three}`)
      await world.must('config', 'unset', three, 'developer')
      await world.must('init', one)
    } finally {
      for (const name of [one, two, three]) await world.corpus('destroy', name, '--confirm', name)
      spawnSync('pkill', ['-KILL', '-U', person])
      spawnSync('userdel', [person])
    }
  })

  test('that takes the place of another one gets what the project has, and gives it back where that fails', async () => {
    const [world] = worlds
    const name = uniqueName('moves')
    const person = uniqueName('next').slice(0, 30)
    spawnSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--', person])
    try {
      await world.must('init', name, '--mode', 'final', '--installer', 'procfile', '--set', 'ingress=false')
      const own = accountIn(world, name)
      const next = accounts().find(one => one.name === person) as Entry
      const worker = 'mkdir -p $CORPUS_DATA/deep; while :; do date >> $CORPUS_DATA/deep/log; sleep 0.1; done'
      const clone = await world.clone(name, { Procfile: `worker: ${worker}\n`, 'index.html': 'one\n' })
      expect(await clone.push()).toMatchObject({ status: 0 })
      const log = world.path(name, 'data', 'deep', 'log')
      await eventually('it writes', () => existsSync(log))
      writeFileSync(world.path(name, 'data', 'of-root'), 'x')
      const owners = () =>
        ['data', 'data/deep', 'data/deep/log', 'build', 'home', 'project/', 'project/index.html'].map(
          path => statSync(world.path(name, path)).uid,
        )
      const allOf = (entry: Entry) => owners().map(() => entry.uid)
      const grows = async () => {
        const before = statSync(log).size
        await eventually('it writes on', () => statSync(log).size > before)
      }
      expect(owners()).toEqual(allOf(own))
      // A pillar alone changes it: there is no new commit, and the tree is the new account's all the same.
      const pillar = await world.clonePillar(name)
      await pillar.commit({ 'init.sls': `makina-projects.${name}: {user: ${person}}\n` })
      expect(await pillar.push()).toMatchObject({ status: 0 })
      expect(owners()).toEqual(allOf(next))
      await grows()
      expect(statSync(world.path(name, 'data', 'of-root')).uid).toBe(0)
      await pillar.commit({ 'init.sls': `makina-projects.${name}: {}\n` })
      expect(await pillar.push('-o', 'no-deploy', 'corpus-pillar', 'HEAD:master')).toMatchObject({ status: 0 })
      await clone.commit({ '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: exit 3\n' })
      const failed = await clone.push()
      expect(failed.stderr).toContain('ROLLED BACK')
      expect(owners()).toEqual(allOf(next))
      await grows()
    } finally {
      await world.corpus('destroy', name, '--confirm', name)
      spawnSync('pkill', ['-KILL', '-U', person])
      spawnSync('userdel', [person])
    }
  })

  test.each([
    ['of one name', uniqueName('edit')],
    ['of the longest name', uniqueName('edit').padEnd(63, 'x')],
  ])('nor are developers of editable trees, in projects %s', async (_, name) => {
    const ids = (user: string) => spawnSync('id', ['-Gn', user]).stdout.toString().trim().split(/\s+/)
    const made = new Set<string>()
    for (const world of worlds) {
      await world.must('init', name, '--mode', 'editable')
      const mine = accounts().filter(one => one.home.startsWith(`${world.path(name)}/`))
      expect(mine).toHaveLength(1)
      const [developer] = mine as [Entry]
      expect(developer.name.length).toBeLessThanOrEqual(32)
      const application = accountIn(world, name)
      expect(ids(developer.name)).toEqual(ids(application.name))
      for (const one of [developer.name, application.name, ...ids(developer.name)]) made.add(one)
      expect(await (await world.clone(name, { 'index.html': 'one\n' })).push()).toMatchObject({ status: 0 })
    }
    // Two users and a group each: nothing is shared.
    expect(made.size).toBe(6)
    const running: number[] = []
    for (const world of worlds) {
      const developer = accounts().find(one => one.home.startsWith(`${world.path(name)}/`)) as Entry
      const child = spawn('setpriv', [`--reuid=${developer.uid}`, '--clear-groups', '--', 'sleep', '1000'], {
        stdio: 'ignore',
      })
      running.push(child.pid as number)
    }
    await worlds[0].must('destroy', name, '--confirm', name)
    expect(running.map(isAlive)).toEqual([false, true])
    await worlds[1].must('destroy', name, '--confirm', name)
    expect(running.map(isAlive)).toEqual([false, false])
    const left = [...accounts().map(one => one.name), readFileSync('/etc/group', 'utf8')].join('\n')
    for (const one of made) expect(left).not.toContain(`${one}:`)
    expect(accounts().some(one => made.has(one.name))).toBe(false)
  })

  test('that a person has is not taken for the project’s because of its name', async () => {
    const [world] = worlds
    const name = uniqueName('mine')
    spawnSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--', `${name}-user`])
    try {
      await world.must('init', name, '--mode', 'final')
      const account = accountIn(world, name)
      expect(account.name).toMatch(new RegExp(`^${name.slice(0, 10)}.*-[0-9a-f]{6}-user$`))
      expect(await uidThatBuilds(world, name)).toBe(account.uid)
      await world.must('destroy', name, '--confirm', name)
      expect(accounts().some(one => one.name === `${name}-user`)).toBe(true)
    } finally {
      spawnSync('userdel', [`${name}-user`])
    }
  })

  test.each([
    ['root', /root is root/],
    ['daemon', /daemon is an account of the system/],
    ['www-data', /www-data is an account of the system/],
  ])('%s is refused, with the way out', async (user, sentence) => {
    const [world] = worlds
    const name = uniqueName('never')
    const made = await world.corpus('init', name, '--mode', 'final', '--set', `user=${user}`)
    expect(made.status).toBe(3)
    expect(made.stderr).toMatch(sentence)
    expect(made.stderr).toContain('ACCOUNT_REFUSED')
    expect(existsSync(world.path(name))).toBe(false)
    await world.must('init', name, '--mode', 'final')
    const pillar = await world.clonePillar(name)
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  user: ${user}\n` })
    const pushed = await pillar.push()
    expect(pushed.stderr).toMatch(sentence)
    expect(pushed.status).not.toBe(0)
  })

  test('a group of the system is refused too', async () => {
    const [world] = worlds
    const name = uniqueName('group')
    const made = await world.corpus('init', name, '--set', 'group=shadow')
    expect(made.stderr).toContain('ACCOUNT_REFUSED')
    expect(existsSync(world.path(name))).toBe(false)
  })

  test('has a name as long as accounts have, for a project of the longest name', async () => {
    const [world] = worlds
    const long = uniqueName('long').padEnd(63, 'x')
    const other = `${long.slice(0, 62)}y`
    for (const name of [long, other]) await world.must('init', name, '--mode', 'final')
    const [one, two] = [accountIn(world, long), accountIn(world, other)]
    expect(one.uid).not.toBe(two.uid)
    expect(one.name.length).toBeLessThanOrEqual(32)
    expect(await uidThatBuilds(world, long)).toBe(one.uid)
    await world.must('destroy', long, '--confirm', long)
    expect(accountIn(world, other)).toEqual(two)
    await world.must('destroy', other, '--confirm', other)
    expect(accounts().some(({ name }) => name === one.name || name === two.name)).toBe(false)
  })
})

test('a project has a home for what runs in it, that is nobody else’s and outlives releases', async () => {
  const world = makeWorld()
  try {
    const name = uniqueName('home')
    await world.must('init', name, '--mode', 'final')
    const folder = world.path(name, 'home')
    const owner = () => statSync(folder)
    expect(owner().mode & 0o777).toBe(0o700)
    if (isRoot) expect(owner().uid).toBe(accountIn(world, name).uid)
    // A project of before has none until it is deployed.
    rmSync(folder, { recursive: true })
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(owner().mode & 0o777).toBe(0o700)
    if (isRoot) expect(owner().uid).toBe(accountIn(world, name).uid)
    writeFileSync(join(folder, 'kept'), 'x')
    await clone.commit({ 'index.html': 'two\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(existsSync(join(folder, 'kept'))).toBe(true)
  } finally {
    await world.dispose()
  }
})
