/** file.recurse: a folder with the files of a folder of the tree. */

import { dirname, isAbsolute, join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { readdirSync, readFileSync, rmSync, statSync } from '../../system/files.ts'
import { backupArgument, ownerArguments, templateArguments } from './arguments.ts'
import { modeText, type Ownership, ownerFault, ownershipOf, statsOf } from './attributes.ts'
import { isIncluded, requiredFiles, uncleanPaths } from './clean.ts'
import { templateContext } from './contents.ts'
import { makeFolder } from './directory.ts'
import { makeFolders } from './folders.ts'
import { manageFile, previewed, previewFile } from './manage.ts'
import { backupFolder } from './managed.ts'
import { faultText } from './os-error.ts'

export const recurse = defineState({
  does: 'Fills a folder with the files of a folder of the tree.',
  arguments: {
    source: {
      does: 'The salt:// address of the folder; the first of a list that is there.',
      type: 'text or list',
      required: true,
    },
    keep_source: { does: 'Accepted; sources are read where they are.', type: 'boolean', default: true },
    clean: { does: 'Removes what the source does not have.', type: 'boolean', default: false },
    ...ownerArguments,
    dir_mode: { does: 'The mode of the folders.', type: 'mode' },
    file_mode: { does: 'The mode of the files; keep takes those of the source.', type: 'mode' },
    sym_mode: { does: 'Accepted; links have no mode here.', type: 'mode' },
    ...templateArguments,
    replace: { does: 'Whether files that are there get the content.', type: 'boolean', default: true },
    include_empty: { does: 'Makes empty folders too.', type: 'boolean', default: false },
    ...backupArgument,
    include_pat: {
      does: 'Only paths that this matches: a glob, or E@ and a regular expression.',
      type: 'text or list',
    },
    exclude_pat: { does: 'No path that this matches.', type: 'text or list' },
    maxdepth: { does: 'How many folders deep; 0 is the files of the folder itself.', type: 'whole number' },
    keep_symlinks: { does: 'Accepted; links of the source are followed.', type: 'boolean', default: false },
    force_symlinks: { does: 'Accepted.', type: 'boolean', default: false },
  },
  otherArguments: 'Other arguments are names that templates see; mode is refused.',
  run: runRecurse,
})

interface Gathered {
  result: boolean | null
  readonly changes: Dict
  readonly comments: Map<string, string[]>
}

async function runRecurse(call: StateCall): Promise<StateReturn> {
  const { args, tools, test, name } = call
  const source = sourceFolder(call)
  if ('fault' in source) return failed(source.fault)
  const { user, group } = ownershipOf(args)
  const owners = ownerFault(tools.shell, { user, group, mode: null }, test)
  if (owners) return failed(owners)
  const there = statsOf(name)
  if (there && !there.isDirectory()) return failed(`The path ${name} exists and is not a directory`)
  if (!there && !test) makeFolders(tools.shell, name, { user, group, mode: args.mode('dir_mode') })
  const gathered: Gathered = { result: true, changes: new Dict(), comments: new Map() }
  const files = wantedFiles(call, source.address)
  for (const folder of wantedFolders(call, files, source.folder)) gather(gathered, folder, stateOfFolder(call, folder))
  for (const file of files) gather(gathered, file.path, await stateOfFile(call, file))
  if (args.flag('clean')) clean(call, files, gathered)
  return told(name, gathered)
}

type SourceFolder = { readonly address: string; readonly folder: string } | { readonly fault: string }

function sourceFolder({ args, tools, name }: StateCall): SourceFolder {
  if (args.others.has('mode'))
    return { fault: "'mode' is not allowed in 'file.recurse'. Please use 'file_mode' and 'dir_mode'." }
  if (!isAbsolute(name)) return { fault: `Specified file ${name} is not an absolute path` }
  const addresses = args.texts('source').map(address => address.replace(/\/+$/, ''))
  const bad = addresses.find(address => !address.startsWith('salt://'))
  if (bad !== undefined) return { fault: `Invalid source '${bad}' (must be a salt:// URI)` }
  for (const address of addresses) {
    const folder = tools.files.findFolder(address)
    if (folder !== null) return { address, folder }
    if (tools.files.find(address) !== null) {
      const bare = address.slice('salt://'.length)
      return { fault: `The directory '${bare}' does not exist on the salt fileserver in saltenv 'base'` }
    }
  }
  return { fault: 'Recurse failed: none of the specified sources were found' }
}

interface WantedFile {
  readonly path: string
  readonly address: string
  readonly file: string
}

function wantedFiles({ args, tools, name }: StateCall, address: string): WantedFile[] {
  const depth = args.numberOrNone('maxdepth')
  return tools.files
    .list(address)
    .filter(entry => depth === null || entry.name.split('/').length <= depth + 1)
    .filter(entry => isIncluded(entry.name, args.value('include_pat'), args.value('exclude_pat')))
    .map(entry => ({ path: join(name, entry.name), address: `${address}/${entry.name}`, file: entry.file }))
}

function wantedFolders(call: StateCall, files: readonly WantedFile[], folder: string): string[] {
  const { args, name } = call
  const folders = new Set(files.map(({ path }) => dirname(path)))
  if (args.flag('include_empty'))
    for (const inside of foldersBelow(folder))
      if (isIncluded(inside, args.value('include_pat'), args.value('exclude_pat'))) folders.add(join(name, inside))
  return [...folders]
}

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory()
      ? [entry.name, ...foldersBelow(join(folder, entry.name)).map(inside => join(entry.name, inside))]
      : [],
  )
}

