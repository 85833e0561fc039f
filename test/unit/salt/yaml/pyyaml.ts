/** Asks the PyYAML of this machine, in one process, what it makes of many documents. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { Float } from '../../../../src/salt/python/float.ts'
import { floatText } from '../../../../src/salt/python/float-text.ts'
import { Tuple } from '../../../../src/salt/python/tuple.ts'
import type { Value } from '../../../../src/salt/python/value.ts'

export interface WriteJob {
  readonly value: unknown
  readonly options: Readonly<Record<string, unknown>>
}

export function askPyyaml(jobs: readonly (string | WriteJob)[]): unknown[] {
  const script = fileURLToPath(new URL('fixtures/pyyaml.py', import.meta.url))
  const ended = spawnSync('/usr/bin/python3', [script], { input: JSON.stringify(jobs), maxBuffer: 1 << 28 })
  if (ended.status !== 0) throw new Error(`python3 with python3-yaml is needed here: ${ended.stderr}`)
  return JSON.parse(String(ended.stdout))
}

/** A value as JSON that keeps apart what JSON does not: integers, floats, tuples, order of keys. */
export function told(value: Value): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' || typeof value === 'bigint') return { int: String(value) }
  if (value instanceof Float) return { float: floatText(value.value) }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (value instanceof Tuple) return { tuple: value.items.map(told) }
  if (Array.isArray(value)) return value.map(told)
  if (value instanceof Set) return { set: Array.from(value, told).sort() }
  if (value instanceof Dict) return { dict: Array.from(value, ([key, item]) => [told(key), told(item)]) }
  throw new Error('no value of YAML')
}
