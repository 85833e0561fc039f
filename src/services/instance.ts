/** An instance: one process of one release, as a frozen value; and the plan of instances that a release wants. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type ProcessName, type ProjectName, processName, projectName, shown } from '../kernel/names.ts'
import type { Account } from '../shell/shell.ts'
import type { Declaration, HealthCheck } from './declared.ts'
import { checkedEnvironment, type Environment } from './environment.ts'

declare const brand: unique symbol
/** `<project>.<release>.<process>.<number>.<digest>`: the parts hold no dot, so it splits again. */
export type InstanceName = string & { readonly [brand]: 'instance' }

/** What runs, or shall run, as one supervised process. */
export interface Instance {
  readonly name: InstanceName
  readonly project: ProjectName
  readonly release: string
  readonly process: ProcessName
  readonly number: number
  readonly command: string
  /** Without PORT, which is added when a port is handed out. */
  readonly environment: Environment
  /** The real folder of the release's tree, never the `project` link. */
  readonly folder: string
  /** The account it runs as; null is the account of the caller. */
  readonly account: Account | null
  readonly stopGraceSeconds: number
  readonly memoryBytes: number | null
  readonly cpus: number | null
  readonly processes: number | null
  readonly health: HealthCheck
  readonly healthTimeoutSeconds: number
  /** Of all that would make another process of it: an instance with the same digest need not be restarted. */
  readonly digest: string
}

export interface Wanted {
  readonly project: ProjectName
  readonly release: string
  /** The real folder of the release's tree. */
  readonly tree: string
  readonly account: Account | null
  readonly processes: readonly Declaration[]
  /** For all processes; a declaration's own variables win. */
  readonly environment: Environment
}

/** One instance for each number of each process. */
export function plannedInstances(wanted: Wanted): readonly Instance[] {
  return wanted.processes.flatMap(declaration =>
    Array.from({ length: declaration.count }, (_, index) => planned(wanted, declaration, index + 1)),
  )
}

function planned(wanted: Wanted, declaration: Declaration, number: number): Instance {
  const fields = {
    project: wanted.project,
    release: wanted.release,
    process: declaration.name,
    number,
    command: declaration.command,
    environment: checkedEnvironment(declaration.isOurs ? {} : { ...wanted.environment, ...declaration.environment }),
    folder: join(wanted.tree, declaration.workingFolder),
    account: declaration.isOurs ? null : wanted.account,
    stopGraceSeconds: declaration.stopGraceSeconds,
    memoryBytes: declaration.memoryBytes,
    cpus: declaration.cpus,
    processes: declaration.processes,
    health: declaration.health,
    healthTimeoutSeconds: declaration.healthTimeoutSeconds,
  }
  const digest = digestOf(fields)
  const suffix = shortHash(`${digest}\n${wanted.release}`)
  const name = [wanted.project, shortRelease(wanted.release), declaration.name, number, suffix].join('.')
  return Object.freeze({ ...fields, digest, name: instanceName(name) })
}

/** An instance under the next name that is not taken: to start it anew beside one that is its equal. */
export function renamedInstance(instance: Instance, taken: ReadonlySet<string>): Instance {
  let name = instance.name
  while (taken.has(name)) name = instanceName(`${name.slice(0, -8)}${shortHash(name)}`)
  return Object.freeze({ ...instance, name })
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** What does not make another process of it stays out: the release's id (the tree tells), and how health is found out. */
function digestOf(fields: Omit<Instance, 'name' | 'digest'>): string {
  const hash = createHash('sha256')
  const account = fields.account && [fields.account.name, fields.account.uid, fields.account.gid]
  const { process, number, command, folder, stopGraceSeconds, memoryBytes, cpus, processes } = fields
  hash.update(JSON.stringify([process, number, command, folder, account, stopGraceSeconds, memoryBytes, cpus]))
  if (processes !== null) hash.update(`\nprocesses ${processes}`)
  for (const name of Object.keys(fields.environment).sort()) {
    const value = Buffer.from(fields.environment[name] as string)
    hash.update(`\n${name}=${value.length}:`).update(value)
  }
  return hash.digest('hex')
}

/** Project, process and number: what an instance has in common with its successors in later releases. */
export function portOwner(name: InstanceName): string {
  const [project, , process, number] = name.split('.')
  return `${project}.${process}.${number}`
}

/** The time of a release id and four of its letters: unique in a project, and short enough to read. */
export function shortRelease(release: string): string {
  const match = /^(\d{8}T\d{6})(\d{3})Z-([0-9a-f]{4})/.exec(release)
  if (match) return `${match[1]}${match[2]}-${match[3]}`
  if (/^[A-Za-z0-9_-]{1,40}$/.test(release)) return release
  throw new CorpusError('NAME_INVALID', `${shown(release)} is not a release.`)
}

/** Parses the name of an instance, which becomes the name of a folder and of a unit. */
export function instanceName(text: string): InstanceName {
  const parts = text.split('.')
  const [project = '', release = '', process = '', number = '', suffix = ''] = parts
  if (
    parts.length !== 5 ||
    !/^[A-Za-z0-9_-]{1,40}$/.test(release) ||
    !/^[1-9]\d{0,3}$/.test(number) ||
    !/^[0-9a-f]{8}$/.test(suffix)
  )
    throw new CorpusError('NAME_INVALID', `${shown(text)} is not the name of an instance.`)
  projectName(project)
  processName(process)
  return text as InstanceName
}
