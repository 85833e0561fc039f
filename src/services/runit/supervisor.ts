/** Our own runsvdir: started detached, found again, started anew when it is dead, and woken when there is something new for it. */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { type Shell, textOf } from '../../shell/shell.ts'
import type { Place } from '../place.ts'

export const runitFolder = (place: Place) => join(place.home, 'runit')
export const serviceFolder = (place: Place) => join(runitFolder(place), 'service')
/** Folders are filled here before they are renamed into the service folder. */
export const stagingFolder = (place: Place) => join(runitFolder(place), 'staging')
/** Folders that are being taken down: runsvdir does not look here, so it starts nothing again. */
export const removedFolder = (place: Place) => join(runitFolder(place), 'removed')

/** runsvdir shows its last errors in its arguments, in the room that these dots hold. */
const room = `log: ${'.'.repeat(200)}`

/** One at a time by flock(1); the new one is its own session with a bare environment, and holds nothing of ours open. */
const startScript = `
umask 077
exec 9>> "$1/own/lock"
umask 022
flock -w 20 9 || exit 1
pid=$(cat "$1/pid" 2>/dev/null)
case $(tr '\\0' ' ' < "/proc/\${pid:-none}/cmdline" 2>/dev/null) in "runsvdir -P $1/service "*) exit 0 ;; esac
cd / || exit 1
setsid env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin runsvdir -P "$1/service" "$2" 9>&- < /dev/null > /dev/null 2>&1 &
echo $! > "$1/pid.new" && mv "$1/pid.new" "$1/pid"
`

/** The folders of the supervisor; throws where there can be none. */
export function prepareSupervisor(place: Place): void {
  for (const folder of [serviceFolder(place), stagingFolder(place), removedFolder(place)])
    mkdirSync(folder, { recursive: true, mode: 0o755 })
  if (!isInstalled())
    throw new CorpusError('SUPERVISOR_MISSING', 'Nothing here can supervise processes: runit is not installed.')
}

/** True when it had to be started. */
export async function ensureSupervisor(place: Place, shell: Shell): Promise<boolean> {
  if (supervisorPid(place) !== null) return false
  prepareSupervisor(place)
  backdateServiceFolder(place)
  const folder = realpathSync(runitFolder(place))
  // Who could open the lock could hold it.
  mkdirSync(join(folder, 'own'), { recursive: true, mode: 0o700 })
  const ended = await shell.run({ argv: ['sh', '-c', startScript, 'sh', folder, room], timeoutSeconds: 30 })
  for (let turn = 0; turn < 200; turn++) {
    if (supervisorPid(place) !== null) return true
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new CorpusError('SUPERVISOR_FAILED', 'runsvdir could not be started.', { detail: textOf(ended.stderr) })
}

/** The process id of our runsvdir, null when it is not there. Its arguments hold our folder, so no other can be mistaken for it. */
export function supervisorPid(place: Place): number | null {
  try {
    const pid = Number(readFileSync(join(runitFolder(place), 'pid'), 'utf8'))
    if (!Number.isInteger(pid) || pid < 2) return null
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const [program, , folder = ''] = words
    return program === 'runsvdir' && isSameFolder(folder, serviceFolder(place)) ? pid : null
  } catch {
    return null
  }
}

/** The root may be named by a link: two of one folder would fight for every service. */
const isSameFolder = (one: string, other: string): boolean => one === other || realpathSync(one) === realpathSync(other)

/**
 * runsvdir looks at its folder every five seconds, or when a byte comes on its log pipe; it waits out the current second when the
 * folder changed in it. So the folder gets a time of long ago, another one each time, and the pipe gets a byte that is no text.
 * Where that does not work (another kernel, another runsvdir) it only takes those five seconds.
 */
export function wakeSupervisor(place: Place): void {
  const pid = supervisorPid(place)
  if (pid === null) return
  try {
    const fd = openSync(`/proc/${pid}/fd/2`, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      writeSync(fd, '.')
    } finally {
      closeSync(fd)
    }
  } catch {
    // it will look by itself
  }
}

/** See `wakeSupervisor`: a folder that seems to have changed long ago is looked at without a pause. */
export function backdateServiceFolder(place: Place): void {
  const seconds = 1 + Math.floor(Math.random() * 1_000_000_000)
  utimesSync(serviceFolder(place), seconds, seconds)
}

export function isInstalled(): boolean {
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin']
  return ['runsvdir', 'runsv', 'svlogd', 'chpst'].every(name => folders.some(folder => existsSync(join(folder, name))))
}
