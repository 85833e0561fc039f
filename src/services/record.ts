/** What is written down of an instance beside its supervisor's files: all but its environment, which may hold secrets. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

export function markProven(folder: string): void {
  writeFileSync(join(folder, 'proven'), '', { flush: true })
}

export function isProven(folder: string): boolean {
  return existsSync(join(folder, 'proven'))
}

/** Makes a folder whole or not at all: filled under another name, then renamed. */
export function placeFolder(staging: string, target: string, fill: (folder: string) => void): void {
  mkdirSync(staging, { recursive: true, mode: 0o755 })
  fill(staging)
  renameSync(staging, target)
}
