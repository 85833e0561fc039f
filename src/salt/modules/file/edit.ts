/** Functions of file that write and edit texts. */

import type { FunctionTools } from '../../context/tools.ts'
import type { Args } from '../../definition/args.ts'
import { defineFunction, type FunctionTable } from '../../definition/define.ts'
import { executionError, invocationError } from '../../definition/exceptions.ts'
import { textOf } from '../../definition/values.ts'
import type { Value } from '../../python/value.ts'
import { statsOf } from '../../states/file/attributes.ts'
import { replaceBlock } from '../../states/file/block-text.ts'
import { commentLines, uncommentLines } from '../../states/file/comment-lines.ts'
import { textDiff } from '../../states/file/diff.ts'
import { editLine, type LineEdit } from '../../states/file/line-text.ts'
import { putFile } from '../../states/file/put.ts'
import { replaceIn } from '../../states/file/replace-text.ts'
import {
  backupName,
  keepCopy,
  readTextFile,
  refuseBinary,
  regexFlags,
  writeTextFile,
} from '../../states/file/text-file.ts'
import { any, flag, needed, path, pathOf, text } from './paths.ts'

const backup = any('What the name of a copy of the old file ends with; False makes none.', '.bak')
const lines = { restArguments: 'The lines.', otherArguments: 'args: the lines, as a list.' } as const

export const editFunctions: FunctionTable = {
  write: defineFunction({
    does: 'Writes lines to a file.',
    acts: true,
    arguments: { path },
    ...lines,
    call: ({ args }) => {
      const written = linesOf(args)
      putFile(pathOf(args), written.map(line => `${line}\n`).join(''))
      return `Wrote ${written.length} lines to "${pathOf(args)}"`
    },
  }),
  append: defineFunction({
    does: 'Adds lines at the end of a file.',
    acts: true,
    arguments: { path },
    ...lines,
    call: ({ args }) => {
      const added = linesOf(args)
      const file = textFile(args)
      const ended = file.text === '' || file.text.endsWith('\n') ? file.text : `${file.text}\n`
      writeTextFile(file, ended + added.map(line => `${line}\n`).join(''))
      return `Wrote ${added.length} lines to "${file.path}"`
    },
  }),
  prepend: defineFunction({
    does: 'Adds lines at the beginning of a file.',
    acts: true,
    arguments: { path },
    ...lines,
    call: ({ args }) => {
      const added = linesOf(args)
      const file = textFile(args)
      writeTextFile(file, added.map(line => `${line}\n`).join('') + file.text)
      return `Prepended ${added.length} lines to "${file.path}"`
    },
  }),
  replace: defineFunction({
    does: 'Replaces what a pattern matches; the differences.',
    acts: true,
    arguments: {
      path,
      pattern: needed('The pattern.'),
      repl: needed('What it becomes.'),
      count: any('How often at most; 0 is always.', 0),
      flags: any('Flags of the pattern.', 8),
      bufsize: any('Accepted.', 1),
      append_if_not_found: flag('Adds it at the end where nothing matches.'),
      prepend_if_not_found: flag('Adds it at the beginning.'),
      not_found_content: text('What is added instead.'),
      backup,
      dry_run: flag('Changes nothing.'),
      search_only: flag('Only says whether it is found.'),
      show_changes: flag('Gives a diff; otherwise whether anything changed.', true),
      ignore_if_missing: flag('A file that is not there is all right.'),
      preserve_inode: flag('Accepted.', true),
      backslash_literal: flag('A backslash is a backslash.'),
    },
    call: ({ args, tools }) => {
      if (args.flag('ignore_if_missing') && !statsOf(pathOf(args))) return args.flag('show_changes') ? '' : false
      return edited(args, tools, before => replaceIn(before, replacingOf(args)))
    },
  }),
  comment: defineFunction({
    does: 'Makes comments of lines; the differences.',
    acts: true,
    arguments: { path, regex: needed('Their pattern.'), char: text('The comment character.', '#'), backup },
    call: ({ args, tools }) =>
      edited(args, tools, before => commentLines(before, args.text('regex'), args.text('char'))),
  }),
  uncomment: defineFunction({
    does: 'Makes comments count again; the differences.',
    acts: true,
    arguments: { path, regex: needed('Their pattern.'), char: text('The comment character.', '#'), backup },
    call: ({ args, tools }) =>
      edited(args, tools, before => uncommentLines(before, args.text('regex'), args.text('char'))),
  }),
  line: defineFunction({
    does: 'Inserts, replaces, deletes or makes sure of a line; the differences.',
    acts: true,
    arguments: {
      path,
      content: text('The line.'),
      match: text('The lines that are replaced or deleted.'),
      mode: text('ensure, insert, replace or delete.'),
      location: text('start or end.'),
      before: text('The line that it comes before.'),
      after: text('The line that it comes after.'),
      show_changes: flag('Gives a diff; otherwise whether anything changed.', true),
      backup: any('Keeps a copy of the old file.', false),
      quiet: flag('A file that is not there is all right.'),
      indent: flag('Gives it the indentation of its neighbour.', true),
    },
    call: ({ args, tools }) => {
      if (args.flag('quiet') && !statsOf(pathOf(args))) return false
      return edited(args, tools, before => editLine(before, lineOf(args)))
    },
  }),
  blockreplace: defineFunction({
    does: 'Replaces what stands between two markers; the differences.',
    acts: true,
    arguments: {
      path,
      marker_start: text('The line before has this.', '#-- start managed zone --'),
      marker_end: text('The line after has this.', '#-- end managed zone --'),
      content: any('The text.', ''),
      append_if_not_found: flag('Adds it at the end where there is none.'),
      prepend_if_not_found: flag('Adds it at the beginning.'),
      backup,
      dry_run: flag('Changes nothing.'),
      show_changes: flag('Gives a diff; otherwise whether anything changed.', true),
      append_newline: any('Ends the content with a line break.', false),
      insert_before_match: text('Adds it before this line.'),
      insert_after_match: text('Adds it after this line.'),
    },
    call: ({ args, tools }) => edited(args, tools, before => replaceBlock(before, blockOf(args))),
  }),
  apply_template_on_contents: defineFunction({
    does: 'Renders a text.',
    acts: false,
    arguments: {
      contents: needed('The text.'),
      template: needed('The engine: jinja.'),
      context: { does: 'Values.', type: 'mapping' },
      defaults: { does: 'Values below those.', type: 'mapping' },
      saltenv: any('Accepted.'),
    },
    call: ({ args, tools }) => {
      const context = args.mapping('defaults')
      for (const [key, value] of args.mapping('context')) context.set(key, value)
      return tools.render({ path: '<contents>', text: args.text('contents') }, context, args.text('template'))
    },
  }),
}

