/** Functions of file that make, move, remove and give away. */

import { dirname } from 'node:path'
import type { FunctionTools } from '../../context/tools.ts'
import type { Args } from '../../definition/args.ts'
import { defineFunction, type FunctionTable } from '../../definition/define.ts'
import { executionError, invocationError } from '../../definition/exceptions.ts'
import { applyOwnership, statsOf } from '../../states/file/attributes.ts'
import { makeFolders, makeParents } from '../../states/file/folders.ts'
import { faultText } from '../../states/file/os-error.ts'
import { putFile } from '../../states/file/put.ts'
import { setTimes } from '../../states/file/touch.ts'
import {
  chmodSync,
  cpSync,
  linkSync,
  moveSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from '../../system/files.ts'
import { refuseRelative } from './look.ts'
import { any, existing, flag, needed, path, pathOf } from './paths.ts'

const owners = { user: any('The owner.'), group: any('The group.'), mode: { does: 'The mode.', type: 'mode' } } as const

function ownership(args: Args) {
  return { user: args.textOrNone('user'), group: args.textOrNone('group'), mode: args.mode('mode') }
}

/** Faults of the system are told as Python tells them. */
function trying<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code ? executionError(faultText(error)) : error
  }
}

export const changeFunctions: FunctionTable = {
  touch: defineFunction({
    does: 'Makes an empty file, or sets the times of one.',
    acts: true,
    arguments: { name: needed('The path.'), atime: any('Seconds since 1970.'), mtime: any('Seconds since 1970.') },
    call: ({ args }) =>
      trying(() => {
        const file = pathOf(args, 'name')
        if (!statsOf(file)) putFile(file, '')
        setTimes(file, args.numberOrNone('atime'), args.numberOrNone('mtime'))
        return true
      }),
  }),
  mkdir: defineFunction({
    does: 'Makes a folder and those above it.',
    acts: true,
    arguments: { dir_path: needed('The path.'), ...owners },
    call: ({ args, tools }) => trying(() => made(pathOf(args, 'dir_path'), args, tools)),
  }),
  makedirs: parents('Makes the folders above a path.'),
  makedirs_perms: defineFunction({
    does: 'Makes a folder and those above it.',
    acts: true,
    arguments: { name: needed('The path.'), ...owners },
    call: ({ args, tools }) => trying(() => made(pathOf(args, 'name'), args, tools)),
  }),
  remove: defineFunction({
    does: 'Removes a file, a link, or a folder with all that is in it; False where there is none.',
    acts: true,
    arguments: { path },
    otherArguments: 'Accepted and ignored.',
    call: ({ args }) => {
      const file = pathOf(args)
      refuseRelative(file)
      if (/^\/+$/.test(file)) throw invocationError('Refusing to remove "/"')
      if (!statsOf(file, false)) return false
      trying(() => rmSync(file.replace(/(.)\/+$/, '$1'), { recursive: true }))
      return true
    },
  }),
  rmdir: defineFunction({
    does: 'Removes an empty folder.',
    acts: true,
    arguments: { path },
    otherArguments: 'Accepted and ignored.',
    call: ({ args }) => {
      refuseRelative(pathOf(args))
      if (!statsOf(pathOf(args))?.isDirectory()) throw invocationError('A valid directory was not specified.')
      try {
        rmdirSync(pathOf(args))
        return true
      } catch (error) {
        return (error as Error).message
      }
    },
  }),
  rename: defineFunction({
    does: 'Renames a file.',
    acts: true,
    arguments: { src: needed('Its path.'), dst: needed('Its new path.') },
    call: ({ args }) => moved(args, 'src', 'dst'),
  }),
  move: defineFunction({
    does: 'Moves a file.',
    acts: true,
    arguments: { src: needed('Its path.'), dst: needed('Its new path.'), disallow_copy_and_unlink: flag('Accepted.') },
    call: ({ args }) => moved(args, 'src', 'dst'),
  }),
  copy: defineFunction({
    does: 'Copies a file, or a folder with recurse.',
    acts: true,
    arguments: {
      src: needed('Its path.'),
      dst: needed('The path of the copy.'),
      recurse: flag('Copies a folder.'),
      remove_existing: flag('Removes a folder that is there first.'),
    },
    call: ({ args }) => copied(args),
  }),
  symlink: defineFunction({
    does: 'Makes a symbolic link.',
    acts: true,
    arguments: { src: needed('What it points to.'), path, force: flag('Replaces a file.'), atomic: flag('Accepted.') },
    call: ({ args }) => linked(args),
  }),
  link: defineFunction({
    does: 'Gives a file a second name.',
    acts: true,
    arguments: { src: needed('The file.'), path },
    call: ({ args }) => {
      trying(() => linkSync(pathOf(args, 'src'), pathOf(args)))
      return true
    },
  }),
  set_mode: defineFunction({
    does: 'Sets the mode; gives it.',
    acts: true,
    arguments: { path, mode: { does: 'The mode.', type: 'mode', required: true } },
    call: ({ args }) => {
      const file = existing(args)
      const mode = args.mode('mode') ?? ''
      if (!/^[0-7]{4,5}$/.test(mode)) return 'Invalid Mode'
      trying(() => chmodSync(file, Number.parseInt(mode, 8)))
      return mode
    },
  }),
  chown: changingOwner('Sets owner and group; None where all is well.', true),
  lchown: changingOwner('Sets owner and group of a link itself.', false),
  chgrp: defineFunction({
    does: 'Sets the group.',
    acts: true,
    arguments: { path, group: needed('The group.') },
    call: ({ args: values, tools }) => owned(values, tools, true),
  }),
  truncate: defineFunction({
    does: 'Cuts a file to a length.',
    acts: true,
    arguments: { path, length: needed('Bytes.') },
    call: ({ args: values }) => {
      trying(() => truncateSync(existing(values), values.number('length')))
      return null
    },
  }),
  nop: defineFunction({
    does: 'Does nothing.',
    acts: false,
    arguments: {},
    restArguments: 'Accepted and ignored.',
    otherArguments: 'Accepted and ignored.',
    call: () => null,
  }),
}

