/** Functions of file that look and change nothing. */

import { basename, dirname, join, normalize } from 'node:path'
import { program } from '../../../shell/programs.ts'
import { textOf as textOfBytes } from '../../../shell/shell.ts'
import type { Args } from '../../definition/args.ts'
import { defineFunction, type FunctionTable } from '../../definition/define.ts'
import { executionError, invocationError } from '../../definition/exceptions.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { Float } from '../../python/float.ts'
import { compileRegex, search } from '../../python/regex.ts'
import type { Value } from '../../python/value.ts'
import { attributesOf, gidOf, groupName, modeText, statsOf, uidOf, userName } from '../../states/file/attributes.ts'
import { walk } from '../../states/file/clean.ts'
import { bytesDiff } from '../../states/file/diff.ts'
import { hashOf } from '../../states/file/source.ts'
import { foundIn, readTextFile, regexFlags } from '../../states/file/text-file.ts'
import {
  accessSync,
  constants,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statfsSync,
} from '../../system/files.ts'
import { any, existing, flag, needed, path, pathOf, text } from './paths.ts'

/** A function of one path. */
const ofPath = (does: string, find: (file: string) => Value) =>
  defineFunction({ does, acts: false, arguments: { path }, call: ({ args }) => find(pathOf(args)) })

const followLinks = flag('Looks at what a link points to.', true)

