/** slsutil.*: merging, rendering and formats, for templates. */

import { dirname, join } from 'node:path'
import type { FunctionTools } from '../context/tools.ts'
import type { Args } from '../definition/args.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError, invocationError } from '../definition/exceptions.ts'
import { joined, merged, mergedBy, strategyOf } from '../definition/merge.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { readJson } from '../python/json.ts'
import type { Value } from '../python/value.ts'
import { serializers } from '../states/file/serializers.ts'
import { readFileSync } from '../system/files.ts'
import { readYaml } from '../yaml/index.ts'

const obj = { does: 'A value.', type: 'any', required: true } as const
const mergeLists = { does: 'Appends lists instead of replacing them.', type: 'boolean', default: false } as const
const strategy = {
  does: 'smart and recurse merge nested mappings, overwrite and aggregate replace what is uppermost, list makes lists of both.',
  type: 'text',
  default: 'smart',
} as const
const renderer = { does: 'Accepted.', type: 'any', default: 'yaml' } as const
const path = { does: 'A path below the tree.', type: 'text', required: true } as const
const saltenv = { does: 'Accepted.', type: 'any' } as const

export const functions: FunctionTable = {
  update: defineFunction({
    does: 'Lays one mapping over another.',
    acts: false,
    arguments: {
      dest: obj,
      upd: obj,
      recursive_update: { does: 'Merges mappings inside.', type: 'boolean', default: true },
      merge_lists: mergeLists,
    },
    call: ({ args }) => {
      const [dest, upd] = [args.mapping('dest'), args.mapping('upd')]
      if (args.flag('recursive_update')) return merged(dest, upd, { lists: args.flag('merge_lists') })
      return Dict.of([...dest, ...upd])
    },
  }),
  merge: defineFunction({
    does: 'Merges two values.',
    acts: false,
    arguments: { obj_a: obj, obj_b: obj, strategy, renderer, merge_lists: mergeLists },
    call: ({ args }) => mergedAs(args, args.value('obj_a'), args.value('obj_b')),
  }),
  merge_all: defineFunction({
    does: 'Merges several values.',
    acts: false,
    arguments: {
      lst: { does: 'The values.', type: 'list', required: true },
      strategy,
      renderer,
      merge_lists: mergeLists,
    },
    call: ({ args }) => args.list('lst').reduce<Value>((sum, value) => mergedAs(args, sum, value), new Dict()),
  }),
  renderer: defineFunction({
    does: 'Renders a file of the tree, or a text, to data.',
    acts: false,
    arguments: {
      path: { does: 'The file.', type: 'text' },
      string: { does: 'The text.', type: 'text' },
      default_renderer: { does: 'The renderers where the text names none.', type: 'text', default: 'jinja|yaml' },
    },
    otherArguments: 'Values for the template.',
    call: ({ args, tools }) => rendered(args, tools),
  }),
  serialize: defineFunction({
    does: 'A value as a text (yaml, json, toml, configparser, keyvalue, python) or as bytes (plist, msgpack).',
    acts: false,
    arguments: { serializer: { does: 'The format.', type: 'text', required: true }, obj },
    otherArguments: 'Options of the format.',
    call: ({ args }) => {
      const written = format(args).write(args.value('obj'), optionsOf(args))
      return typeof written === 'string' ? written : new Uint8Array(written)
    },
  }),
  deserialize: defineFunction({
    does: 'The value of a text.',
    acts: false,
    arguments: { serializer: { does: 'The format.', type: 'text', required: true }, stream_or_string: obj },
    otherArguments: 'Options of the format.',
    call: ({ args }) => {
      const { read } = format(args)
      if (!read) throw executionError(`${args.text('serializer')} cannot be read`)
      const source = args.value('stream_or_string')
      return read(Buffer.from(source instanceof Uint8Array ? source : textOf(source)), '<string>', args.others)
    },
  }),
  boolstr: defineFunction({
    does: 'One of two words, by the truth of a value.',
    acts: false,
    arguments: {
      value: obj,
      true: { does: 'The word for true.', type: 'any', default: 'true' },
      false: { does: 'The word for false.', type: 'any', default: 'false' },
    },
    call: ({ args }) => args.value(truthOf(args.value('value')) ? 'true' : 'false'),
  }),
  banner: defineFunction({
    does: 'A frame of comment lines with a title and a text.',
    acts: false,
    arguments: {
      width: { does: 'Characters of a line.', type: 'whole number', default: 72 },
      commentchar: { does: 'What a line begins with.', type: 'text', default: '#' },
      borderchar: { does: 'What the frame is made of.', type: 'text', default: '#' },
      blockstart: { does: 'A line before it.', type: 'text' },
      blockend: { does: 'A line after it.', type: 'text' },
      title: { does: 'The title, in the middle.', type: 'text' },
      text: { does: 'The text.', type: 'text' },
      newline: { does: 'Ends with a line break.', type: 'boolean', default: false },
    },
    call: ({ args }) => banner(args),
  }),
  findup: defineFunction({
    does: 'The path of the nearest of these files at or above a path of the tree.',
    acts: false,
    arguments: {
      startpath: { does: 'Where the search begins.', type: 'text', required: true },
      filenames: { does: 'The names.', type: 'text or list', required: true },
      saltenv,
    },
    call: ({ args, tools }) => foundUp(args, tools),
  }),
  file_exists: defineFunction({
    does: 'Whether the tree has a file.',
    acts: false,
    arguments: { path, saltenv },
    call: ({ args, tools }) => tools.files.find(args.text('path')) !== null,
  }),
  dir_exists: defineFunction({
    does: 'Whether the tree has a folder.',
    acts: false,
    arguments: { path, saltenv },
    call: ({ args, tools }) => tools.files.findFolder(args.text('path')) !== null,
  }),
  path_exists: defineFunction({
    does: 'Whether the tree has a file or a folder.',
    acts: false,
    arguments: { path, saltenv },
    call: ({ args, tools }) =>
      tools.files.find(args.text('path')) !== null || tools.files.findFolder(args.text('path')) !== null,
  }),
}

