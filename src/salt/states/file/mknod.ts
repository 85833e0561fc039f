/** file.mknod: a named pipe, or a device. */

import { isAbsolute } from 'node:path'
import { program } from '../../../shell/programs.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { byHandle, type Stats } from '../../system/files.ts'
import { ownerArguments } from './arguments.ts'
import { applyOwnership, ownershipOf, record, statsOf } from './attributes.ts'
import { said } from './source.ts'

export const mknod = defineState({
  does: 'Makes a named pipe, or a device.',
  arguments: {
    ntype: { does: 'p: a named pipe; c: a character device; b: a block device.', type: 'text', required: true },
    major: { does: 'The major number of a device.', type: 'whole number', default: 0 },
    minor: { does: 'The minor number of a device.', type: 'whole number', default: 0 },
    ...ownerArguments,
    mode: { does: 'The mode, octal.', type: 'mode', default: '0600' },
  },
  run: runMknod,
})

interface Kind {
  readonly word: string
  readonly is: (stats: Stats) => boolean
}
const kinds: Readonly<Record<string, Kind>> = {
  p: { word: 'Fifo pipe', is: stats => stats.isFIFO() },
  c: { word: 'Character device', is: stats => stats.isCharacterDevice() },
  b: { word: 'Block device', is: stats => stats.isBlockDevice() },
}

async function runMknod(call: StateCall): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const type = args.text('ntype')
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (!kind)
    return failed(
      `Node type unavailable: '${type}'. Available node types are character ('c'), block ('b'), and pipe ('p')`,
    )
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  const there = statsOf(name, false)
  if (there && !kind.is(there))
    return failed(`File ${name} exists and is not a ${kind.word.toLowerCase()}. Cowardly refusing to continue`)
  const [major, minor] = [args.number('major'), args.number('minor')]
  if (!there && test)
    return wouldChange(`${kind.word} ${name} is set to be created`, { new: `${kind.word} ${name} created.` })
  const changes = new Dict()
  if (!there) {
    const numbers = type === 'p' ? [] : [String(major), String(minor)]
    const ended = await byHandle(name, path =>
      tools.shell.run({ argv: [program('mknod'), '--', path, type, ...numbers] }),
    )
    if (ended.status !== 0) return failed(said(ended.stderr))
    changes.set('new', `${kind.word} ${name} created.`)
  }
  const applied = applyOwnership(tools.shell, name, ownershipOf(args), { test })
  if (there) record(changes, applied)
  if (applied.faults.length) return failed(applied.faults.join('; '), changes)
  if (changes.size === 0) return succeeded(`${kind.word} ${name} is in the correct state`)
  return {
    result: test ? null : true,
    changes,
    comment: there ? `${kind.word} ${name} updated` : `${kind.word} ${name} created.`,
  }
}
