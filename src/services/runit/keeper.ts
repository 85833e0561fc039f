/** Keeps a command of our own up (the ingress) beside the instances, under the same supervisor. */

import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { type Program, program, systemPath } from '../../shell/programs.ts'
import type { Shell } from '../../shell/shell.ts'
import { quoted } from '../environment.ts'
import type { Place } from '../place.ts'
import { eventually } from '../waiting.ts'
import { logConfig, logScript, usualLogCap } from './scripts.ts'
import { control, isSupervised } from './supervision.ts'
import {
  ensureSupervisor,
  prepareSupervisor,
  removedFolder,
  serviceFolder,
  stagingFolder,
  wakeSupervisor,
} from './supervisor.ts'

export interface Kept {
  /** Lower-case letters; no instance has such a name, for those have dots. */
  readonly name: string
  readonly argv: readonly [Program, ...string[]]
  /** Sent to what the process leaves behind when it dies, before it is started again: nginx's orphaned workers end on SIGQUIT. */
  readonly orphanSignal: 'TERM' | 'QUIT'
}

/** Up and kept up from here on; the same command again changes nothing, another one is put in its place when it starts next. */
export async function keepUp(place: Place, shell: Shell, kept: Kept): Promise<void> {
  if (!/^[a-z]{1,30}$/.test(kept.name))
    throw new CorpusError('SERVICE_INVALID', 'What is kept up has a name of letters.')
  prepareSupervisor(place)
  const folder = join(serviceFolder(place), kept.name)
  if (existsSync(folder)) {
    const run = join(folder, 'run')
    if (readFileSync(run, 'utf8') !== runText(kept)) writeScript(run, runText(kept))
    control(folder, 'u')
  } else put(place, kept, folder)
  if (!(await ensureSupervisor(place, shell))) wakeSupervisor(place)
  await eventually(
    () => isSupervised(folder),
    { limitSeconds: 20, pauseMilliseconds: 2 },
    () => new CorpusError('SUPERVISOR_FAILED', `The supervisor did not start ${kept.name}.`),
  )
}

/** Ended, and kept up no more. */
export async function keepDown(place: Place, name: string): Promise<void> {
  const folder = join(serviceFolder(place), name)
  if (!existsSync(folder)) return
  const removed = join(removedFolder(place), `${name}.${process.pid}`)
  rmSync(removed, { recursive: true, force: true })
  mkdirSync(removedFolder(place), { recursive: true, mode: 0o711 })
  // runsv goes on in the folder that it is in.
  renameSync(folder, removed)
  for (const one of [removed, join(removed, 'log')]) control(one, 'dx')
  wakeSupervisor(place)
  await eventually(
    () => !isSupervised(removed) && !isSupervised(join(removed, 'log')),
    { limitSeconds: 20, pauseMilliseconds: 10 },
    () => new CorpusError('SUPERVISOR_FAILED', `${name} does not end.`),
  )
  rmSync(removed, { recursive: true, force: true })
}

function put(place: Place, kept: Kept, folder: string): void {
  const logs = join(place.home, 'logs', `.${kept.name}`)
  mkdirSync(logs, { recursive: true, mode: 0o750 })
  writeFileSync(join(logs, 'config'), logConfig(usualLogCap))
  const staging = join(stagingFolder(place), `${kept.name}.${process.pid}`)
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(join(staging, 'log'), { recursive: true })
  writeScript(join(staging, 'run'), runText(kept))
  writeScript(join(staging, 'log/run'), logScript(logs))
  renameSync(staging, folder)
}

/**
 * The process is a session of its own: what is left of the group of the one before is what that left behind, and needs a moment to let go
 * of its ports. This is done here and not in a "finish": runsv waits a whole second after one that was short. After a reboot the number
 * means nothing any more.
 */
function runText(kept: Kept): string {
  return `#!/bin/sh
exec 2>&1
PATH=${systemPath}
boot=$(cat /proc/sys/kernel/random/boot_id)
if read before when < main && [ "$when" = "$boot" ]; then kill -${kept.orphanSignal} "-$before" && sleep 0.1; fi 2> /dev/null
echo "$$ $boot" > main
exec ${program('chpst')} -P ${kept.argv.map(one => quoted(one).toString()).join(' ')}
`
}

function writeScript(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  chmodSync(`${file}.new`, 0o755)
  renameSync(`${file}.new`, file)
}