function mergedAs(args: Args, a: Value, b: Value): Value {
  const lists = args.flag('merge_lists')
  if (a instanceof Dict && b instanceof Dict) return mergedBy(strategyOf(args.text('strategy')), a, b, { lists })
  return lists && Array.isArray(a) && Array.isArray(b) ? joined(a, b) : b
}

function format(args: Args) {
  const name = args.text('serializer')
  const found = Object.hasOwn(serializers, name) ? serializers[name] : undefined
  if (!found) throw executionError(`Unknown serializer '${name}'`)
  return found
}

/** Unlike file.serialize, without any options of its own. */
function optionsOf(args: Args): Dict {
  if (args.text('serializer') !== 'json') return args.others
  return Dict.of([['indent', null], ['sort_keys', false], ['separators', [', ', ': ']], ...args.others])
}

function rendered(args: Args, tools: FunctionTools): Value {
  const name = args.textOrNone('path')
  const string = args.textOrNone('string')
  if ((name === null) === (string === null)) throw invocationError('Must pass either path or string')
  const file = name === null ? '<string>' : name.startsWith('/') ? name : tools.files.find(name)
  if (file === null) throw executionError(`Source file ${name} not found`)
  const source = string ?? readFileSync(file, 'utf8')
  const shebang = /^#!(.*)\n?/.exec(source)
  const pipe = (shebang?.[1] ?? args.text('default_renderer')).split('|').map(part => part.trim().split(' ')[0] ?? '')
  const text = pipe.includes('jinja') ? tools.render({ path: file, text: source }, args.others) : source
  if (pipe.at(-1) === 'json') return readJson(text)
  return pipe.at(-1) === 'yaml' ? readYaml({ path: file, text }) : text
}

function banner(args: Args): string {
  const [comment, border] = [args.text('commentchar'), args.text('borderchar')]
  const width = args.number('width')
  const title = args.textOrNone('title') ?? 'THIS FILE IS MANAGED BY SALT - DO NOT EDIT'
  const text =
    args.textOrNone('text') ??
    'The contents of this file are managed by Salt. Any changes to this file may be overwritten automatically and without warning.'
  const inner = width - 2 * comment.length - 2
  const frame = comment + border.repeat(Math.max(0, width - 2 * comment.length)) + comment.split('').reverse().join('')
  const line = (words: string) => `${comment} ${words.padEnd(inner)} ${comment.split('').reverse().join('')}`
  const centred = `${' '.repeat(Math.max(0, Math.floor((inner - title.length) / 2)))}${title}`
  const lines = [frame, line(centred), ...(text ? [line(''), ...wrapped(text, inner).map(line)] : []), frame]
  const [start, end] = [args.textOrNone('blockstart'), args.textOrNone('blockend')]
  const all = [...(start ? [start] : []), ...lines, ...(end ? [end] : [])]
  return all.join('\n') + (args.flag('newline') ? '\n' : '')
}

function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap(paragraph => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
}

function foundUp(args: Args, tools: FunctionTools): string {
  const names = args.texts('filenames')
  for (let folder = args.text('startpath').replace(/\/+$/, ''); ; folder = dirname(folder)) {
    for (const name of names) {
      const candidate = folder === '.' ? name : join(folder, name)
      if (tools.files.find(candidate) !== null) return candidate
    }
    if (folder === '.' || folder === '/' || folder === '') break
  }
  const start = args.text('startpath')
  throw executionError(`File pattern(s) not found in path ancestry: ${names.map(textOf).join(', ')} from ${start}`)
}
