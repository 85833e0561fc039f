/** `corpus serve` as a part of what an ordinary user has: under a supervisor of their own, with users who push to that account. */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isBootedWithSystemd } from '../../src/shell/systemd.ts'
import { freePort } from '../support/ports.ts'
import { listenerOf } from '../support/serve.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0

// On a machine that is booted, test/booted has it.
describe.skipIf(!isRoot || isBootedWithSystemd())('an ordinary user', () => {
  let world: World
  let sshd: Sshd
  let ann: string
  let port: number
  let uid: number
  const account = uniqueName('so').slice(0, 20)
  const shop = uniqueName('mine')
  const keys = () => join(world.scratch, '.ssh/authorized_keys')
  const sshAnn = (line: string) => world.run([...ann.split(' '), `${account}@127.0.0.1`, line])
  const answers = () => eventually('it answers', async () => (await sshAnn('list')).status === 0)

  beforeAll(async () => {
    spawnSync('useradd', [
      '--system',
      '--no-create-home',
      '--home-dir',
      '/',
      '--shell',
      '/bin/sh',
      '-p',
      '*',
      '--',
      account,
    ])
    const [id = '', gid = ''] = ['-u', '-g'].map(flag => spawnSync('id', [flag, account]).stdout.toString().trim())
    uid = Number(id)
    world = makeWorld({ uid, gid: Number(gid), name: account })
    for (const folder of [world.root, world.scratch]) chownSync(folder, uid, Number(gid))
    sshd = await startSshd(join(world.scratch, 'sshd'), keys())
    const { publicKey, command } = sshd.another('ann')
    for (const file of ['ann', 'known_hosts']) chownSync(join(world.scratch, 'sshd', file), uid, Number(gid))
    ann = command
    port = await freePort()
    await world.must('init', shop, '--mode', 'final')
    await world.must('user', 'add', 'ann')
    await world.must('grant', 'ann', 'deployer', shop)
    const added = await world.run([corpusCommand, 'keys', 'add', 'ann', '-'], { input: publicKey })
    expect(added.status, added.stderr).toBe(0)
  }, 60_000)
  afterAll(async () => {
    await world.corpus('serve', '--uninstall')
    spawnSync('crontab', ['-r', '-u', account])
    sshd?.stop()
    await world.dispose()
    spawnSync('userdel', [account])
  }, 60_000)

  test('installs it without root: it is kept up, and starts with the machine', async () => {
    const installed = await world.must('serve', '--install', '--listen', `127.0.0.1:${port}`)
    expect(installed.stdout).toContain('the supervisor keeps it up')
    await answers()
    expect(listenerOf(port)).toBe(uid)
    expect(spawnSync('crontab', ['-l', '-u', account]).stdout.toString()).toMatch(
      /^@reboot .*'serve' .*'--listen' .*'--install'/m,
    )
    // Lines of others in the file of the account stay.
    const others = `# mine\n${readFileSync(keys(), 'utf8')}`
    writeFileSync(keys(), others)
    await world.must('serve', '--install', '--listen', `127.0.0.1:${port}`)
    await answers()
    expect(readFileSync(keys(), 'utf8')).toMatch(/^# mine$/m)
    expect(readFileSync(keys(), 'utf8').match(/corpus-user:ann/g)).toHaveLength(1)
  }, 120_000)

  test('users push to that account, and what dies comes back', async () => {
    const clone = await world.clone(shop, { 'index.html': 'one\n' })
    const url = `ssh://${account}@127.0.0.1:${sshd.port}/${shop}`
    const push = () =>
      world.run(['git', '-C', clone.folder, 'push', url, 'HEAD:master'], { env: { GIT_SSH_COMMAND: ann } })
    const pushed = await push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect((await world.json<{ by: string }[]>('releases', shop))[0]?.by).toBe('ann')
    const main = Number(readFileSync(join(world.root, 'corpus/runit/service/serve/main'), 'utf8').split(' ')[0])
    process.kill(main, 'SIGKILL')
    await eventually('another is there', () => {
      const now = Number(readFileSync(join(world.root, 'corpus/runit/service/serve/main'), 'utf8').split(' ')[0])
      return now !== main
    })
    await answers()
  }, 120_000)

  test('takes it back, and nothing listens', async () => {
    await world.must('serve', '--uninstall')
    expect(listenerOf(port)).toBeUndefined()
    expect(existsSync(join(world.root, 'corpus/runit/service/serve'))).toBe(false)
    expect((await sshAnn('list')).stderr).toContain('does not run')
    expect((await world.must('serve', '--uninstall')).status).toBe(0)
  }, 60_000)
})