export const lookFunctions: FunctionTable = {
  file_exists: ofPath('Whether there is a file.', file => statsOf(file)?.isFile() === true),
  directory_exists: ofPath('Whether there is a folder.', file => statsOf(file)?.isDirectory() === true),
  is_link: ofPath('Whether it is a symbolic link.', file => statsOf(file, false)?.isSymbolicLink() === true),
  is_hardlink: ofPath('Whether it is a file of several names.', file => (statsOf(file, false)?.nlink ?? 0) > 1),
  is_fifo: ofPath('Whether it is a named pipe.', file => statsOf(file)?.isFIFO() === true),
  is_chrdev: ofPath('Whether it is a character device.', file => statsOf(file)?.isCharacterDevice() === true),
  is_blkdev: ofPath('Whether it is a block device.', file => statsOf(file)?.isBlockDevice() === true),
  basename: ofPath('The last part of a path.', file => (file.endsWith('/') ? '' : basename(file))),
  dirname: ofPath('What stands before the last part of a path.', file => parentOf(file)),
  normpath: ofPath('The path without empty and dotted parts.', file => normalize(file).replace(/(.)\/$/, '$1')),
  pardir: defineFunction({ does: 'The name of the folder above: "..".', acts: false, arguments: {}, call: () => '..' }),
  join: defineFunction({
    does: 'Joins parts of a path.',
    acts: false,
    arguments: {},
    restArguments: 'The parts.',
    call: ({ args }) => joined(args.rest.map(textOf)),
  }),
  readlink: defineFunction({
    does: 'What a link points to.',
    acts: false,
    arguments: { path, canonicalize: flag('Follows it to the end.') },
    call: ({ args }) => linkTarget(args),
  }),
  get_mode: defineFunction({
    does: 'The mode: four octal digits.',
    acts: false,
    arguments: { path, follow_symlinks: followLinks },
    call: ({ args }) => modeText(statsOf(existing(args), args.flag('follow_symlinks'))?.mode ?? 0),
  }),
  get_user: owner('The name of the owner.', 'user'),
  get_group: owner('The name of the group.', 'group'),
  get_uid: owner('The number of the owner.', 'uid'),
  get_gid: owner('The number of the group.', 'gid'),
  user_to_uid: defineFunction({
    does: 'The number of an account; empty where there is none.',
    acts: false,
    arguments: { user: any('The account.') },
    call: ({ args, tools }) => uidOf(tools.shell, args.text('user')) ?? '',
  }),
  uid_to_user: defineFunction({
    does: 'The name of an account.',
    acts: false,
    arguments: { uid: any('Its number.') },
    call: ({ args, tools }) => userName(tools.shell, args.number('uid')),
  }),
  group_to_gid: defineFunction({
    does: 'The number of a group; empty where there is none.',
    acts: false,
    arguments: { group: any('The group.') },
    call: ({ args, tools }) => gidOf(tools.shell, args.text('group')) ?? '',
  }),
  gid_to_group: defineFunction({
    does: 'The name of a group.',
    acts: false,
    arguments: { gid: any('Its number.') },
    call: ({ args, tools }) => groupName(tools.shell, args.number('gid')),
  }),
  read: defineFunction({
    does: 'The text of a file.',
    acts: false,
    arguments: { path, binary: flag('Gives bytes.') },
    call: ({ args }) => {
      const bytes = readFileSync(existing(args))
      return args.flag('binary') ? new Uint8Array(bytes) : bytes.toString('utf8')
    },
  }),
  seek_read: defineFunction({
    does: 'A part of a file.',
    acts: false,
    arguments: { path, size: needed('How many bytes.'), offset: needed('From which.') },
    call: ({ args }) => {
      const from = args.number('offset')
      return readFileSync(existing(args))
        .subarray(from, from + args.number('size'))
        .toString('utf8')
    },
  }),
  readdir: defineFunction({
    does: 'The names in a folder, and "." and "..".',
    acts: false,
    arguments: { path },
    call: ({ args }) => {
      const folder = pathOf(args)
      if (!statsOf(folder)?.isDirectory()) throw invocationError('A valid directory was not specified.')
      return ['.', '..', ...readdirSync(folder)]
    },
  }),
  get_hash: hash('The hash of a file.'),
  get_sum: hash('The hash of a file.'),
  check_hash: defineFunction({
    does: 'Whether a file has a hash.',
    acts: false,
    arguments: { path, file_hash: needed('The hash, "sha256=…".') },
    call: ({ args }) => checkHash(args),
  }),
  contains: defineFunction({
    does: 'Whether a file has a text.',
    acts: false,
    arguments: { path, text: needed('The text.') },
    call: ({ args }) => fileText(args)?.includes(args.text('text').trim()) ?? false,
  }),
  contains_regex: defineFunction({
    does: 'Whether a line of a file matches a pattern.',
    acts: false,
    arguments: { path, regex: needed('The pattern.'), lchar: text('Characters cut from the beginning of lines.', '') },
    call: ({ args }) => {
      const regex = compileRegex(args.text('regex'))
      return (
        fileText(args)
          ?.split('\n')
          .some(line => search(regex, line) !== null) ?? false
      )
    },
  }),
  search: defineFunction({
    does: 'Whether a pattern is found in a file.',
    acts: false,
    arguments: {
      path,
      pattern: needed('The pattern.'),
      flags: any('Its flags; default MULTILINE.', 8),
      bufsize: any('Accepted.', 1),
      ignore_if_missing: flag('A file that is not there has nothing.'),
      multiline: flag('^ and $ stand for every line.'),
    },
    call: ({ args }) => searched(args),
  }),
  grep: defineFunction({
    does: 'What grep(1) finds in a file: pid, retcode, stdout, stderr.',
    acts: false,
    arguments: { path, pattern: needed('The pattern.') },
    restArguments: 'Options of grep.',
    call: ({ args, tools }) => {
      const options = args.rest.map(textOf)
      const ended = tools.shell.runSync({
        argv: [program('grep'), ...options, '--', args.text('pattern')],
        input: readFileSync(existing(args)),
      })
      const said = (bytes: Uint8Array) => textOfBytes(bytes).replace(/\n$/, '')
      return Dict.of({ pid: ended.pid, retcode: ended.status, stdout: said(ended.stdout), stderr: said(ended.stderr) })
    },
  }),
  stats: defineFunction({
    does: 'What is known of a file: type, mode, size, owner, times, inode.',
    acts: false,
    arguments: { path, hash_type: text('Adds a hash of this type as `sum`.'), follow_symlinks: followLinks },
    call: ({ args, tools }) => {
      const file = existing(args)
      const stats = statsOf(file, args.flag('follow_symlinks')) ?? lstatSync(file)
      const { user, group, uid, gid, mode } = attributesOf(tools.shell, file, args.flag('follow_symlinks'))
      const found = Dict.of({ inode: stats.ino, uid, gid, group, user, ...times(stats), size: stats.size, mode })
      const type = args.textOrNone('hash_type')
      if (type) found.set('sum', hashOf(file, type))
      return found.set('type', typeOf(stats)).set('target', realpathSync(file))
    },
  }),
  lstat: defineFunction({
    does: 'What the system tells of a file, links not followed; empty where there is none.',
    acts: false,
    arguments: { path },
    call: ({ args }) => {
      const stats = statsOf(pathOf(args), false)
      if (!stats) return new Dict()
      const { atime, ctime, mtime } = times(stats)
      const { gid, mode, nlink, size, uid } = stats
      return Dict.of({
        st_atime: atime,
        st_ctime: ctime,
        st_gid: gid,
        st_mode: mode,
        st_mtime: mtime,
        st_nlink: nlink,
        st_size: size,
        st_uid: uid,
      })
    },
  }),
  access: defineFunction({
    does: 'Whether this process may: f: it is there, r, w, x.',
    acts: false,
    arguments: { path, mode: needed('f, r, w or x.') },
    call: ({ args }) => mayAccess(args),
  }),
  path_exists_glob: defineFunction({
    does: 'Whether a path with * and ? matches something.',
    acts: false,
    arguments: { path },
    call: ({ args }) => globbed(pathOf(args)).length > 0,
  }),
  diskusage: ofPath('The bytes of the files in a folder.', file =>
    statsOf(file)?.isDirectory()
      ? walk(file).reduce((sum, level) => sum + level.files.reduce((all, one) => all + lstatSync(one).size, 0), 0)
      : (statsOf(file)?.size ?? 0),
  ),
  statvfs: ofPath('Sizes of the file system.', file => {
    const found = statfsSync(file)
    return Dict.of({ f_bavail: found.bavail, f_bfree: found.bfree, f_blocks: found.blocks, f_bsize: found.bsize })
  }),
  get_diff: defineFunction({
    does: 'The differences of two files.',
    acts: false,
    arguments: { file1: needed('One.'), file2: needed('The other.') },
    otherArguments: 'Accepted and ignored.',
    call: ({ args }) => {
      const [one, two] = [pathOf(args, 'file1'), pathOf(args, 'file2')]
      const diff = bytesDiff(readFileSync(one), readFileSync(two))
      return diff.replace(/^--- \n\+\+\+ \n/, `--- ${one}\n+++ ${two}\n`)
    },
  }),
}

