/**
 * A machine of a test's own that is booted with systemd: systemd-nspawn over this machine's /usr, read only, everything else in memory,
 * accounts of its own (its root is nobody here), no network, control groups of its own. One folder is shared. All of it ends with the
 * test, however that ends. It is looked at before it is booted, and not booted where more than the folder could be written to.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, execute, home } from './world.ts'

/** The shared folder as the booted machine sees it. */
const inside = '/booted'
const nspawn = '/usr/bin/systemd-nspawn'
const systemd = '/lib/systemd/systemd'

export interface Booted {
  /** The shared folder as we see it. */
  readonly folder: string
  /** Boots, runs a script of sh as root when all is up, and returns when the machine is off. */
  boot(script: string, limitSeconds: number): Promise<Ended>
  end(): Promise<void>
}

/** A machine that may be booted, or the reason why there can be none here. */
export async function bootable(moreOptions: readonly string[] = []): Promise<Booted | string> {
  if (process.getuid?.() !== 0) return 'only root can boot a machine'
  for (const file of [nspawn, systemd]) if (!existsSync(file)) return `${file} is not here (systemd-container)`
  if (![home, '/usr'].some(seen => process.execPath.startsWith(`${seen}/`)))
    return `${process.execPath} is not seen there`
  const hierarchies = readHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'))
  if (!hierarchies.some(one => one.tracks)) return 'systemd finds no control groups here'
  const folder = mkdtempSync(join(tmpdir(), `corpus-booted-${process.pid}-`))
  const name = `corpus-booted-${process.pid}-${folder.slice(-6).toLowerCase()}`
  const base = freshAccounts()
  chownSync(folder, base, base)
  const groups: string[] = []
  try {
    for (const one of hierarchies) groups.push(ownGroup(one, name, base))
  } catch (error) {
    for (const group of groups) rmdirSync(group)
    rmdirSync(folder)
    return `no control group can be made: ${(error as Error).message}`
  }
  const machine: Machine = { moreOptions, name, folder, base, groups, guard: guarded(name, folder, groups) }
  const found = await start(machine, ['--pipe'], look, 60)
  const fault = found.status === 0 ? isolationFault(found.stdout) : `systemd-nspawn says: ${found.stderr.trim()}`
  if (fault !== null) {
    await end(machine)
    return fault
  }
  return {
    folder,
    boot: (script, limitSeconds) => {
      writeFileSync(join(folder, 'run'), script)
      writeFileSync(join(folder, 'run.service'), runUnit)
      return start(machine, ['--console=pipe', '--kill-signal=SIGRTMIN+3'], init, limitSeconds)
    },
    end: () => end(machine),
  }
}

interface Machine {
  readonly moreOptions: readonly string[]
  readonly name: string
  readonly folder: string
  /** The first of the 65,536 accounts here that are those of the machine. */
  readonly base: number
  readonly groups: readonly string[]
  readonly guard: ChildProcess
}

export interface Hierarchy {
  readonly mountPoint: string
  /** systemd puts its units into this one; the others count and limit. */
  readonly tracks: boolean
  /** As /proc/self/cgroup calls it. */
  readonly controllers: string
}

/** Those that systemd uses: of version 2, or its own of version 1, and what limits memory, processor and processes. */
export function readHierarchies(mountinfo: string): readonly Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): readonly Hierarchy[] => {
    const [mount = '', rest = ''] = line.split(' - ')
    const mountPoint = mount.split(' ')[4] ?? ''
    const [type, , options = ''] = rest.split(' ')
    if (!mountPoint.startsWith('/sys/fs/cgroup')) return []
    if (type === 'cgroup2') return [{ mountPoint, tracks: true, controllers: '' }]
    if (type !== 'cgroup') return []
    const words = options.split(',')
    if (words.includes('name=systemd')) return [{ mountPoint, tracks: true, controllers: 'name=systemd' }]
    const controllers = words.filter(word => !['rw', 'ro', 'xattr', 'clone_children'].includes(word))
    const limits = controllers.length === 1 && ['memory', 'cpu', 'pids'].includes(controllers[0] ?? '')
    return limits ? [{ mountPoint, tracks: false, controllers: controllers[0] ?? '' }] : []
  })
}

