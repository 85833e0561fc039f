/** An engine of a test's own: a real dockerd with folders and a socket of its own, which ends with the test, even a killed one. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineAt } from '../../src/containers/engine.ts'

export interface OwnEngine {
  readonly socket: string
  /** The docker command, as a second opinion on what the engine has. */
  docker(...args: string[]): string
  end(): Promise<void>
}

/** Its containers go with it. Runs when standard input closes: at the end of the test. */
const reaper = `
cat > /dev/null
pid=$(cat "$1/pid" 2>/dev/null)
case $(tr '\\0' ' ' < "/proc/\${pid:-none}/cmdline" 2>/dev/null) in *"$1/"*) ;; *) pid= ;; esac
if [ -n "$pid" ]; then
  docker -H "unix://$1/docker.sock" ps --quiet | xargs -r docker -H "unix://$1/docker.sock" kill > /dev/null 2>&1
  kill -TERM "$pid"
  for turn in $(seq 100); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
  [ -d "/proc/$pid" ] && kill -KILL "$pid"
fi
for mount in $(awk -v top="$1/" 'index($2, top) == 1 { print $2 }' /proc/mounts); do umount -l "$mount"; done
rm -rf "$1"
`

/** An engine, or the reason why there can be none here. */
export async function ownEngine(): Promise<OwnEngine | string> {
  if (process.getuid?.() !== 0) return 'an engine needs root'
  if (!existsSync('/usr/sbin/dockerd')) return 'docker.io is not installed'
  const top = mkdtempSync(join(tmpdir(), 'corpus-engine-'))
  const socket = join(top, 'docker.sock')
  const guard = spawn('sh', ['-c', reaper, 'sh', top], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  const end = async () => {
    const ended = new Promise(resolve => guard.once('exit', resolve))
    guard.ref()
    guard.stdin?.end()
    await ended
    rmSync(top, { recursive: true, force: true })
  }
  const log = openSync(join(top, 'log'), 'a')
  const folders = [
    `--data-root=${top}/data`,
    `--exec-root=${top}/exec`,
    `--pidfile=${top}/pid`,
    `--host=unix://${socket}`,
  ]
  // Nothing of the machine's network is touched, and every file system will do.
  const alone = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs']
  spawn('/usr/sbin/dockerd', [...folders, ...alone], { detached: true, stdio: ['ignore', log, log] }).unref()
  for (let turn = 0; turn < 300; turn++) {
    const version = await engineAt(socket)
      .version()
      .catch(() => null)
    if (version !== null) return { socket, end, docker: (...args) => docker(socket, args) }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const said = readFileSync(join(top, 'log'), 'utf8').trim().split('\n').at(-1)
  await end()
  return `dockerd does not start here: ${said}`
}

function docker(socket: string, args: readonly string[]): string {
  const ended = spawnSync('/usr/bin/docker', ['-H', `unix://${socket}`, ...args], { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`docker ${args.join(' ')}: ${ended.stderr}`)
  return ended.stdout.trim()
}

/** A base image from Debian's static busybox: no registry is needed. */
export function makeBase(engine: OwnEngine, scratch: string, name: string): void {
  const root = join(scratch, 'base')
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'tmp'))
  const script =
    'cp /usr/bin/busybox "$1/bin/busybox" && for one in sh httpd ls sleep echo cat; do ln -s busybox "$1/bin/$one"; done && tar --create --directory="$1" . | docker -H "unix://$2" import - "$3"'
  const ended = spawnSync('sh', ['-ec', script, 'sh', root, engine.socket, name], { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(ended.stderr)
}
