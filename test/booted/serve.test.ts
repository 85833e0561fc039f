/** `corpus serve --install` on a machine that is booted with systemd: the account, its keys, the service, and what they keep apart. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/shell/account.ts'
import { freePort } from '../support/ports.ts'
import { listenerOf } from '../support/serve.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
let world: World
let sshd: Sshd
let port: number
let clone: Clone
let ann: string

const asAnn = (...argv: string[]) => world.run(argv, { env: { GIT_SSH_COMMAND: ann } })
const push = () =>
  asAnn('git', '-C', clone.folder, 'push', `ssh://corpus@127.0.0.1:${sshd.port}/${shop}`, 'HEAD:master')
const answers = () =>
  eventually('it answers', async () => (await asAnn(...ann.split(' '), 'corpus@127.0.0.1', 'list')).status === 0)

// Nobody's own machine is changed: only one that was booted for this.
describe.runIf(process.env['CORPUS_BOOTED'] === '1')('corpus serve --install', () => {
  beforeAll(async () => {
    world = makeWorld()
    port = await freePort()
    execFileSync('useradd', ['--system', '--home-dir', '/run/sshd', '--no-create-home', 'sshd'])
    // As sshd is where nobody has set it up in another way.
    sshd = await startSshd(join(world.scratch, 'sshd'), '.ssh/authorized_keys', ['StrictModes yes'])
    const { publicKey, command } = sshd.another('ann')
    ann = command
    await world.must('init', shop, '--mode', 'final')
    await world.must('user', 'add', 'ann')
    await world.must('grant', 'ann', 'deployer', shop)
    const added = await world.run([corpusCommand, 'keys', 'add', 'ann', '-'], { input: publicKey })
    expect(added.status, added.stderr).toBe(0)
    clone = await world.clone(shop, { 'index.html': 'one\n' })
  }, 60_000)
  afterAll(async () => {
    await world.corpus('serve', '--uninstall')
    sshd?.stop()
    await world.dispose()
  })

  test('once installed, users push to corpus@ and ask it, and nothing that listens is root', async () => {
    const installed = await world.must('serve', '--install', '--listen', `127.0.0.1:${port}`)
    expect(installed.stdout).toMatch(/_serve-[0-9a-f]{8}\.service is enabled, and runs/)
    await answers()
    const pushed = await push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect((await world.json<{ by: string }[]>('releases', shop))[0]?.by).toBe('ann')
    expect((await asAnn(...ann.split(' '), 'corpus@127.0.0.1', `status ${shop}`)).stdout).toContain(shop)
    expect(listenerOf(port)).toBe(findAccount('corpus')?.uid)
  }, 120_000)

  test('the account owns nothing: its home and its keys are root\u2019s, and no password lets in', () => {
    const account = findAccount('corpus')
    const keys = join(account?.home ?? '', '.ssh/authorized_keys')
    for (const path of [account?.home ?? '', join(account?.home ?? '', '.ssh'), keys]) {
      const { uid, mode } = statSync(path)
      expect([path, uid, mode & 0o022]).toEqual([path, 0, 0])
    }
    const owned = execFileSync('find', [world.root, '/etc', '-user', 'corpus'], { encoding: 'utf8' })
    expect(owned).toBe('')
    expect(readFileSync('/etc/shadow', 'utf8')).toMatch(/^corpus:\*:/m)
  })

  test('what listens by HTTP does not reach the socket of sshd\u2019s side, which does', () => {
    const { uid, gid } = statSync(`/proc/${listenerPid()}`)
    const ssh = findAccount('corpus')
    expect(uid).toBe(ssh?.uid)
    expect(gid).not.toBe(ssh?.gid)
    const status = readFileSync(`/proc/${listenerPid()}/status`, 'utf8')
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(status).toMatch(/^Groups:\s*$/m)
    const reaches = (group: number) => {
      const code = 'socket(my $s, 1, 1, 0); print connect($s, pack "S a*", 1, "$ARGV[0]\\0") ? "yes" : "no: $!"'
      const drop = [`--reuid=${uid}`, `--regid=${group}`, '--clear-groups', '--no-new-privs', '--']
      const socket = join(world.root, 'corpus/ssh.sock')
      return execFileSync('setpriv', [...drop, 'perl', '-e', code, socket], { encoding: 'utf8' })
    }
    expect(reaches(gid)).toBe('no: Permission denied')
    expect(reaches(ssh?.gid ?? 0)).toBe('yes')
  })

  test('installed again it is the same, with what it was told now; killed, it comes back', async () => {
    const other = await freePort()
    await world.must('serve', '--install', '--listen', `127.0.0.1:${other}`)
    await answers()
    expect(listenerOf(port)).toBeUndefined()
    port = other
    await eventually('it listens', () => listenerOf(port) !== undefined)
    const pid = Number(execFileSync('systemctl', ['show', '--value', '-p', 'MainPID', unit()], { encoding: 'utf8' }))
    process.kill(pid, 'SIGKILL')
    await eventually('another is there', async () => {
      const now = Number(execFileSync('systemctl', ['show', '--value', '-p', 'MainPID', unit()], { encoding: 'utf8' }))
      return now !== 0 && now !== pid
    })
    await answers()
  }, 120_000)

  test('another root does not take the account away', async () => {
    const elsewhere = join(world.scratch, 'elsewhere')
    mkdirSync(elsewhere)
    const refused = await world.corpus('serve', '--install', '--root', elsewhere)
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('SERVE_REFUSED')])
    await answers()
  }, 60_000)

  test('taken back, nobody gets in, and nothing of it is left', async () => {
    const file = `/etc/systemd/system/${unit()}`
    expect(existsSync(file)).toBe(true)
    await world.must('serve', '--uninstall')
    expect(existsSync(file)).toBe(false)
    expect(existsSync(join(world.root, 'corpus/ssh'))).toBe(false)
    expect(findAccount('corpus')).toBeNull()
    expect((await push()).status).toBe(128)
    expect((await world.must('serve', '--uninstall')).status).toBe(0)
    expect((await world.must('keys', 'list')).stdout).toContain('ann')
  }, 60_000)
})

const unit = (): string =>
  execFileSync('systemctl', ['list-unit-files', '--no-legend', 'corpus-_serve-*'], { encoding: 'utf8' }).split(
    ' ',
  )[0] ?? ''

/** By what it is: the process that was started to listen. */
function listenerPid(): number {
  const found = execFileSync('pgrep', ['-f', 'main.cjs serve-entry-point'], { encoding: 'utf8' })
  return Number(found.split('\n')[0])
}