function gather(gathered: Gathered, path: string, outcome: StateReturn): void {
  if (outcome.result === false || gathered.result === true) gathered.result = outcome.result
  if (outcome.result !== true && outcome.comment) {
    const comments = gathered.comments.get(path) ?? []
    gathered.comments.set(path, [...comments, textOf(outcome.comment)])
  }
  if (outcome.changes.size) gathered.changes.set(path, outcome.changes)
}

function stateOfFolder(call: StateCall, path: string): StateReturn {
  const { args, tools, test } = call
  const there = statsOf(path)
  if (there?.isDirectory()) return { result: true, changes: new Dict(), comment: '' }
  const changes = Dict.of([[path, Dict.of({ directory: 'new' })]])
  if (there && !args.flag('clean')) return failed(`Specified location ${path} exists and is a file`)
  if (test) {
    const comment = there
      ? `Replacing ${path} with a directory`
      : `The following files will be changed:\n${path}: directory - new\n`
    return { result: null, changes: there ? new Dict() : changes, comment }
  }
  if (there) rmSync(path)
  const { user, group } = ownershipOf(args)
  const ownership = { user, group, mode: args.mode('dir_mode') }
  const fault = makeFolder(tools.shell, { path, ownership, fileMode: null, makeParents: true })
  if (fault) return failed(fault)
  return { result: true, changes: there ? Dict.of({ diff: 'Replaced file with a directory' }) : changes, comment: '' }
}

async function stateOfFile(call: StateCall, wanted: WantedFile): Promise<StateReturn> {
  const { args, tools, test } = call
  const { path } = wanted
  try {
    if (statsOf(path)?.isDirectory()) {
      if (!args.flag('clean')) return failed(`Specified target ${path} is a directory`)
      if (test) return { result: null, changes: new Dict(), comment: `Replacing directory ${path} with a file` }
      rmSync(path, { recursive: true })
    }
    const replace = args.flag('replace') || !statsOf(path)
    const bytes = replace ? await bytesOf(call, wanted) : null
    const file = {
      shell: tools.shell,
      path,
      content: bytes && { bytes, fromSource: true },
      ownership: fileOwnership(call, wanted),
      folderMode: null,
      makeFolders: true,
      followLinks: true,
      showChanges: true,
      backupFolder: backupFolder(call, args.value('backup')),
    }
    return test ? previewed(path, previewFile(file)) : manageFile(file)
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed(`Unable to manage file: ${faultText(error)}`)
  }
}

function fileOwnership({ args }: StateCall, { file }: WantedFile): Ownership {
  const { user, group } = ownershipOf(args)
  const mode = args.mode('file_mode')
  return { user, group, mode: mode === 'keep' ? modeText(statSync(file).mode) : mode }
}

async function bytesOf(call: StateCall, { path, address, file }: WantedFile): Promise<Buffer> {
  const bytes = readFileSync(file)
  const engine = call.args.textOrNone('template')
  if (!engine) return bytes
  const named: Record<string, Value> = { name: path, source: address, saltenv: 'base' }
  const context = templateContext(call, named)
  return Buffer.from(await call.tools.render({ path: file, text: bytes.toString('utf8') }, context, engine))
}

function clean(call: StateCall, files: readonly WantedFile[], gathered: Gathered): void {
  const { name, test, args } = call
  const folders = args.flag('include_empty') ? wantedFolders(call, files, sourcePath(call)) : []
  const keep = new Set([...files.map(({ path }) => path), ...folders, ...requiredFiles(call, name)])
  const removed = uncleanPaths(name, keep, args.value('exclude_pat'))
  if (removed.length === 0) return
  if (test) {
    gathered.result = gathered.result === true ? null : gathered.result
    gathered.comments.set('removed', removed)
    return
  }
  for (const path of removed) rmSync(path, { recursive: true, force: true })
  gathered.changes.set('removed', removed)
}

function sourcePath(call: StateCall): string {
  const found = sourceFolder(call)
  return 'folder' in found ? found.folder : ''
}

function told(name: string, { result, changes, comments }: Gathered): StateReturn {
  const parts = [...comments].map(([path, lines]) => `\n#### ${path} ####\n${lines.join('\n')}`)
  const comment = parts.join('\n').trim()
  if (changes.size === 0 && result) return { result, changes, comment: `The directory ${name} is in the correct state` }
  return { result, changes, comment: comment || `Recursively updated ${name}` }
}
