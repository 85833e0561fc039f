/** file.serialize: a file with a value, written as YAML, JSON or another format. */

import type { Args } from '../../definition/args.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { merged } from '../../definition/merge.ts'
import { failed, succeeded } from '../../definition/outcome.ts'
import { traverse } from '../../definition/traverse.ts'
import { truthOf } from '../../definition/values.ts'
import { equals } from '../../python/compare.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { readFileSync } from '../../system/files.ts'
import { backupArgument, ownerArguments } from './arguments.ts'
import { ownerFault, ownershipOf, statsOf } from './attributes.ts'
import { manageFile, previewFile } from './manage.ts'
import { backupFolder } from './managed.ts'
import { serializers } from './serializers.ts'

export const serialize = defineState({
  does: 'Writes a value to a file as YAML, JSON, TOML or another format.',
  arguments: {
    dataset: { does: 'The value.', type: 'any' },
    dataset_pillar: { does: 'The value is this one of the pillar.', type: 'text' },
    ...ownerArguments,
    mode: { does: 'The mode, octal.', type: 'mode' },
    ...backupArgument,
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    show_changes: { does: 'Shows a diff of what changed.', type: 'boolean', default: true },
    create: { does: 'Whether a file that is not there is made.', type: 'boolean', default: true },
    merge_if_exists: { does: 'Lays the value over the one that the file has.', type: 'boolean', default: false },
    encoding: { does: 'Given, letters beyond ASCII are written as they are; always UTF-8.', type: 'text' },
    encoding_errors: { does: 'Accepted.', type: 'text', default: 'strict' },
    serializer: {
      does: 'The format: yaml (the default), json, toml, plist, msgpack, configparser, keyvalue or python.',
      type: 'text',
    },
    formatter: { does: 'The old name of serializer.', type: 'text' },
    serializer_opts: { does: 'Options of the format: indent, sort_keys, …', type: 'any' },
    deserializer_opts: { does: 'Options of reading what is there, with merge_if_exists.', type: 'any' },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runSerialize,
})

function runSerialize(call: StateCall): StateReturn {
  const { args, name, tools, test } = call
  if (!args.flag('create') && !statsOf(name)?.isFile())
    return succeeded(`File ${name} is not present and is not set for creation`)
  const dataset = datasetOf(call)
  if ('fault' in dataset) return failed(dataset.fault)
  const [asked, older] = [args.textOrNone('serializer'), args.textOrNone('formatter')]
  if (asked && older) return failed('Only one of serializer and formatter are allowed')
  const format = (asked || older || 'yaml').toLowerCase()
  const serializer = Object.hasOwn(serializers, format) ? serializers[format] : undefined
  if (!serializer) {
    const why = 'It either does not exist or its prerequisites are not installed.'
    return failed(`The ${format} serializer could not be found. ${why}`)
  }
  const owners = ownerFault(tools.shell, ownershipOf(args), test)
  if (owners) return failed(owners)
  const merges = args.flag('merge_if_exists') && statsOf(name)?.isFile()
  if (merges && !serializer.read) return failed(`merge_if_exists is not supported for the ${format} serializer`)
  let existing: Value = null
  try {
    if (merges && serializer.read)
      existing = serializer.read(readFileSync(name), name, args.mapping('deserializer_opts'))
  } catch (error) {
    return failed(`Failed to deserialize existing data: ${(error as Error).message}`)
  }
  const value =
    existing instanceof Dict && dataset.value instanceof Dict ? merged(existing, dataset.value) : dataset.value
  if (existing !== null && equals(existing, value)) return succeeded(`The file ${name} is in the correct state`)
  const text = serializer.write(value, optionsOf(args))
  const outcome = written(call, typeof text === 'string' ? Buffer.from(`${text}\n`) : text)
  if (existing instanceof Dict && value instanceof Dict && outcome.result !== false)
    outcome.changes.set('diff', differences(existing, value))
  return withWarnings(call, outcome)
}

function withWarnings({ args }: StateCall, outcome: StateReturn): StateReturn {
  if (args.value('deserializer_opts') === null || args.flag('merge_if_exists')) return outcome
  return { ...outcome, warnings: ["The 'deserializer_opts' option is ignored unless merge_if_exists is set to True."] }
}

function datasetOf({ args, tools }: StateCall): { value: Value } | { fault: string } {
  const own = args.value('dataset')
  const key = args.textOrNone('dataset_pillar')
  if (truthOf(own) && key) return { fault: "Only one of 'dataset' and 'dataset_pillar' is permitted" }
  const value = key ? (traverse(tools.pillar, key) ?? '') : own
  return value === null ? { fault: "Neither 'dataset' nor 'dataset_pillar' was defined" } : { value }
}

/** With an encoding, YAML and JSON keep letters beyond ASCII. */
function optionsOf(args: Args): Dict {
  const encoded = args.textOrNone('encoding') ? Dict.of({ allow_unicode: true, ensure_ascii: false }) : new Dict()
  return Dict.of([...encoded, ...args.mapping('serializer_opts')])
}

function written(call: StateCall, bytes: Buffer): StateReturn {
  const { args, name, tools, test } = call
  const file = {
    shell: tools.shell,
    path: name,
    content: { bytes, fromSource: false },
    ownership: ownershipOf(args),
    folderMode: null,
    makeFolders: args.flag('makedirs'),
    followLinks: true,
    showChanges: args.flag('show_changes'),
    backupFolder: backupFolder(call, args.value('backup')),
  }
  if (!test) return manageFile(file)
  const changes = previewFile(file)
  if (changes.size === 0) return { result: true, changes, comment: `The file ${name} is in the correct state` }
  return { result: null, changes, comment: `Dataset will be serialized and stored into ${name}` }
}

/** Each key that became different, with its old and new value. */
function differences(before: Dict, after: Dict): Dict {
  const found = new Dict()
  for (const [key, value] of after) {
    const old = before.get(key)
    if (old === undefined) found.set(key, Dict.of({ new: value, old: '<_null_>' }))
    else if (!equals(old, value)) {
      const both = old instanceof Dict && value instanceof Dict
      found.set(key, both ? differences(old, value) : Dict.of({ new: value, old }))
    }
  }
  return found
}
