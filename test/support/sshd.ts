/** A real sshd of a test's own on loopback, for one account, with keys of its own; it dies with the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort, listening } from './ports.ts'

export interface Sshd {
  readonly port: number
  /** The public key of the pusher. */
  readonly publicKey: string
  /** What `GIT_SSH_COMMAND` is to be. */
  readonly command: string
  /** What that command has as options of ssh, without the port. */
  readonly options: readonly string[]
  readonly user: string
  /** Another pusher, with a key of their own. */
  another(name: string): { readonly publicKey: string; readonly command: string }
  stop(): void
}

/** `authorizedKeys` is the file that it reads; `more` are lines for its configuration. */
export async function startSshd(folder: string, authorizedKeys: string, more: readonly string[] = []): Promise<Sshd> {
  mkdirSync(folder, { recursive: true })
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const makeKey = (name: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  for (const name of ['host', 'user']) makeKey(name)
  const port = await freePort()
  // Of what is said twice, sshd takes the first.
  const lines = [
    ...more,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    `PidFile ${join(folder, 'sshd.pid')}`,
    'Subsystem sftp internal-sftp',
  ]
  writeFileSync(join(folder, 'sshd_config'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${readFileSync(join(folder, 'host.pub'), 'utf8')}`)
  const daemon: ChildProcess = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', '/usr/sbin/sshd', '-D', '-f', join(folder, 'sshd_config'), '-E', join(folder, 'log')],
    { stdio: 'ignore' },
  )
  await listening(port)
  const optionsOf = (key: string) => [
    '-F',
    '/dev/null',
    `-oIdentityFile=${join(folder, key)}`,
    '-oIdentitiesOnly=yes',
    '-oBatchMode=yes',
    `-oUserKnownHostsFile=${join(folder, 'known_hosts')}`,
    '-oStrictHostKeyChecking=yes',
  ]
  const options = optionsOf('user')
  const commandWith = (words: readonly string[]) => `ssh -p ${port} ${words.join(' ')}`
  return {
    port,
    publicKey: readFileSync(join(folder, 'user.pub'), 'utf8'),
    command: commandWith(options),
    options,
    user: userInfo().username,
    another(name) {
      makeKey(name)
      return { publicKey: readFileSync(join(folder, `${name}.pub`), 'utf8'), command: commandWith(optionsOf(name)) }
    },
    stop: () => void daemon.kill('SIGTERM'),
  }
}
