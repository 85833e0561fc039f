/** The formats that file.serialize writes and reads. */
import { Dict } from '../../../python/dict.ts'
import { readJson, writeJson } from '../../../python/json.ts'
import { repr } from '../../../python/repr.ts'
import type { Value } from '../../../python/value.ts'
import { readYaml, writeYaml } from '../../../yaml/index.ts'
import { executionError } from '../../exceptions.ts'
import { textOf, truthOf } from '../../values.ts'

export interface Serializer {
  /** Without a line break at the end. */
  readonly write: (value: Value, options: Dict) => string
  readonly read?: (text: string, path: string) => Value
}

export const serializers: Readonly<Record<string, Serializer>> = {
  yaml: { write: writeYamlText, read: (text, path) => readYaml({ path, text }) },
  json: { write: writeJsonText, read: text => readJson(text) },
  python: { write: value => repr(value) },
  configparser: { write: writeIni, read: readIni },
}

function writeYamlText(value: Value, options: Dict): string {
  const flow = options.get('default_flow_style')
  const text = writeYaml(value, {
    flow: flow === undefined ? false : flow === null ? null : truthOf(flow),
    sortKeys: truthOf(options.get('sort_keys') ?? true),
    allowUnicode: truthOf(options.get('allow_unicode') ?? false),
    explicitStart: truthOf(options.get('explicit_start') ?? false),
    explicitEnd: truthOf(options.get('explicit_end') ?? false),
    ...numbers(options, ['width', 'indent']),
  })
  return text.replace(/\n\.\.\.\n$/, '').replace(/\n$/, '')
}

function numbers(options: Dict, names: readonly ('width' | 'indent')[]): { width?: number; indent?: number } {
  const found = names.map(name => [name, options.get(name)] as const)
  return Object.fromEntries(found.filter(([, value]) => typeof value === 'number'))
}

function writeJsonText(value: Value, options: Dict): string {
  const indent = options.has('indent') ? options.get('indent') : 2
  const separators = options.get('separators')
  const [item = ',', key = ': '] = Array.isArray(separators) ? separators.map(textOf) : []
  return writeJson(value, {
    indent: typeof indent === 'number' || typeof indent === 'string' ? indent : null,
    sortKeys: truthOf(options.get('sort_keys') ?? true),
    ensureAscii: truthOf(options.get('ensure_ascii') ?? true),
    separators: [item, key],
  })
}

/** Sections of pairs, as Python's configparser writes them. */
function writeIni(value: Value): string {
  if (!(value instanceof Dict)) throw executionError('configparser writes mappings of sections')
  const sections = [...value].map(([name, pairs]) => {
    const lines =
      pairs instanceof Dict ? [...pairs].map(([key, item]) => `${textOf(key).toLowerCase()} = ${textOf(item)}\n`) : []
    return `[${textOf(name)}]\n${lines.join('')}\n`
  })
  return sections.join('').replace(/\n$/, '')
}

function readIni(text: string): Value {
  const sections = new Dict()
  let section = new Dict()
  for (const line of text.split('\n')) {
    const name = /^\[([^\]]+)\]/.exec(line)?.[1]
    if (name !== undefined) {
      section = new Dict()
      sections.set(name, section)
      continue
    }
    const [, key, value] = /^\s*([^=:#;\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (key !== undefined) section.set(key.toLowerCase(), value ?? '')
  }
  return sections
}