/** Below the one that we are in, so that what limits us limits the machine too; it belongs to the machine's root. */
function ownGroup({ mountPoint, controllers }: Hierarchy, name: string, base: number): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n')
  const own = lines.map(line => line.split(':')).find(([, words]) => words === controllers)?.[2] ?? '/'
  const parent = join(mountPoint, own)
  const group = join(existsSync(parent) ? parent : mountPoint, name)
  mkdirSync(group)
  for (const file of ['', 'cgroup.procs', 'tasks', 'cgroup.subtree_control', 'cgroup.threads'])
    if (existsSync(join(group, file))) chownSync(join(group, file), base, base)
  return group
}

/** Of the range that systemd leaves to containers; nobody else here has an account in it. */
function freshAccounts(): number {
  const taken = readFileSync('/etc/passwd', 'utf8').split('\n').map(line => Number(line.split(':')[2])) // biome-ignore format: one list
  for (;;) {
    const base = 65536 * (8 + Math.floor(Math.random() * 28_000))
    if (!taken.some(uid => uid >= base && uid < base + 65536)) return base
  }
}

/**
 * Ends the machine and removes its traces when its standard input closes: when the test ends, however it ends. Everything of the machine
 * is in its control groups, its systemd-nspawn too. Folders of others' mounts cannot be met: mounts of the machine are seen in it alone.
 */
const reaper = `
cat > /dev/null
name=$1 folder=$2
shift 2
case $name in corpus-booted-?*) ;; *) exit 1 ;; esac
case $folder in */corpus-booted-?*) ;; *) exit 1 ;; esac
for turn in $(seq 100); do
  pids=$(for group in "$@"; do find "$group" -name cgroup.procs -exec cat {} + 2> /dev/null; done)
  [ -n "$pids" ] || break
  kill -9 $pids 2> /dev/null
  sleep 0.1
done
for group in "$@"; do find "$group" -depth -type d -exec rmdir {} \\; 2> /dev/null; done
rmdir "/run/systemd/nspawn/propagate/$name" "/run/systemd/nspawn/unix-export/$name" 2> /dev/null
grep -qF " $folder" /proc/self/mountinfo || rm -rf --one-file-system -- "$folder"
`

