/** The driver over runit: one folder an instance under a supervisor of our own; what is on disk is what shall run. */

import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { isMissing } from '../../kernel/files.ts'
import type { ProjectName } from '../../kernel/names.ts'
import { otherOwner } from '../../kernel/root.ts'
import { isRoot } from '../../shell/account.ts'
import { isOurOwn } from '../../shell/own-process.ts'
import type { Shell } from '../../shell/shell.ts'
import { giveBack, newAddress } from '../addresses.ts'
import type { Driver, Exit, Running, RunState } from '../driver.ts'
import { type Instance, type InstanceName, instanceName, portOwner } from '../instance.ts'
import { launchText, marker } from '../launch.ts'
import { leavingOf } from '../leaving.ts'
import { pruneLogs } from '../logs.ts'
import { logFolder, type Place } from '../place.ts'
import { nextPort, type PortRange, usualRange } from '../ports.ts'
import { processesOf, processFacts, signalAll } from '../procfs.ts'
import { isProven, markProven, placeFolder, readRecord, userOf, writeRecord } from '../record.ts'
import { eventually } from '../waiting.ts'
import { groupFile, groupOf, membersOf, newGroup, removeGroup, removeGroups } from './group.ts'
import {
  controlScript,
  finishScript,
  type LogCap,
  logConfig,
  logScript,
  runScript,
  sweepScript,
  usualLogCap,
} from './scripts.ts'
import { control, isSupervised, supervision } from './supervision.ts'
import {
  ensureSupervisor,
  prepareSupervisor,
  removedFolder,
  serviceFolder,
  stagingFolder,
  wakeSupervisor,
} from './supervisor.ts'

export interface RunitSettings {
  readonly place: Place
  readonly shell: Shell
  readonly ports?: PortRange
  readonly logCap?: LogCap
}

const startLimitSeconds = 20
/** After SIGKILL the kernel needs a moment; what is still there after this sits in the kernel (state D). */
const killLimitSeconds = 10

export function runitDriver(settings: RunitSettings): Driver {
  const { place, shell } = settings
  return {
    name: 'runit',
    start: instances => start(settings, instances),
    stop: names => stop(place, names),
    list: project => list(place, shell, project),
    prove: async names => {
      for (const name of names) if (existsSync(home(place, name))) markProven(home(place, name))
    },
    folder: name => home(place, name),
    can: {
      revive: () => revive(place, shell),
      limitMemory: 'process',
      logFolder: name => logFolder(place, projectOf(name), name),
    },
  }
}

const home = (place: Place, name: InstanceName) => join(serviceFolder(place), name)
const projectOf = (name: InstanceName) => name.slice(0, name.indexOf('.')) as ProjectName

async function start(settings: RunitSettings, instances: readonly Instance[]): Promise<void> {
  const { place, shell } = settings
  for (const instance of instances)
    if (instance.cpus !== null)
      throw new CorpusError('CAPABILITY_MISSING', `${instance.process}: runit cannot limit the CPU of a process.`)
  prepareSupervisor(place)
  // One that was being stopped when we were killed is stopped first: its folder says "down".
  await stop(place, [
    ...instances.map(one => one.name).filter(name => existsSync(join(home(place, name), 'down'))),
    ...halfRemoved(place),
  ])
  const missing = instances.filter(one => !existsSync(home(place, one.name)))
  for (const instance of missing) await put(settings, instance)
  // After the folders: a new supervisor finds them with its first look.
  if (!(await ensureSupervisor(place, shell)) && missing.length > 0) wakeSupervisor(place)
  for (const project of new Set(missing.map(one => one.project)))
    pruneLogs(place, project, new Set(entries(serviceFolder(place))))
  removeGroups(place, new Set([...entries(serviceFolder(place)), ...entries(removedFolder(place))]))
  await eventually(
    () => {
      const waiting = instances.filter(one => !isStarted(home(place, one.name)))
      return waiting.length === 0
    },
    { limitSeconds: startLimitSeconds, pauseMilliseconds: 2 },
    () =>
      new CorpusError(
        'SUPERVISOR_FAILED',
        `The supervisor did not start ${instances.map(one => one.name).join(', ')}.`,
      ),
  )
}