/** As os.path.dirname has it. */
function parentOf(file: string): string {
  if (!file.includes('/')) return ''
  return file.endsWith('/') ? file.replace(/(.)\/+$/, '$1') : dirname(file)
}

function joined(parts: readonly string[]): string {
  return parts.reduce((sum, part) => {
    if (part.startsWith('/') || sum === '') return part
    return sum.endsWith('/') ? sum + part : `${sum}/${part}`
  }, '')
}

function linkTarget(args: Args): string {
  const link = pathOf(args)
  if (!link.startsWith('/')) throw invocationError(`Path to link must be absolute: ${link}`)
  if (!statsOf(link, false)?.isSymbolicLink()) throw invocationError(`A valid link was not specified: ${link}`)
  return args.flag('canonicalize') ? realpathSync(link) : readlinkSync(link)
}

function owner(does: string, what: 'user' | 'group' | 'uid' | 'gid') {
  return defineFunction({
    does,
    acts: false,
    arguments: { path, follow_symlinks: followLinks },
    call: ({ args, tools }) => attributesOf(tools.shell, existing(args), args.flag('follow_symlinks'))[what],
  })
}

function hash(does: string) {
  return defineFunction({
    does,
    acts: false,
    arguments: { path, form: text('The type of hash.', 'sha256'), chunk_size: any('Accepted.') },
    call: ({ args }) => {
      const file = pathOf(args)
      return statsOf(file)?.isFile() ? hashOf(file, args.text('form')) : 'File not found'
    },
  })
}

function checkHash(args: Args): boolean {
  const [, type = 'sha256', sum = ''] = /^(?:(\w+)[:=])?([0-9a-fA-F]+)$/.exec(args.text('file_hash').trim()) ?? []
  return statsOf(pathOf(args))?.isFile() === true && hashOf(pathOf(args), type) === sum.toLowerCase()
}

function fileText(args: Args): string | null {
  const file = pathOf(args)
  return statsOf(file) ? readTextFile(file).text : null
}

function searched(args: Args): boolean {
  const file = pathOf(args)
  if (!statsOf(file)) {
    if (args.flag('ignore_if_missing')) return false
    throw invocationError(`File not found: ${file}`)
  }
  if (args.flag('multiline')) return foundIn(readTextFile(file), args.text('pattern'))
  const regex = compileRegex(args.text('pattern'), regexFlags(args.value('flags')))
  return search(regex, readTextFile(file).text) !== null
}

function times(stats: { atimeMs: number; mtimeMs: number; ctimeMs: number }) {
  const seconds = (milliseconds: number) => new Float(milliseconds / 1000)
  return { atime: seconds(stats.atimeMs), mtime: seconds(stats.mtimeMs), ctime: seconds(stats.ctimeMs) }
}

function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return 'dir'
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isFile()) return 'file'
  if (stats.isCharacterDevice()) return 'char'
  if (stats.isBlockDevice()) return 'block'
  return stats.isFIFO() ? 'pipe' : 'socket'
}

function mayAccess(args: Args): boolean {
  const modes: Readonly<Record<string, number>> = {
    f: constants.F_OK,
    r: constants.R_OK,
    w: constants.W_OK,
    x: constants.X_OK,
  }
  const mode = modes[args.text('mode')]
  if (mode === undefined) throw invocationError('Invalid mode specified.')
  try {
    accessSync(pathOf(args), mode)
    return true
  } catch {
    return false
  }
}

/** The paths that a shell's glob names, sorted; hidden ones only where the pattern has the dot. */
export function globbed(pattern: string): string[] {
  let found = [pattern.startsWith('/') ? '/' : '.']
  for (const part of pattern.split('/').filter(one => one !== '')) {
    if (!/[*?[]/.test(part)) {
      found = found.map(folder => join(folder, part)).filter(one => statsOf(one, false))
      continue
    }
    const regex = new RegExp(
      `^${part
        .replace(/[.+^${}()|\\]/g, '\\$&')
        .replaceAll('*', '[^/]*')
        .replaceAll('?', '[^/]')
        .replaceAll('[!', '[^')}$`,
    )
    found = found.flatMap(folder =>
      statsOf(folder)?.isDirectory()
        ? readdirSync(folder)
            .filter(name => (part.startsWith('.') || !name.startsWith('.')) && regex.test(name))
            .sort()
            .map(name => join(folder, name))
        : [],
    )
  }
  return found
}

export function refuseRelative(file: string): void {
  if (!file.startsWith('/')) throw executionError(`File path must be absolute: ${file}`)
}
