/** archive.extracted: what an archive holds, in a folder. */

import { isAbsolute, join } from 'node:path'
import { program } from '../../../shell/programs.ts'
import { textOf } from '../../../shell/shell.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { executionError } from '../../definition/exceptions.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { lstatSync, mkdtempSync, moveInto, rmSync } from '../../system/files.ts'
import { shellWords } from '../../system/shell-words.ts'
import { isGuarded } from '../../system/way.ts'
import { applyOwnership, gidOf, statsOf, uidOf } from '../file/attributes.ts'
import { walk } from '../file/clean.ts'
import { makeFolders } from '../file/folders.ts'
import { chooseSource, fetchSource } from '../file/source.ts'
import { type Contents, type Format, formatOf, tarContents, tarListCommands, zipContents } from './contents.ts'
import { unpackZip } from './zip.ts'

export const extracted = defineState({
  does: 'Unpacks an archive into a folder that does not have all of it yet.',
  arguments: {
    source: {
      does: 'The archive: a salt:// address, a path, an address of the web; the first of a list.',
      type: 'text or list',
      required: true,
    },
    source_hash: { does: 'Its hash.', type: 'text' },
    source_hash_name: { does: 'The name under which source_hash lists it.', type: 'text' },
    source_hash_update: { does: 'Accepted.', type: 'boolean', default: false },
    skip_files_list_verify: { does: 'Accepted.', type: 'boolean', default: false },
    skip_verify: { does: 'Takes an archive of the web without a hash.', type: 'boolean', default: false },
    password: { does: 'Encrypted archives are not unpacked here.', type: 'text' },
    options: { does: 'Options of tar(1).', type: 'text' },
    list_options: { does: 'Accepted.', type: 'text' },
    force: { does: 'Removes what is of another kind than in the archive.', type: 'boolean', default: false },
    overwrite: { does: 'Unpacks even where all is there.', type: 'boolean', default: false },
    clean: { does: 'Removes what the archive has uppermost first.', type: 'boolean', default: false },
    clean_parent: { does: 'Empties the folder first.', type: 'boolean', default: false },
    user: { does: 'The owner of what is unpacked.', type: 'text' },
    group: { does: 'Its group.', type: 'text' },
    if_missing: { does: 'Unpacks only where this path is not there.', type: 'path' },
    trim_output: { does: 'How many files are told; false: all.', type: 'any', default: false },
    use_cmd_unzip: { does: 'Accepted.', type: 'any' },
    extract_perms: { does: 'Keeps modes of zip files.', type: 'boolean', default: true },
    enforce_toplevel: {
      does: 'Refuses an archive with more than one folder uppermost.',
      type: 'boolean',
      default: true,
    },
    enforce_ownership_on: { does: 'The path below which owner and group are set.', type: 'path' },
    archive_format: { does: 'tar or zip; default: by the name.', type: 'text' },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runExtracted,
})

async function runExtracted(call: StateCall): Promise<StateReturn> {
  const { args, tools } = call
  if (!isAbsolute(call.name)) return failed(`${call.name} is not an absolute path`)
  const folder = call.name.endsWith('/') ? call.name : `${call.name}/`
  if (statsOf(folder.slice(0, -1)) && !statsOf(folder.slice(0, -1))?.isDirectory())
    return failed(`${folder.slice(0, -1)} exists and is not a directory`)
  const owners = ownerFault(call)
  if (owners) return failed(owners)
  const guard = args.textOrNone('if_missing')
  if (guard && statsOf(guard, false)) return succeeded(`Path ${guard} exists`)
  const source = sourceOf(call, folder)
  if ('fault' in source) return failed(source.fault)
  const format = formatNamed(args.textOrNone('archive_format')) ?? formatOf(source.address)
  if (!format) {
    const advice = 'Please set this archive_format to one of the following: tar, zip'
    return failed(`Could not guess archive_format from the value of the 'source' argument. ${advice}`)
  }
  try {
    return await unpackWhereNeeded(call, { ...source, format, folder })
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed((error as Error).message)
  }
}

function ownerFault({ args, tools }: StateCall): string | null {
  const [user, group] = [args.textOrNone('user'), args.textOrNone('group')]
  if (user && uidOf(tools.shell, user) === null) return `User ${user} does not exist`
  return group && gidOf(tools.shell, group) === null ? `Group ${group} does not exist` : null
}

function formatNamed(name: string | null): Format | null {
  return name === 'tar' || name === 'zip' ? name : null
}

type Found = { readonly address: string; readonly file: string } | { readonly fault: string }

function sourceOf({ args, tools }: StateCall, folder: string): Found {
  try {
    const wanted = chooseSource(args.value('source'), args.textOrNone('source_hash') || null, tools)
    if (!wanted) return { fault: 'A source is required' }
    const options = {
      skipVerify: args.flag('skip_verify'),
      hashName: args.textOrNone('source_hash_name'),
      target: folder,
    }
    const source = fetchSource(wanted, tools, options)
    if (typeof source !== 'string') return source
    return { fault: source.startsWith('Local file source') ? `Source file '${wanted.address}' does not exist` : source }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

interface Archive {
  readonly address: string
  readonly file: string
  readonly format: Format
  /** Ends with "/". */
  readonly folder: string
}

async function unpackWhereNeeded(call: StateCall, archive: Archive): Promise<StateReturn> {
  const { args, test } = call
  const contents = await listed(call, archive)
  if (args.flag('enforce_toplevel') && (contents.topFolders.length > 1 || contents.topFiles.length > 0))
    return failed(bombText(archive))
  const { missing, wrong } = compared(archive.folder, contents)
  if (wrong.length && !args.flag('force')) {
    const what = 'exist, but are the incorrect type (file instead of directory, symlink instead of file, etc.)'
    return failed(
      `The below paths (relative to ${archive.folder}) ${what}. To proceed with extraction, set 'force' to True. Note that this will remove these paths before extracting.\n\n${wrong.join('\n')}`,
    )
  }
  const needed = args.flag('overwrite') || missing || wrong.length > 0 || args.textOrNone('if_missing') !== null
  if (!needed) {
    const comment = 'All files in archive are already present'
    return ownership(call, archive, contents, { changes: new Dict(), comment })
  }
  const reason = missing ? ', due to absence of one or more files/dirs' : ''
  if (test) {
    const cleaning = args.flag('clean') ? ', after cleaning destination path(s)' : ''
    return wouldChange(`Archive ${archive.address} would be extracted to ${archive.folder}${cleaning}${reason}`)
  }
  const changes = new Dict()
  clean(call, archive.folder, contents, wrong)
  if (!statsOf(archive.folder)) {
    makeFolders(call.tools.shell, archive.folder.slice(0, -1), {
      user: args.textOrNone('user'),
      group: args.textOrNone('group'),
      mode: null,
    })
    changes.set('directories_created', [archive.folder])
  }
  const files = await unpacked(call, archive, contents)
  const trim = args.value('trim_output')
  changes.set('extracted_files', typeof trim === 'number' ? files.slice(0, trim) : files)
  const told = trim === true ? 'True' : trim === false ? 'False' : String(trim)
  const comment = `${archive.address} extracted to ${archive.folder}${reason}. Output was trimmed to ${told} number of lines`
  return ownership(call, archive, contents, { changes, comment })
}

async function listed({ tools }: StateCall, { file, format }: Archive): Promise<Contents> {
  if (format === 'zip') return zipContents(file)
  const [names, verbose] = tarListCommands(file)
  return tarContents(file, await tools.shell.run(names), await tools.shell.run(verbose))
}

function bombText({ format, folder }: Archive): string {
  return `Archive does not have a single top-level directory. To allow this archive to be extracted, set 'enforce_toplevel' to False. To avoid a '${format}-bomb' it may also be advisable to set a top-level directory by adding it to the 'name' value (for example, setting 'name' to ${folder}some_dir instead of ${folder}).`
}

function compared(folder: string, contents: Contents): { missing: boolean; wrong: string[] } {
  let missing = false
  const wrong: string[] = []
  const look = (names: readonly string[], fits: (stats: ReturnType<typeof statsOf>) => boolean) => {
    for (const name of names) {
      const stats = statsOf(join(folder, name), false)
      if (!stats) missing = true
      else if (!fits(stats)) wrong.push(name)
    }
  }
  look(contents.folders, stats => stats?.isDirectory() === true)
  look(contents.files, stats => stats?.isDirectory() === false && !stats.isSymbolicLink())
  look(contents.links, stats => stats?.isSymbolicLink() === true)
  return { missing, wrong }
}

function clean({ args }: StateCall, folder: string, contents: Contents, wrong: readonly string[]): void {
  const doomed = args.flag('clean') ? [...contents.topFolders, ...contents.topFiles] : wrong
  for (const name of doomed) rmSync(join(folder, name), { recursive: true, force: true })
  if (args.flag('clean_parent') && statsOf(folder))
    for (const path of walk(folder.slice(0, -1), 1)[0]?.paths ?? []) rmSync(path, { recursive: true, force: true })
}

async function unpacked(call: StateCall, archive: Archive, contents: Contents): Promise<string[]> {
  const { args, tools } = call
  if (archive.format === 'zip')
    return unpackZip(archive.file, archive.folder, { keepModes: args.flag('extract_perms') })
  const options = args.text('options').trim()
  const words = options ? [...tarWords(options), '-v'] : ['-x']
  // tar(1) goes through links that it finds: it works where nobody else makes any, and the rest goes by files.ts.
  const folder = mkdtempSync(join(tools.scratch(), 'unpacked-'))
  const argv = [
    program('tar'),
    ...words,
    '-p',
    '-f',
    archive.file,
    '-C',
    isGuarded() ? folder : archive.folder,
  ] as const
  const ended = await tools.shell.run({ argv, ...(tools.signal ? { signal: tools.signal } : {}) })
  try {
    tools.signal?.throwIfAborted()
    if (ended.status !== 0)
      throw executionError(`Failed to extract ${archive.address}: ${textOf(ended.stderr).trim() || ended.spawnError}`)
    if (isGuarded()) moveInto(folder, archive.folder.slice(0, -1))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  if (options.length === 0) return [...contents.names]
  return textOf(ended.stdout)
    .split('\n')
    .filter(line => line !== '')
}

/** Gives what the archive has uppermost, and all below it, its owner: a change of its own where it was another's. */
function ownership(
  call: StateCall,
  { folder }: Archive,
  contents: Contents,
  outcome: { changes: Dict; comment: string },
): StateReturn {
  const { args, tools, test } = call
  const { changes, comment } = outcome
  const wanted = { user: args.textOrNone('user'), group: args.textOrNone('group'), mode: null }
  if (!wanted.user && !wanted.group) return { result: true, changes, comment }
  const only = args.textOrNone('enforce_ownership_on')
  const tops = only ? [only] : [...contents.topFolders, ...contents.topFiles].map(name => join(folder, name))
  const below = tops.flatMap(top => (isFolder(top) ? walk(top).flatMap(level => level.paths) : []))
  const failures: string[] = []
  let changed = 0
  for (const path of [...tops, ...below]) {
    if (!statsOf(path, false)) continue
    const applied = applyOwnership(tools.shell, path, wanted, { test, followLinks: false })
    if (applied.faults.length) failures.push(path)
    changed += applied.changes.length
  }
  const updated = Dict.of(changed ? [['updated ownership', true], ...changes] : [...changes])
  if (failures.length) {
    const why =
      'While trying to enforce user/group ownership, Salt was unable to change ownership on the following paths:'
    return failed(`${comment}\n\n${why}\n${failures.map(path => `\n- ${path}`).join('')}`, updated)
  }
  if (!test || changed === 0) return { result: true, changes: updated, comment }
  const would = 'Ownership would be updated on one or more files/directories.'
  return { result: null, changes: updated, comment: `${comment}. ${would}` }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** What follows `tar`: a first word without a dash is a bundle of letters, as in `xzf`. */
function tarWords(options: string): string[] {
  const [first = '', ...others] = shellWords(options)
  const letters = first.startsWith('-') ? '' : first.replace(/[xfv]/g, '')
  return [`-x${letters}`, ...(first.startsWith('-') ? [first] : []), ...others]
}