/** runsv is there and has begun with it: before that its status is not written. */
function isStarted(folder: string): boolean {
  const now = supervision(folder)
  return now !== null && (now.pid !== null || now.state !== 'down') && isSupervised(folder)
}

/** Fills the instance's folder aside and renames it into the service folder: there whole or not at all. */
async function put(settings: RunitSettings, instance: Instance): Promise<void> {
  const { place } = settings
  const address = await newAddress(place, serviceFolder(place), instance.name, settings.ports ?? usualRange)
  const logs = logFolder(place, instance.project, instance.name)
  mkdirSync(logs, { recursive: true, mode: 0o750 })
  writeFileSync(join(logs, 'config'), logConfig(settings.logCap ?? usualLogCap))
  const group = newGroup(place, instance.name)
  placeFolder(stagingFolder(place), instance.name, home(place, instance.name), folder => {
    if (group !== null) writeFileSync(join(folder, groupFile), `${group}\n`)
    const script = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o700 })
    script('run', runScript(instance, process.getuid?.() ?? 0))
    script('finish', finishScript)
    script('sweep', sweepScript(instance))
    mkdirSync(join(folder, 'control'))
    script('control/t', controlScript)
    mkdirSync(join(folder, 'log'))
    script('log/run', logScript(logs))
    const launch = join(folder, 'launch')
    writeFileSync(launch, launchText(instance, address), { mode: 0o400 })
    if (instance.account && isRoot()) chownSync(launch, instance.account.uid, instance.account.gid)
    writeRecord(folder, instance, address)
  })
}

async function stop(place: Place, names: readonly InstanceName[]): Promise<void> {
  await Promise.all(names.map(name => stopOne(place, name)))
}

/** The file "down" comes first: from then on, whatever happens to us, nobody starts it again. */
async function stopOne(place: Place, name: InstanceName): Promise<void> {
  const removed = join(removedFolder(place), name)
  if (sayDown(home(place, name))) {
    await endProcesses(home(place, name), name)
    if (existsSync(home(place, name))) rmSync(removed, { recursive: true, force: true })
    moveIfThere(home(place, name), removed)
  }
  if (!existsSync(removed)) return
  await endProcesses(removed, name)
  await endSupervision(removed, name)
  const group = groupOf(removed)
  rmSync(removed, { recursive: true, force: true })
  removeGroup(group)
  giveBack(place, serviceFolder(place), name)
}

/**
 * runsv ends when its log writer has read to the end; somebody outside of all that we know may hold that end open. Then the writer is
 * ended, and if need be runsv itself: nothing of the application is left that they could be for.
 */
async function endSupervision(folder: string, name: InstanceName): Promise<void> {
  const log = join(folder, 'log')
  const writer = () => supervision(log)?.pid ?? null
  const runsv = processFacts(writer() ?? 0)?.parent ?? null
  const ended = () => !control(folder, 'x')
  if (await settled(ended, writerSeconds, () => {})) return
  if (await settled(ended, writerSeconds, () => signalAll([writer() ?? []].flat(), 'SIGKILL'))) return
  const killed = await settled(ended, killLimitSeconds, () => {
    if (runsv !== null && runsv > 1 && isRunsv(runsv)) signalAll([runsv], 'SIGKILL')
  })
  if (!killed) throw new CorpusError('SERVICE_STUCK', `The supervisor of ${name} does not end.`)
}

const writerSeconds = 2
const isRunsv = (pid: number): boolean => isOurOwn(pid) && textOf(`/proc/${pid}/comm`) === 'runsv'