function made(folder: string, values: Args, tools: FunctionTools): boolean {
  makeFolders(tools.shell, folder.replace(/(.)\/+$/, '$1'), ownership(values))
  return true
}

function parents(does: string) {
  return defineFunction({
    does,
    acts: true,
    arguments: { path, ...owners },
    call: ({ args: values, tools }) =>
      trying(() => {
        const folder = dirname(pathOf(values))
        if (statsOf(folder)?.isDirectory()) return `Directory '${folder}' already exists`
        makeParents(tools.shell, pathOf(values), ownership(values))
        return null
      }),
  })
}

function moved(values: Args, from: string, to: string): boolean {
  refuseRelative(pathOf(values, from))
  trying(() => moveSync(pathOf(values, from), pathOf(values, to)))
  return true
}

function copied(values: Args): boolean {
  const [source, target] = [pathOf(values, 'src'), pathOf(values, 'dst')]
  refuseRelative(source)
  const stats = statsOf(source)
  if (!stats) throw executionError(`No such file or directory '${source}'`)
  if (stats.isDirectory() && !values.flag('recurse'))
    throw invocationError('Cannot copy overwrite a directory without recurse flag set to true!')
  trying(() => {
    if (values.flag('remove_existing') && statsOf(target)?.isDirectory()) rmSync(target, { recursive: true })
    cpSync(source, target)
  })
  return true
}

function linked(values: Args): boolean {
  const link = pathOf(values)
  refuseRelative(link)
  if (statsOf(link, false)) {
    if (!values.flag('force')) throw executionError(`Found existing symlink: ${link}`)
    trying(() => rmSync(link))
  }
  trying(() => symlinkSync(values.text('src'), link))
  return true
}

function changingOwner(does: string, followLinks: boolean) {
  return defineFunction({
    does,
    acts: true,
    arguments: { path, user: any('The owner.'), group: any('The group.') },
    call: ({ args: values, tools }) => owned(values, tools, followLinks),
  })
}

function owned(values: Args, tools: FunctionTools, followLinks: boolean): string | null {
  const file = pathOf(values)
  if (!statsOf(file, followLinks)) return 'File not found'
  const wanted = { user: values.textOrNone('user') || null, group: values.textOrNone('group') || null, mode: null }
  const { faults } = applyOwnership(tools.shell, file, wanted, { test: false, followLinks })
  return faults.length ? faults.join('; ') : null
}
