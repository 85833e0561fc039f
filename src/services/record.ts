/** What is written down of an instance beside its supervisor's files: all but its environment, which may hold secrets. */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ProcessName, type ProjectName, processName, projectName } from '../kernel/names.ts'
import { type Instance, type InstanceName, instanceName } from './instance.ts'
import type { Address } from './ports.ts'

export interface InstanceRecord {
  readonly name: InstanceName
  readonly project: ProjectName
  readonly release: string
  readonly process: ProcessName
  readonly number: number
  readonly digest: string
  readonly folder: string
  readonly stopGraceSeconds: number
  readonly address: Address | null
}

const file = 'instance.json'

export function writeRecord(folder: string, instance: Instance, address: Address | null): void {
  const { name, project, release, process, number, digest, stopGraceSeconds } = instance
  const record: InstanceRecord = {
    ...{ name, project, release, process, number, digest, stopGraceSeconds },
    folder: instance.folder,
    address,
  }
  writeFileSync(join(folder, file), `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true })
}

/** null when the folder holds none that can be read: it is then not ours to judge. */
export function readRecord(folder: string): InstanceRecord | null {
  try {
    const read = JSON.parse(readFileSync(join(folder, file), 'utf8')) as InstanceRecord
    return {
      ...read,
      name: instanceName(read.name),
      project: projectName(read.project),
      process: processName(read.process),
    }
  } catch {
    return null
  }
}

/** Whom the instance in a folder runs as: its launcher is that account's. */
export function userOf(folder: string): number {
  return lstatSync(join(folder, 'launch'), { throwIfNoEntry: false })?.uid ?? process.getuid?.() ?? 0
}

export function markProven(folder: string): void {
  writeFileSync(join(folder, 'proven'), '', { flush: true })
}

export function isProven(folder: string): boolean {
  return existsSync(join(folder, 'proven'))
}

/**
 * Makes a folder whole or not at all: filled in the staging folder, then renamed. Where another was faster, that one's folder stays.
 * What a killed process left in the staging folder (it holds an environment) is removed.
 */
export function placeFolder(staging: string, name: string, target: string, fill: (folder: string) => void): void {
  mkdirSync(staging, { recursive: true, mode: 0o711 })
  for (const left of readdirSync(staging))
    if (!isAlive(left)) rmSync(join(staging, left), { recursive: true, force: true })
  const folder = join(staging, `${name}.${randomBytes(4).toString('hex')}.${process.pid}`)
  try {
    mkdirSync(folder)
    // Whatever our umask is: the account of the process must get at the launcher, and at nothing else.
    chmodSync(folder, 0o711)
    fill(folder)
    renameSync(folder, target)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/** The name of a staged folder ends in the id of the process that fills it. */
function isAlive(staged: string): boolean {
  return existsSync(`/proc/${staged.slice(staged.lastIndexOf('.') + 1)}`)
}
