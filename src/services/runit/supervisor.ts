/** Our supervisor: started detached, found again, started anew when it is dead, and woken when there is something new for it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { textIfThere } from '../../kernel/files.ts'
import { isOurOwn } from '../../shell/own-process.ts'
import { type Shell, textOf } from '../../shell/shell.ts'
import type { Place } from '../place.ts'
import { prctlNumber, scanScript } from './scan.ts'
import { writeToFifo } from './supervision.ts'

const runitFolder = (place: Place) => join(place.home, 'runit')
export const serviceFolder = (place: Place) => join(runitFolder(place), 'service')
/** Folders are filled here before they are renamed into the service folder. */
export const stagingFolder = (place: Place) => join(runitFolder(place), 'staging')
/** Folders that are being taken down: runsvdir does not look here, so it starts nothing again. */
export const removedFolder = (place: Place) => join(runitFolder(place), 'removed')

/** What the supervisor keeps for itself: who could open its lock or its bell could hold it up. */
const ownFolder = (place: Place) => join(runitFolder(place), 'own')

/** A session of its own with a bare environment, that holds nothing of ours open. Of two that begin at once, one stays. */
const startScript = `
cd / || exit 1
[ -p "$1/own/bell" ] || mkfifo -m 600 "$1/own/bell" 2> /dev/null
setsid env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin perl -e "$3" "$1" "$2" < /dev/null > /dev/null 2>> "$1/own/errors" &
`

/** The folders of the supervisor; throws where there can be none. */
export function prepareSupervisor(place: Place): void {
  for (const folder of [serviceFolder(place), stagingFolder(place), removedFolder(place)]) {
    mkdirSync(folder, { recursive: true, mode: 0o711 })
    // Accounts go through to what is theirs, and see nothing of others.
    for (const path of [dirname(folder), folder]) chmodSync(path, 0o711)
  }
  if (!isInstalled())
    throw new CorpusError('SUPERVISOR_MISSING', 'Nothing here can supervise processes: runit is not installed.')
}

/** True when it had to be started. */
export async function ensureSupervisor(place: Place, shell: Shell): Promise<boolean> {
  if (found(place)?.isOurs) return false
  prepareSupervisor(place)
  const folder = realpathSync(runitFolder(place))
  mkdirSync(join(folder, 'own'), { recursive: true, mode: 0o700 })
  rmSync(join(folder, 'own', 'errors'), { force: true })
  const words = [folder, String(prctlNumber(process.arch)), scanScript]
  const ended = await shell.run({ argv: ['/bin/sh', '-c', startScript, 'sh', ...words], timeoutSeconds: 30 })
  for (let turn = 0; turn < 1000; turn++) {
    if (found(place)?.isOurs) return true
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  const said = textIfThere(join(folder, 'own', 'errors')) ?? textOf(ended.stderr)
  throw new CorpusError('SUPERVISOR_FAILED', 'The supervisor could not be started.', { detail: said })
}

/** The process id of our supervisor, null when it is not there. Its arguments hold our folder, so no other can be mistaken for it. */
export const supervisorPid = (place: Place): number | null => found(place)?.pid ?? null

/** A runsvdir of versions before supervises as well, but not at once. */
function found(place: Place): { readonly pid: number; readonly isOurs: boolean } | null {
  try {
    const pid = Number(readFileSync(join(runitFolder(place), 'pid'), 'utf8'))
    if (!Number.isInteger(pid) || pid < 2 || !isOurOwn(pid)) return null
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const [program, , folder = ''] = words
    if (program !== 'runsvdir' || !isSameFolder(folder.trimEnd(), serviceFolder(place))) return null
    return { pid, isOurs: !readlinkSync(`/proc/${pid}/exe`).endsWith('/runsvdir') }
  } catch {
    return null
  }
}

/** The root may be named by a link: two of one folder would fight for every service. */
const isSameFolder = (one: string, other: string): boolean => one === other || realpathSync(one) === realpathSync(other)

/** Makes it look at its folder now. Without that it does so every five seconds. */
export function wakeSupervisor(place: Place): void {
  writeToFifo(join(ownFolder(place), 'bell'), '.')
}

function isInstalled(): boolean {
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin']
  return ['runsvdir', 'runsv', 'svlogd', 'chpst'].every(name => folders.some(folder => existsSync(join(folder, name))))
}
