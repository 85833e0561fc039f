/** Functions of file that write and edit texts. */

import type { FunctionTools } from '../../context/tools.ts'
import { defineFunction, type FunctionTable } from '../../definition/define.ts'
import { executionError, invocationError } from '../../definition/exceptions.ts'
import type { Given } from '../../definition/given.ts'
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
    call: ({ given }) => {
      const written = linesOf(given)
      putFile(pathOf(given), written.map(line => `${line}\n`).join(''))
      return `Wrote ${written.length} lines to "${pathOf(given)}"`
    },
  }),
  append: defineFunction({
    does: 'Adds lines at the end of a file.',
    acts: true,
    arguments: { path },
    ...lines,
    call: ({ given }) => {
      const added = linesOf(given)
      const file = textFile(given)
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
    call: ({ given }) => {
      const added = linesOf(given)
      const file = textFile(given)
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
    call: ({ given, tools }) => {
      if (given.flag('ignore_if_missing') && !statsOf(pathOf(given))) return given.flag('show_changes') ? '' : false
      return edited(given, tools, before => replaceIn(before, replacingOf(given)))
    },
  }),
  comment: defineFunction({
    does: 'Makes comments of lines; the differences.',
    acts: true,
    arguments: { path, regex: needed('Their pattern.'), char: text('The comment character.', '#'), backup },
    call: ({ given, tools }) =>
      edited(given, tools, before => commentLines(before, given.text('regex'), given.text('char'))),
  }),
  uncomment: defineFunction({
    does: 'Makes comments count again; the differences.',
    acts: true,
    arguments: { path, regex: needed('Their pattern.'), char: text('The comment character.', '#'), backup },
    call: ({ given, tools }) =>
      edited(given, tools, before => uncommentLines(before, given.text('regex'), given.text('char'))),
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
    call: ({ given, tools }) => {
      if (given.flag('quiet') && !statsOf(pathOf(given))) return false
      return edited(given, tools, before => editLine(before, lineOf(given)))
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
    call: ({ given, tools }) => edited(given, tools, before => replaceBlock(before, blockOf(given))),
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
    call: ({ given, tools }) => {
      const context = given.mapping('defaults')
      for (const [key, value] of given.mapping('context')) context.set(key, value)
      return tools.render({ path: '<contents>', text: given.text('contents') }, context, given.text('template'))
    },
  }),
}

function linesOf({ rest, others }: Given): string[] {
  const named = others.get('args')
  const all = named === undefined ? rest : Array.isArray(named) ? named : [named]
  return all.flatMap(item => (Array.isArray(item) ? item.map(textOf) : [textOf(item)]))
}

function textFile(given: Given) {
  const file = pathOf(given)
  if (!statsOf(file)) throw invocationError(`File not found: ${file}`)
  const read = readTextFile(file)
  refuseBinary(read)
  return read
}

function edited(given: Given, tools: FunctionTools, change: (text: string) => string): Value {
  const file = textFile(given)
  const after = change(file.text)
  const shows = !given.has('show_changes') || given.flag('show_changes')
  if (after === file.text) return shows ? '' : false
  if (!given.flag('dry_run')) {
    const copy = backupName(file.path, given.value('backup'))
    if (copy) keepCopy(tools.shell, file.path, copy)
    writeTextFile(file, after)
  }
  return shows ? textDiff(file.text, after) : true
}

function replacingOf(given: Given) {
  return {
    pattern: given.text('pattern'),
    replacement: given.text('repl'),
    count: given.number('count') || 0,
    flags: regexFlags(given.value('flags')),
    literal: given.flag('backslash_literal'),
    ifNotFound: given.flag('prepend_if_not_found')
      ? ('prepend' as const)
      : given.flag('append_if_not_found')
        ? ('append' as const)
        : ('nothing' as const),
    added: given.textOrNone('not_found_content'),
  }
}

function lineOf(given: Given): LineEdit {
  const mode = given.text('mode').toLowerCase()
  if (mode !== 'ensure' && mode !== 'insert' && mode !== 'delete' && mode !== 'replace')
    throw executionError(mode === '' ? 'Mode was not defined. How to process the file?' : `Unknown mode: "${mode}"`)
  const location = given.textOrNone('location')
  return {
    mode,
    content: given.textOrNone('content'),
    match: given.textOrNone('match'),
    location: location === 'start' || location === 'end' ? location : null,
    before: given.textOrNone('before'),
    after: given.textOrNone('after'),
    indent: given.flag('indent'),
  }
}

function blockOf(given: Given) {
  const [before, after] = [given.textOrNone('insert_before_match'), given.textOrNone('insert_after_match')]
  const place = given.flag('prepend_if_not_found') ? ('prepend' as const) : ('append' as const)
  const added = given.flag('prepend_if_not_found') || given.flag('append_if_not_found')
  return {
    start: given.text('marker_start'),
    end: given.text('marker_end'),
    content: given.text('content'),
    ifNotFound: added ? place : before ? { before } : after ? { after } : ('nothing' as const),
    appendNewline: given.value('append_newline') === null ? null : given.flag('append_newline'),
  }
}