function linesOf({ rest, others }: Args): string[] {
  const named = others.get('args')
  const all = named === undefined ? rest : Array.isArray(named) ? named : [named]
  return all.flatMap(item => (Array.isArray(item) ? item.map(textOf) : [textOf(item)]))
}

function textFile(args: Args) {
  const file = pathOf(args)
  if (!statsOf(file)) throw invocationError(`File not found: ${file}`)
  const read = readTextFile(file)
  refuseBinary(read)
  return read
}

function edited(args: Args, tools: FunctionTools, change: (text: string) => string): Value {
  const file = textFile(args)
  const after = change(file.text)
  const shows = !args.has('show_changes') || args.flag('show_changes')
  if (after === file.text) return shows ? '' : false
  if (!args.flag('dry_run')) {
    const copy = backupName(file.path, args.value('backup'))
    if (copy) keepCopy(tools.shell, file.path, copy)
    writeTextFile(file, after)
  }
  return shows ? textDiff(file.text, after) : true
}

function replacingOf(args: Args) {
  return {
    pattern: args.text('pattern'),
    replacement: args.text('repl'),
    count: args.number('count') || 0,
    flags: regexFlags(args.value('flags')),
    literal: args.flag('backslash_literal'),
    ifNotFound: args.flag('prepend_if_not_found')
      ? ('prepend' as const)
      : args.flag('append_if_not_found')
        ? ('append' as const)
        : ('nothing' as const),
    added: args.textOrNone('not_found_content'),
  }
}

function lineOf(args: Args): LineEdit {
  const mode = args.text('mode').toLowerCase()
  if (mode !== 'ensure' && mode !== 'insert' && mode !== 'delete' && mode !== 'replace')
    throw executionError(mode === '' ? 'Mode was not defined. How to process the file?' : `Unknown mode: "${mode}"`)
  const location = args.textOrNone('location')
  return {
    mode,
    content: args.textOrNone('content'),
    match: args.textOrNone('match'),
    location: location === 'start' || location === 'end' ? location : null,
    before: args.textOrNone('before'),
    after: args.textOrNone('after'),
    indent: args.flag('indent'),
  }
}

function blockOf(args: Args) {
  const [before, after] = [args.textOrNone('insert_before_match'), args.textOrNone('insert_after_match')]
  const place = args.flag('prepend_if_not_found') ? ('prepend' as const) : ('append' as const)
  const added = args.flag('prepend_if_not_found') || args.flag('append_if_not_found')
  return {
    start: args.text('marker_start'),
    end: args.text('marker_end'),
    content: args.text('content'),
    ifNotFound: added ? place : before ? { before } : after ? { after } : ('nothing' as const),
    appendNewline: args.value('append_newline') === null ? null : args.flag('append_newline'),
  }
}
