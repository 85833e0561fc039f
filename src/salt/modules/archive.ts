/** archive.*: archives, made and unpacked. */

import { program } from '../../shell/programs.ts'
import { textOf as textOfBytes } from '../../shell/shell.ts'
import type { FunctionTools } from '../context/tools.ts'
import type { Args } from '../definition/args.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { type Contents, formatOf, tarContents, tarListCommands, zipContents } from '../states/archive/contents.ts'
import { readZip, unpackZip } from '../states/archive/zip.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { mkdirSync } from '../system/files.ts'
import { shellWords } from '../system/shell-words.ts'
import { globbed } from './file/look.ts'

const cwd = { does: 'The folder that it runs in.', type: 'path' } as const
const runas = { does: 'The account that it runs as.', type: 'text' } as const
const template = { does: 'Accepted.', type: 'text' } as const
const options = { does: 'Options of the program.', type: 'text', default: '' } as const

export const functions: FunctionTable = {
  tar: defineFunction({
    does: 'Runs tar(1); the lines that it prints.',
    acts: true,
    arguments: {
      options: { does: 'Its options: czf, xzf, …', type: 'text', required: true },
      tarfile: { does: 'The archive.', type: 'path', required: true },
      sources: { does: 'What is packed: paths, with * and ?.', type: 'text or list' },
      dest: { does: 'The folder that it is unpacked into.', type: 'path' },
      cwd,
      template,
      runas,
    },
    call: ({ args, tools }) => {
      const dest = args.textOrNone('dest')
      const [first = '', ...more] = shellWords(args.text('options'))
      const words = [first.startsWith('-') ? first : `-${first}`, ...more]
      const place = dest ?? args.textOrNone('cwd') ?? args.text('tarfile')
      return ran(args, tools, place, [
        'tar',
        ...words,
        args.text('tarfile'),
        ...sourcesOf(args),
        ...(dest ? ['-C', dest] : []),
      ])
    },
  }),
  gzip: packer('Packs a file with gzip(1).', 'gzip', 'sourcefile'),
  gunzip: packer('Unpacks a file with gunzip(1).', 'gunzip', 'gzipfile'),
  unzip: unzip(),
  cmd_unzip: unzip(),
  zip: zip(),
  cmd_zip: zip(),
  list: defineFunction({
    does: 'What an archive holds; with verbose, by kind.',
    acts: false,
    arguments: {
      name: { does: 'The archive.', type: 'path', required: true },
      archive_format: { does: 'tar or zip.', type: 'text' },
      options,
      strip_components: { does: 'How many folders are cut from the names.', type: 'whole number' },
      clean: { does: 'Accepted.', type: 'boolean', default: false },
      verbose: { does: 'Tells folders, files and links apart.', type: 'boolean', default: false },
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => listed(args, tools),
  }),
  is_encrypted: defineFunction({
    does: 'Whether a zip file is encrypted.',
    acts: false,
    arguments: { name: { does: 'The archive.', type: 'path', required: true } },
    otherArguments: 'Accepted and ignored.',
    call: ({ args }) => readZip(args.text('name')).entries.some(entry => entry.encrypted),
  }),
}

function packer(does: string, program: string, argument: string) {
  return defineFunction({
    does,
    acts: true,
    arguments: { [argument]: { does: 'The file.', type: 'path', required: true }, template, runas, options },
    call: ({ args, tools }) =>
      ran(args, tools, args.text(argument), [program, ...shellWords(args.text('options')), '--', args.text(argument)]),
  })
}

function unzip() {
  return defineFunction({
    does: 'Unpacks a zip file; the names of what it holds.',
    acts: true,
    arguments: {
      zip_file: { does: 'The archive.', type: 'path', required: true },
      dest: { does: 'The folder.', type: 'path', required: true },
      excludes: { does: 'Accepted.', type: 'text or list' },
      options,
      template,
      runas,
      trim_output: { does: 'How many names are given.', type: 'any', default: false },
      password: { does: 'Encrypted archives are not unpacked here.', type: 'text' },
      extract_perms: { does: 'Keeps modes.', type: 'boolean', default: true },
    },
    call: ({ args }) => {
      mkdirSync(args.text('dest'), { recursive: true })
      const names = unpackZip(args.text('zip_file'), args.text('dest'), { keepModes: args.flag('extract_perms') })
      const trim = args.value('trim_output')
      return typeof trim === 'number' ? names.slice(0, trim) : names
    },
  })
}

function zip() {
  return defineFunction({
    does: 'Packs files with zip(1); the lines that it prints.',
    acts: true,
    arguments: {
      zip_file: { does: 'The archive.', type: 'path', required: true },
      sources: { does: 'What is packed.', type: 'text or list', required: true },
      template,
      cwd,
      runas,
      zip64: { does: 'Accepted.', type: 'boolean', default: false },
    },
    call: ({ args, tools }) =>
      ran(args, tools, args.text('zip_file'), ['zip', '-r', args.text('zip_file'), ...sourcesOf(args)]),
  })
}

function sourcesOf(args: Args): string[] {
  const value = args.value('sources')
  const sources = typeof value === 'string' ? value.split(',') : args.texts('sources')
  const folder = args.textOrNone('cwd')
  return sources
    .map(source => source.trim())
    .filter(source => source !== '')
    .flatMap(source => {
      if (!/[*?[]/.test(source)) return [source]
      const found = globbed(folder && !source.startsWith('/') ? `${folder}/${source}` : source)
      return folder && !source.startsWith('/') ? found.map(path => path.slice(folder.length + 1)) : found
    })
}

/** `place` is where it reads and writes: who may write there is who it runs as. */
function ran(args: Args, tools: FunctionTools, place: string, argv: readonly [string, ...string[]]): Value {
  const folder = args.textOrNone('cwd')
  const as = asAccountAt(tools.shell, place, args.textOrNone('runas'))
  const ended = tools.shell.runSync({
    argv: [program(argv[0]), ...argv.slice(1)],
    timeoutSeconds: tools.commandTimeoutSeconds,
    ...(folder ? { cwd: folder } : {}),
    ...as,
  })
  if (ended.status !== 0)
    throw executionError(
      ended.spawnError ?? `${argv.map(textOf).join(' ')} failed: ${textOfBytes(ended.stderr).trim()}`,
    )
  return textOfBytes(ended.stdout)
    .split('\n')
    .filter(line => line !== '')
}

function listed(args: Args, tools: FunctionTools): Value {
  const file = args.text('name')
  const format = args.textOrNone('archive_format') ?? formatOf(file)
  const contents = format === 'zip' ? zipContents(file) : tarListed(file, tools)
  const cut = args.numberOrNone('strip_components') ?? 0
  const names = (list: readonly string[]) =>
    list.map(name => name.split('/').slice(cut).join('/')).filter(name => name !== '')
  const folders = names(contents.folders).map(name => `${name}/`)
  if (!args.flag('verbose')) return [...folders, ...names(contents.files), ...names(contents.links)].sort()
  return Dict.of({
    dirs: folders,
    files: names(contents.files),
    links: names(contents.links),
    top_level_dirs: contents.topFolders.map(name => `${name}/`),
    top_level_files: [...contents.topFiles],
    top_level_links: contents.links.filter(name => !name.includes('/')),
  })
}

function tarListed(file: string, tools: FunctionTools): Contents {
  const [names, verbose] = tarListCommands(file)
  return tarContents(file, tools.shell.runSync(names), tools.shell.runSync(verbose))
}
