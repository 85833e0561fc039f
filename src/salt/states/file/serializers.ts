/** The formats that file.serialize writes and reads. */

import { textOf, truthOf } from '../../definition/values.ts'
import { readIni, writeIni } from '../../formats/ini.ts'
import { readKeyValue, writeKeyValue } from '../../formats/key-value.ts'
import { readMsgpack, writeMsgpack } from '../../formats/msgpack.ts'
import { readPlist, writePlist } from '../../formats/plist.ts'
import { readToml } from '../../formats/toml-read.ts'
import { writeToml } from '../../formats/toml-write.ts'
import { prettyText } from '../../jinja/pretty.ts'
import type { Dict } from '../../python/dict.ts'
import { readJson, writeJson } from '../../python/json.ts'
import type { Value } from '../../python/value.ts'
import { readYaml, writeYaml } from '../../yaml/index.ts'

export interface Serializer {
  /** Texts without a line break at the end where the format does not ask for one; bytes are the file as it is. */
  readonly write: (value: Value, options: Dict) => string | Buffer
  readonly read?: (bytes: Buffer, path: string, options: Dict) => Value
}

export const serializers: Readonly<Record<string, Serializer>> = {
  yaml: { write: writeYamlText, read: (bytes, path) => readYaml({ path, text: String(bytes) }) },
  json: { write: writeJsonText, read: bytes => readJson(String(bytes)) },
  python: { write: prettyText },
  configparser: { write: writeIni, read: bytes => readIni(String(bytes)) },
  toml: { write: writeToml, read: bytes => readToml(String(bytes)) },
  plist: {
    write: (value, options) => writePlist(value, { sortKeys: truthOf(options.get('sort_keys') ?? true) }),
    read: bytes => readPlist(String(bytes)),
  },
  msgpack: { write: writeMsgpack, read: readMsgpack },
  keyvalue: { write: writeKeyValue, read: (bytes, _, options) => readKeyValue(String(bytes), options) },
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