/** False where another that stops it as well has put it aside already. */
function sayDown(folder: string): boolean {
  try {
    writeFileSync(join(folder, 'down'), '')
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** SIGTERM to all that belongs to the instance, its grace, SIGKILL, and no return before all is gone. */
async function endProcesses(folder: string, name: InstanceName): Promise<void> {
  control(folder, 'd')
  const mark = `${marker}=${name}`
  // The back-off of a dead process is a sleep that nobody needs to wait out.
  const main = () => {
    const now = supervision(folder)
    if (now?.state === 'finish' && now.pid !== null) signalAll([now.pid], 'SIGTERM')
    return now?.state === 'run' ? now.pid : null
  }
  const first = main()
  // The kernel's account of it where there is one: it costs little, and nothing gets out of it.
  const isGrouped = (membersOf(folder)?.length ?? 0) > 0
  const members = (): readonly number[] =>
    isGrouped
      ? (membersOf(folder) ?? []).filter(pid => processFacts(pid) !== null)
      : processesOf(mark, first, userOf(folder))
  const gone = () => (supervision(folder)?.pid ?? null) === null && members().length === 0
  if (gone() || (first === null && !isSupervised(folder) && members().length === 0)) return
  signalAll(members(), 'SIGTERM')
  const grace = readRecord(folder)?.stopGraceSeconds ?? 10
  if (await settled(gone, grace, main)) return
  const killed = await settled(gone, killLimitSeconds, () => {
    main()
    signalAll(members(), 'SIGKILL')
  })
  if (!killed && isSupervised(folder))
    throw new CorpusError('SERVICE_STUCK', `${name} does not end, not even by SIGKILL.`)
}

async function settled(done: () => boolean, limitSeconds: number, between: () => unknown): Promise<boolean> {
  for (const end = Date.now() + limitSeconds * 1000; ; ) {
    if (done()) return true
    if (Date.now() >= end) return false
    between()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

async function list(place: Place, shell: Shell, project?: ProjectName): Promise<readonly Running[]> {
  const names = entries(serviceFolder(place)).filter(name => project === undefined || name.startsWith(`${project}.`))
  if (names.length > 0) await revive(place, shell)
  return names.flatMap(name => running(place, name) ?? [])
}

function running(place: Place, text: string): Running | null {
  const folder = join(serviceFolder(place), text)
  const record = readRecord(folder)
  if (record === null) return null
  const { name, project, release, process, number, digest, address } = record
  const now = supervision(folder)
  return {
    ...{ name, project, release, process, number, digest, address, folder: record.folder },
    nextPort: address === null ? null : nextPort(place, portOwner(name), address.port),
    pid: now?.state === 'run' ? now.pid : null,
    state: runState(existsSync(join(folder, 'down')), now),
    restarts: Number(textOf(join(folder, 'restarts')) ?? 0),
    lastExit: exitOf(textOf(join(folder, 'last-exit'))),
    proven: isProven(folder),
    leaving: leavingOf(folder),
  }
}

function runState(down: boolean, now: ReturnType<typeof supervision>): RunState {
  if (down) return now === null || now.state === 'down' ? 'stopped' : 'stopping'
  if (now === null) return 'starting'
  return now.state === 'run' ? 'running' : 'backing-off'
}

/** "-1 9" is the end by signal 9, "3 0" the end with status 3. */
function exitOf(text: string | null): Exit | null {
  const match = text === null ? null : /^(-?\d+) (\d+)/.exec(text)
  if (!match) return null
  return match[1] === '-1'
    ? { status: null, signal: signalName(Number(match[2])) }
    : { status: Number(match[1]), signal: null }
}

function signalName(number: number): string {
  const names: Record<number, string> = {
    1: 'SIGHUP',
    2: 'SIGINT',
    6: 'SIGABRT',
    9: 'SIGKILL',
    11: 'SIGSEGV',
    13: 'SIGPIPE',
    15: 'SIGTERM',
  }
  return names[number] ?? `signal ${number}`
}

/** Where the supervisor is dead and something shall run, it is started again: never by root for somebody else's services. */
async function revive(place: Place, shell: Shell): Promise<boolean> {
  if (entries(serviceFolder(place)).length === 0 || otherOwner(dirname(place.home)) !== null) return false
  return ensureSupervisor(place, shell)
}

const halfRemoved = (place: Place) => entries(removedFolder(place)).map(instanceName)

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => !name.startsWith('.'))
  } catch {
    return []
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