function guarded(name: string, folder: string, groups: readonly string[]): ChildProcess {
  const guard = spawn('sh', ['-c', reaper, 'sh', name, folder, ...groups], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return guard
}

async function end({ guard }: Machine): Promise<void> {
  const ended = new Promise(resolve => guard.once('exit', resolve))
  guard.ref()
  guard.stdin?.end()
  await ended
}

/** Enters the groups, then becomes systemd-nspawn. */
const entering = `
count=$1
shift
while [ "$count" -gt 0 ]; do
  echo $$ > "$1/cgroup.procs" || exit 1
  shift
  count=$((count - 1))
done
exec "$@"
`

function start(
  { moreOptions, name, folder, base, groups }: Machine,
  more: readonly string[],
  script: string,
  limitSeconds: number,
): Promise<Ended> {
  writeFileSync(join(folder, 'start'), script)
  const words = [
    nspawn, '--quiet', '--settings=no', '--directory=/', '--volatile=yes',
    `--private-users=${base}:65536`, '--private-users-ownership=off', '--private-network',
    '--register=no', '--keep-unit', `--machine=${name}`, `--hostname=${name.slice(0, 60)}`,
    '--link-journal=no', '--resolv-conf=off', '--timezone=off',
    `--bind-ro=${home}`, ...(existsSync('/etc/alternatives') ? ['--bind-ro=/etc/alternatives'] : []),
    `--bind=${folder}:${inside}`, ...moreOptions, ...more, '/bin/sh', `${inside}/start`,
  ] // biome-ignore format: a command line
  return execute(
    ['timeout', '-k', '5', String(limitSeconds), 'sh', '-c', entering, 'sh', `${groups.length}`, ...groups, ...words],
    {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    },
  )
}

/** Prints what could be written to, and the mounts. */
const look = `
read first outside count < /proc/self/uid_map
echo "accounts $first $outside $count"
[ "$outside" != 0 ] || exit 0
try() { "$@" 2> /dev/null && echo "wrote $*"; }
try touch /usr/corpus-booted /usr/lib/corpus-booted '${home}/corpus-booted' /run/host/os-release /run/host/incoming/x /etc/alternatives/x
try sh -c ': >> /run/host/os-release'
for group in /sys/fs/cgroup/*/; do
  case $group in */systemd/ | */unified/ | */memory/ | */cpu/ | */pids/) ;; *) try mkdir "\${group}corpus-booted" ;; esac
done
for disk in $(cut -d ' ' -f 3 /proc/self/mountinfo | sort -u); do
  case $disk in 0:*) ;; *) try mknod /tmp/disk b "\${disk%:*}" "\${disk#*:}" ;; esac
done
echo mounts
cat /proc/self/mountinfo
`

/** File systems without a disk of this machine behind them. */
const inMemory = new Set('tmpfs proc sysfs cgroup cgroup2 devpts mqueue devtmpfs ramfs'.split(' '))

/** Why such a machine must not be booted; null where only the shared folder can be written to. */
export function isolationFault(looked: string): string | null {
  const [facts = '', mounts] = looked.split('mounts\n')
  const accounts = /^accounts 0 (\d+) 65536$/m.exec(facts)
  if (!accounts || accounts[1] === '0') return "the machine's root would be root here"
  if (mounts === undefined || mounts.trim() === '') return 'the machine was not looked at to the end'
  const wrote = /^wrote (.*)$/m.exec(facts)
  if (wrote) return `the machine could write: ${wrote[1]}`
  for (const line of mounts.trim().split('\n')) {
    const [mount = '', rest = ''] = line.split(' - ')
    const words = mount.split(' ')
    const [path = '', options = ''] = [words[4], words[5]]
    // Two stay writable below others of the same name; that the machine's root may not write to them was tried.
    const known = [inside, '/run/host/os-release', '/run/host/incoming'].includes(path)
    if (!options.split(',').includes('ro') && !inMemory.has(rest.split(' ')[0] ?? '') && !known)
      return `the machine could write to ${path}`
  }
  return null
}

/**
 * Process 1: refuses to be root here, makes the few files in /etc without which there are no accounts (all of /etc is in memory), and
 * becomes systemd. With the machine's id it is no first boot, which would enable whatever is installed.
 */
const init = `
set -eu
read first outside count < /proc/self/uid_map
[ "$first" = 0 ] && [ "$outside" != 0 ] && [ ! -e /etc/passwd ] || exit 1
umask 022
mkdir -p /etc/systemd/system/multi-user.target.wants
tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' > /etc/passwd
echo 'root:x:0:
nogroup:x:65534:' > /etc/group
echo 'passwd: files
group: files
shadow: files
hosts: files' > /etc/nsswitch.conf
echo '127.0.0.1 localhost' > /etc/hosts
for unit in systemd-logind dbus; do ln -s /dev/null "/etc/systemd/system/$unit.service"; done
ln -s /dev/null /etc/systemd/system/dbus.socket
cp ${inside}/run.service /etc/systemd/system/run.service
ln -s ../run.service /etc/systemd/system/multi-user.target.wants/run.service
exec ${systemd}
`

const runUnit = `[Unit]
After=multi-user.target
SuccessAction=exit-force
FailureAction=exit-force

[Service]
Type=exec
ExecStart=/bin/sh ${inside}/run
StandardOutput=append:${inside}/output
StandardError=inherit
`
