/** cp.*: files of the tree. */
import { createHash } from 'node:crypto'
import { dirname, isAbsolute } from 'node:path'
import type { FunctionTools } from '../context/tools.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { slsNames } from '../language/source.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from '../system/files.ts'

const path = { does: 'The address: salt://… or a path.', type: 'text', required: true } as const
const dest = { does: 'Where it is put.', type: 'path', required: true } as const
const makedirs = { does: 'Makes the folders above it.', type: 'boolean', default: false } as const
const others = 'Accepted and ignored.'

const cacheFile = defineFunction({
  does: 'The path of a file of the tree on this machine; False where there is none.',
  acts: false,
  arguments: { path },
  otherArguments: others,
  call: ({ args, tools }) => located(args.text('path'), tools),
})

export const functions: FunctionTable = {
  get_file_str: defineFunction({
    does: 'The text of a file; False where there is none.',
    acts: false,
    arguments: { path },
    otherArguments: others,
    call: ({ args, tools }) => {
      const file = located(args.text('path'), tools)
      return file === false ? false : readFileSync(file as string, 'utf8')
    },
  }),
  cache_file: cacheFile,
  is_cached: cacheFile,
  cache_local_file: cacheFile,
  get_file: defineFunction({
    does: 'Copies a file of the tree; the path of the copy, or an empty text.',
    acts: true,
    arguments: { path, dest, makedirs },
    otherArguments: others,
    call: ({ args, tools }) => {
      const file = located(args.text('path'), tools)
      if (file === false) return ''
      if (args.flag('makedirs')) mkdirSync(dirname(args.text('dest')), { recursive: true })
      copyFileSync(file as string, args.text('dest'))
      return args.text('dest')
    },
  }),
  get_template: defineFunction({
    does: 'Renders a file of the tree into another; the path of that, or an empty text.',
    acts: true,
    arguments: { path, dest, template: { does: 'The engine.', type: 'text', default: 'jinja' }, makedirs },
    otherArguments: 'Values for the template.',
    call: ({ args, tools }) => {
      const file = located(args.text('path'), tools)
      if (file === false) return ''
      const text = tools.render(
        { path: args.text('path'), text: readFileSync(file as string, 'utf8') },
        args.others,
        args.text('template'),
      )
      if (args.flag('makedirs')) mkdirSync(dirname(args.text('dest')), { recursive: true })
      writeFileSync(args.text('dest'), text)
      return args.text('dest')
    },
  }),
  hash_file: defineFunction({
    does: 'The digest of a file of the tree.',
    acts: false,
    arguments: { path },
    otherArguments: others,
    call: ({ args, tools }) => {
      const file = located(args.text('path'), tools)
      if (file === false) return new Dict()
      const hsum = createHash('sha256')
        .update(readFileSync(file as string))
        .digest('hex')
      return Dict.of({ hsum, hash_type: 'sha256' })
    },
  }),
  list_states: defineFunction({
    does: 'The names of all state files.',
    acts: false,
    arguments: {},
    otherArguments: others,
    call: ({ tools }) => slsNames(tools.files),
  }),
  list_master: defineFunction({
    does: 'The addresses of all files below a prefix.',
    acts: false,
    arguments: {
      saltenv: { does: 'Accepted and ignored.', type: 'text' },
      prefix: { does: 'The prefix.', type: 'text', default: '' },
    },
    call: ({ args, tools }) => {
      const prefix = args.text('prefix')
      return tools.files.list(prefix).map(({ name }) => (prefix === '' ? name : `${prefix.replace(/\/$/, '')}/${name}`))
    },
  }),
}

function located(address: string, tools: FunctionTools): Value {
  if (isAbsolute(address)) return address
  return tools.files.find(address.replace(/^file:\/\//, '')) ?? false
}
