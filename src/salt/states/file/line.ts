/** file.line: one line of a file. */
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { executionError } from '../../definition/exceptions.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { ownerArguments } from './arguments.ts'
import { applyOwnership, ownershipOf, statsOf } from './attributes.ts'
import { textDiff } from './diff.ts'
import { editLine, type LineEdit } from './line-text.ts'
import { putFile } from './put.ts'
import { backupName, fileFault, keepCopy, readTextFile, writeTextFile } from './text-file.ts'

export const line = defineState({
  does: 'Inserts, replaces, deletes or makes sure of one line of a file.',
  arguments: {
    content: { does: 'The line.', type: 'text' },
    match: {
      does: 'The lines that are replaced or deleted: a part of them, or a pattern; default: the content.',
      type: 'text',
    },
    mode: { does: 'ensure, insert, replace or delete.', type: 'text' },
    location: { does: 'Where it is inserted: start or end.', type: 'text' },
    before: { does: 'The line that it comes before.', type: 'text' },
    after: { does: 'The line that it comes after.', type: 'text' },
    show_changes: { does: 'Shows a diff of what changed.', type: 'boolean', default: true },
    backup: { does: 'Keeps a copy of the old file, .bak.', type: 'any', default: false },
    quiet: { does: 'A file that is not there is all right.', type: 'boolean', default: false },
    indent: { does: 'Gives the line the indentation of its neighbour.', type: 'boolean', default: true },
    create: { does: 'Makes the file where it is not there.', type: 'boolean', default: false },
    ...ownerArguments,
    file_mode: { does: 'The mode of a file that is made.', type: 'mode' },
  },
  run: runLine,
})

function runLine(call: StateCall): StateReturn {
  const { args, name, tools, test } = call
  if (args.flag('create') && !statsOf(name) && !test) {
    putFile(name, '')
    applyOwnership(tools.shell, name, ownershipOf(args, 'file_mode'), { test: false })
  }
  const fault = fileFault(name)
  if (fault) return failed(fault)
  const edit = editOf(call)
  if (typeof edit === 'string') return failed(edit)
  const file = readTextFile(name)
  const after = editLine(file.text, edit)
  if (after === file.text) return succeeded('No changes needed to be made')
  const changes = { diff: args.flag('show_changes') ? textDiff(file.text, after) : true }
  if (test) return wouldChange('Changes would be made', changes)
  const backup = args.value('backup')
  const copy = backupName(name, backup === true ? '.bak' : backup)
  if (copy) keepCopy(tools.shell, name, copy)
  writeTextFile(file, after)
  return succeeded('Changes were made', changes)
}

function editOf({ args }: StateCall): LineEdit | string {
  const mode = args.textOrNone('mode')?.toLowerCase() ?? null
  const content = args.textOrNone('content')
  if (mode === null) return 'Mode was not defined. How to process the file?'
  if (mode !== 'delete' && content === null) return 'Content can only be empty if mode is delete'
  if (mode !== 'ensure' && mode !== 'insert' && mode !== 'delete' && mode !== 'replace')
    throw executionError(`Unknown mode: "${mode}"`)
  const location = args.textOrNone('location')
  return {
    mode,
    content,
    match: args.textOrNone('match'),
    location: location === 'start' || location === 'end' ? location : null,
    before: args.textOrNone('before'),
    after: args.textOrNone('after'),
    indent: args.flag('indent'),
  }
}
