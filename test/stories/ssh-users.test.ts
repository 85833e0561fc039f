/** Users over a real sshd: git and commands by what each was granted, and nothing else. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
const suffix = uniqueName('u')
const shop = `shop-${suffix}`
const other = `other-${suffix}`
type Who = 'ann' | 'bob' | 'eve' | 'may'
const commands = {} as Record<Who, string>
const publicKeys = {} as Record<Who, string>
let world: World
let sshd: Sshd
let serving: Serving
let clone: Clone

const keysFile = () =>
  isRoot ? join(world.root, 'corpus/ssh/.ssh/authorized_keys') : join(world.scratch, '.ssh/authorized_keys')
const url = (name: string) => `ssh://${sshd.user}@127.0.0.1:${sshd.port}/${name}`
const gitAs = (who: Who, ...args: string[]) =>
  world.run(['git', '-C', clone.folder, ...args], { env: { GIT_SSH_COMMAND: commands[who] } })
const sshAs = (who: Who, line: string, input?: string) =>
  world.run([...commands[who].split(' '), `${sshd.user}@127.0.0.1`, line], input === undefined ? {} : { input })
const audit = (...words: string[]) =>
  world.json<{ who: string; from: string; request: string; target: string; outcome: string }[]>('audit', ...words)

beforeAll(async () => {
  world = makeWorld()
  for (const name of [shop, other]) await world.must('init', name, '--mode', 'final')
  sshd = await startSshd(join(world.scratch, 'sshd'), keysFile(), ['AcceptEnv *'])
  const rights: Record<Who, string[]> = { ann: ['deployer'], bob: ['viewer'], eve: [], may: ['owner'] }
  for (const [who, granted] of Object.entries(rights) as [Who, string[]][]) {
    await world.must('user', 'add', who)
    for (const right of granted) await world.must('grant', who, right, shop)
    const { publicKey, command } = sshd.another(who)
    commands[who] = command
    publicKeys[who] = publicKey
    const added = await world.run([corpusCommand, 'keys', 'add', who, '-'], { input: publicKey })
    expect(added.status, added.stderr).toBe(0)
  }
  serving = await serve(world)
  clone = await world.clone(shop, { 'index.html': 'one\n' })
}, 60_000)
afterAll(async () => {
  await serving?.end()
  sshd?.stop()
  await world?.dispose()
  // Whoever else serves at this moment has it still, and keeps it.
})

describe('git', () => {
  test('who may push deploys, and is named as who did', async () => {
    const pushed = await gitAs('ann', 'push', url(shop), 'HEAD:master')
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(pushed.stderr).toContain(`${shop}, release`)
    const [release] = await world.json<{ by: string }[]>('releases', shop)
    expect(release?.by).toBe('ann')
    expect((await audit('--who', 'ann'))[0]).toMatchObject({
      request: 'push',
      target: shop,
      outcome: 'succeeded',
      from: 'ssh 127.0.0.1',
    })
  })

  test('who may not is told so, who may not even see it is told that it is not there', async () => {
    const [seen, unseen, missing] = await Promise.all([
      gitAs('bob', 'push', url(shop), 'HEAD:refs/heads/x'),
      gitAs('eve', 'ls-remote', url(shop)),
      gitAs('eve', 'ls-remote', url(`no-${shop}`)),
    ])
    expect(seen.status).not.toBe(0)
    expect(seen.stderr).toContain(`bob lacks the right push on ${shop}`)
    expect([unseen.status, missing.status]).toEqual([128, 128])
    expect(unseen.stderr.replaceAll(shop, 'X')).toBe(missing.stderr.replaceAll(`no-${shop}`, 'X'))
    expect(await world.ref(shop, 'refs/heads/x')).toBe('')
    expect((await gitAs('bob', 'ls-remote', url(shop))).stdout).toContain('refs/heads/master')
    const lines = await audit('--project', shop)
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ who: 'bob', request: 'push', outcome: 'refused RIGHT_MISSING' }),
        expect.objectContaining({ who: 'eve', request: 'fetch', outcome: 'refused PROJECT_UNKNOWN' }),
      ]),
    )
  })

  test('every way to write the address leads to the same repository', async () => {
    const host = `${sshd.user}@127.0.0.1`
    for (const path of [
      shop,
      `/${shop}`,
      `${shop}.git`,
      `${shop}/project`,
      `${world.root}/projects/${shop}/git/project.git`,
      `/~/${shop}`,
    ]) {
      const asked = await sshAs('ann', `git-upload-pack '${path}'`, '0000')
      expect(asked.stdout, `${host}:${path} ${asked.stderr}`).toContain('refs/heads/master')
    }
  })

  test('a pillar takes the right of its own, to be read as well', async () => {
    const refused = await gitAs('ann', 'ls-remote', `${url(shop)}/pillar`)
    expect([refused.status, refused.stderr]).toEqual([128, expect.stringContaining('lacks the right push-pillar')])
    const folder = join(world.scratch, 'pillar')
    const cloned = await gitAs('may', 'clone', '-q', `${url(shop)}/pillar`, folder)
    expect(cloned.status, cloned.stderr).toBe(0)
    writeFileSync(join(folder, 'init.sls'), `makina-projects.${shop}:\n  data: {colour: red}\n`)
    await world.run(['git', '-C', folder, 'commit', '-qam', 'Red'])
    const pushed = await world.run(['git', '-C', folder, 'push', 'origin', 'HEAD:master'], {
      env: { GIT_SSH_COMMAND: commands.may },
    })
    expect(pushed.status, pushed.stderr).toBe(0)
  })

  test('state files are pushed by those alone who may push pillars', async () => {
    const fails = { '.salt/install.sls': 'here:\n  test.fail_without_changes: []\n' }
    await clone.commit(fails)
    const refused = await gitAs('ann', 'push', url(shop), 'HEAD:master')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('does not change state files')])
    expect((await audit('--who', 'ann'))[0]).toMatchObject({ request: 'push', outcome: 'refused' })
    const failed = await gitAs('may', 'push', url(shop), 'HEAD:master')
    // The ref has moved, and the deployment failed: that is what git push ends with.
    expect(failed.status, failed.stderr).toBe(1)
    expect((await audit('--who', 'may'))[0]).toMatchObject({ request: 'push', outcome: 'failed DEPLOYMENT_FAILED' })
    await clone.commit({ '.salt/install.sls': null })
    expect((await gitAs('may', 'push', url(shop), 'HEAD:master')).status).toBe(0)
  })

  test('what is sent and fetched is whole, however large', async () => {
    await clone.git('checkout', '-q', '-B', 'large', 'HEAD~2')
    const large = Buffer.alloc(24_000_000)
    for (let at = 0; at < large.length; at += 4) large.writeUInt32LE((at * 2654435761) % 4294967296, at)
    writeFileSync(join(clone.folder, 'large'), large)
    await clone.commit({})
    const pushed = await gitAs('ann', 'push', '-q', '-o', 'no-deploy', url(shop), 'HEAD:refs/heads/large')
    expect(pushed.status, pushed.stderr).toBe(0)
    const folder = join(world.scratch, 'large')
    const cloned = await gitAs('bob', 'clone', '-q', '--branch', 'large', url(shop), folder)
    expect(cloned.status, cloned.stderr).toBe(0)
    expect(readFileSync(join(folder, 'large')).equals(large)).toBe(true)
  })

  test('a forged command reaches nothing', async () => {
    for (const line of [
      "git-receive-pack '../../etc'",
      "git-receive-pack '/etc'",
      `git-receive-pack '../projects/${other}'`,
      `git-receive-pack '${world.root}/projects/${other}/git/project.git'`,
      `git-receive-pack '${world.root}/projects/../projects/${shop}/git/project.git'`,
      "git-upload-pack '--upload-pack=touch x'",
      `git-upload-pack --timeout=1 '${shop}'`,
      `git-receive-pack '${shop}' '${other}'`,
      `git-receive-pack '${shop}'; touch ${world.scratch}/forged`,
      `git-receive-pack '${shop}\n'`,
    ]) {
      const ended = await sshAs('ann', line, '0000')
      expect([line, ended.status, ended.stdout]).toEqual([line, 128, ''])
      expect(ended.stderr).toContain('There is no repository')
    }
    for (const line of [
      `; touch ${world.scratch}/forged`,
      `status ${shop}; touch ${world.scratch}/forged`,
      `$(touch ${world.scratch}/forged)`,
      'scp -t /',
      '/bin/sh',
      'sh -c id',
    ])
      expect((await sshAs('ann', line)).status, line).not.toBe(0)
    expect(existsSync(join(world.scratch, 'forged'))).toBe(false)
  })
})

describe('commands', () => {
  test('answer what they answer here, with the same status', async () => {
    for (const words of [
      ['status', shop],
      ['logs', shop],
      ['releases', shop, '--json'],
      ['logs', shop, 'v99'],
      ['status', shop, '--nonsense'],
    ]) {
      const [here, there] = await Promise.all([world.corpus(...words), sshAs('ann', words.join(' '))])
      expect([words, there.status, there.stdout, there.stderr]).toEqual([words, here.status, here.stdout, here.stderr])
    }
    expect((await sshAs('ann', `corpus status ${shop}`)).status).toBe(0)
  })

  test('are those that the user may ask, of what it may see', async () => {
    expect((await sshAs('bob', `logs ${shop}`)).status).toBe(0)
    const refused = await sshAs('bob', `freeze ${shop}`)
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('RIGHT_MISSING')])
    const [unseen, missing] = [await sshAs('eve', `status ${shop}`), await sshAs('eve', `status no-${shop}`)]
    expect([unseen.status, missing.status]).toEqual([4, 4])
    expect(unseen.stderr.replaceAll(shop, 'X')).toBe(missing.stderr.replaceAll(`no-${shop}`, 'X'))
    expect((await sshAs('ann', 'list')).stdout).not.toContain(other)
    expect((await sshAs('ann', 'user add zoe')).stderr).toContain('RIGHT_MISSING')
    const outcomes = (await audit('--who', 'bob')).map(one => `${one.request} ${one.outcome}`)
    expect(outcomes).toContain('freeze refused RIGHT_MISSING')
  })

  test('take standard input, and no file of the machine', async () => {
    writeFileSync(join(world.scratch, 'secret'), 'of the machine\n')
    const set = await sshAs('may', `env set ${shop} COLOUR=-`, 'deep red')
    expect(set.status, set.stderr).toBe(0)
    expect((await world.must('env', 'list', shop, '--reveal')).stdout).toContain('deep red')
    for (const line of [
      `env set ${shop} COLOUR=@${world.scratch}/secret`,
      `status ${shop} --root /srv`,
      `remote add ${shop}`,
      `remote add ${shop} --folder ${clone.folder}`,
      `states apply ${shop} --file-root ${world.scratch}`,
      `states apply ${shop} --cfg ${world.scratch}/secret`,
    ]) {
      const ended = await sshAs('may', line)
      expect([line, ended.status]).toEqual([line, 2])
      expect(ended.stdout + ended.stderr).not.toContain('of the machine')
    }
  })

  test('follow a deployment to its end, and end with whoever looks on', async () => {
    const following = await sshAs('ann', `logs ${shop} --follow`)
    expect([following.status, following.stdout]).toEqual([0, expect.stringContaining(shop)])
    await world.must('deploy', shop)
    const deployed = await sshAs('ann', `deploy ${shop}`)
    expect(deployed.status, deployed.stderr).toBe(0)
    expect((await audit('--who', 'ann')).find(one => one.request === 'deploy')).toMatchObject({
      outcome: expect.stringMatching(/^began /),
      from: 'ssh 127.0.0.1',
    })
  })
})

test('a key that was taken away is refused at once, by sshd and by the desk', async () => {
  const before = readFileSync(keysFile(), 'utf8')
  const listed = await world.must('keys', 'list')
  expect(listed.stdout).toMatch(/^bob +as the user may +- +- +SHA256:/m)
  await world.must('keys', 'remove', 'bob')
  const gone = await gitAs('bob', 'ls-remote', url(shop))
  expect([gone.status, gone.stderr]).toEqual([128, expect.stringContaining('Permission denied')])
  // Whatever sshd may have kept of it.
  writeFileSync(keysFile(), before)
  const refused = await gitAs('bob', 'ls-remote', url(shop))
  expect([refused.status, refused.stderr]).toEqual([128, expect.stringContaining('does not count')])
  await world.must('keys', 'add', 'bob', await fileWith(publicKeys.bob))
  expect((await gitAs('bob', 'ls-remote', url(shop))).status).toBe(0)
  await world.must('user', 'remove', 'bob')
  expect(readFileSync(keysFile(), 'utf8')).not.toContain('corpus-user:bob')
})

test('a key is one user\u2019s alone, and says no more than whose it is', async () => {
  const twice = await world.corpus('keys', 'add', 'eve', await fileWith(publicKeys.ann))
  expect([twice.status, twice.stderr]).toEqual([3, expect.stringContaining('KEY_TAKEN')])
  const nobody = await world.corpus('keys', 'add', 'nobody-here', await fileWith(publicKeys.ann))
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('There is no user')])
  const line = readFileSync(keysFile(), 'utf8')
    .split('\n')
    .find(one => one.endsWith('corpus-user:ann'))
  expect(line).toMatch(/^restrict,command="exec \S+\/ssh-forward \S+ SHA256:\S+" ssh-ed25519 \S+ corpus-user:ann$/)
  // A terminal is for whoever may have a shell somewhere.
  expect(readFileSync(keysFile(), 'utf8')).toMatch(/^restrict,pty,command=.* corpus-user:may$/m)
})

test('without corpus serve, who comes is told so', async () => {
  await serving.end()
  const ended = await gitAs('ann', 'ls-remote', url(shop))
  expect([ended.status, ended.stderr]).toEqual([128, expect.stringContaining('does not run')])
  serving = await serve(world)
  await eventually('it answers again', async () => (await gitAs('ann', 'ls-remote', url(shop))).status === 0)
})

async function fileWith(text: string): Promise<string> {
  const folder = join(world.scratch, `key-${Math.random().toString(36).slice(2)}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'key.pub'), text)
  chmodSync(folder, 0o755)
  return join(folder, 'key.pub')
}

describe('a shell', () => {
  const typing = (who: Who, line: string, typed: string) =>
    world.run([...commands[who].split(' '), '-tt', `${sshd.user}@127.0.0.1`, line], { input: typed, timeout: 60_000 })

  test('is the project’s account, on a terminal of its own, for whoever has the right', async () => {
    const ended = await typing('may', `shell ${shop}`, 'tty; id -un; stty size; exit 7\n')
    expect(ended.status, ended.stderr).toBe(7)
    expect(ended.stdout).toContain('/dev/pts/')
    if (isRoot) expect(ended.stdout).toContain(`${shop}-user`)
    const refused = await typing('ann', `shell ${shop}`, 'id\n')
    expect(refused.status).not.toBe(0)
    expect(refused.stdout + refused.stderr).not.toContain('uid=')
    expect((await audit('--who', 'may')).map(one => `${one.request} ${one.outcome}`)).toContain('shell ended with 7')
  })

  test('there is none of the machine, and nothing is forwarded', async () => {
    for (const words of [[], ['-tt'], ['-N', '-oExitOnForwardFailure=yes', '-R', '0:127.0.0.1:22'], ['-s', 'sftp']]) {
      const host = `${sshd.user}@127.0.0.1`
      const line = words[0] === '-s' ? [...words.slice(0, 1), host, 'sftp'] : [...words, host]
      const ended = await world.run([...commands.may.split(' '), ...line], { input: 'id\n', timeout: 20_000 })
      expect([words, ended.status === 0]).toEqual([words, false])
      expect(ended.stdout).not.toContain('uid=')
    }
  })
})
