/** file.replace: what a pattern matches becomes something else. */
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textDiff } from './diff.ts'
import { replaceIn } from './replace-text.ts'
import { backupName, fileFault, keepCopy, readTextFile, refuseBinary, regexFlags, writeTextFile } from './text-file.ts'

export const replace = defineState({
  does: 'Replaces what a Python regular expression matches in a file.',
  arguments: {
    pattern: { does: 'The pattern; ^ and $ stand for every line.', type: 'text', required: true },
    repl: { does: 'What it becomes; \\1 stands for the first group.', type: 'text', required: true },
    count: { does: 'How often at most; 0 is always.', type: 'whole number', default: 0 },
    flags: { does: 'Flags of the pattern, by name; default MULTILINE.', type: 'any', default: 8 },
    bufsize: { does: 'Accepted; files are read whole.', type: 'any', default: 1 },
    append_if_not_found: {
      does: 'Adds the replacement at the end where nothing matches.',
      type: 'boolean',
      default: false,
    },
    prepend_if_not_found: { does: 'Adds it at the beginning.', type: 'boolean', default: false },
    not_found_content: { does: 'What is added instead of the replacement.', type: 'text' },
    backup: {
      does: 'What the name of a copy of the old file ends with; false makes none.',
      type: 'any',
      default: '.bak',
    },
    show_changes: { does: 'Shows a diff of what changed.', type: 'boolean', default: true },
    ignore_if_missing: { does: 'A file that is not there is all right.', type: 'boolean', default: false },
    backslash_literal: { does: 'A backslash in repl is a backslash.', type: 'boolean', default: false },
  },
  run: runReplace,
})

function runReplace(call: StateCall): StateReturn {
  const { args, tools, test, name } = call
  const fault = fileFault(name)
  if (fault)
    return args.flag('ignore_if_missing') && fault.endsWith('file not found')
      ? succeeded('No changes needed to be made')
      : failed(fault)
  const file = readTextFile(name)
  refuseBinary(file)
  const after = replaceIn(file.text, {
    pattern: args.text('pattern'),
    replacement: args.text('repl'),
    count: args.number('count') || 0,
    flags: regexFlags(args.value('flags')),
    literal: args.flag('backslash_literal'),
    ifNotFound: args.flag('prepend_if_not_found') ? 'prepend' : args.flag('append_if_not_found') ? 'append' : 'nothing',
    added: args.textOrNone('not_found_content'),
  })
  if (after === file.text) return succeeded('No changes needed to be made')
  const changes = { diff: args.flag('show_changes') ? textDiff(file.text, after) : true }
  if (test) return wouldChange('Changes would have been made', changes)
  const copy = backupName(name, args.value('backup'))
  if (copy) keepCopy(tools.shell, name, copy)
  writeTextFile(file, after)
  return succeeded('Changes were made', changes)
}
