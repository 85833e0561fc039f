/** file.append and file.prepend: lines at the end or the beginning of a file, where it does not have them. */
import { dirname } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { splitLines } from '../../python/methods/str.ts'
import { compileRegex, escapeRegex, search } from '../../python/regex.ts'
import type { Value } from '../../python/value.ts'
import { statsOf } from './attributes.ts'
import { unifiedDiff } from './diff.ts'
import { makeParents } from './folders.ts'
import { putFile } from './put.ts'
import { fileFault, readTextFile, type TextFile, writeTextFile } from './text-file.ts'
import { textArguments, textsOfSources } from './texts.ts'

const shared: Arguments = {
  text: { does: 'The text, or several; each is added that the file does not have.', type: 'any' },
  makedirs: { does: 'Makes the folders above the file that are missing.', type: 'boolean', default: false },
  ...textArguments,
}

export const append = defineState({
  does: 'Adds lines at the end of a file that does not have them.',
  arguments: {
    ...shared,
    ignore_whitespace: { does: 'Lines that differ in blanks only count as there.', type: 'boolean', default: true },
  },
  run: call => addLines(call, appended),
})

export const prepend = defineState({
  does: 'Adds lines at the beginning of a file that does not have them.',
  arguments: {
    ...shared,
    header: { does: 'The lines must be the first of the file, exactly.', type: 'boolean', default: false },
  },
  run: call => addLines(call, prepended),
})

type Add = (call: StateCall, file: TextFile, texts: readonly string[]) => StateReturn

async function addLines(call: StateCall, add: Add): Promise<StateReturn> {
  const { args, name, test, tools } = call
  if (!name.startsWith('/')) return failed(`Specified file ${name} is not an absolute path`)
  if (!statsOf(name)) {
    if (test) return wouldChange(`File ${name} is set to be created`, { new: name })
    if (args.flag('makedirs')) makeParents(tools.shell, name, { user: null, group: null, mode: null })
    if (!statsOf(dirname(name))?.isDirectory()) return failed(fileFault(name) ?? `${name}: file not found`)
    putFile(name, '')
  }
  const sources = await textsOfSources(call)
  if ('fault' in sources) return failed(sources.fault)
  const texts = sources.texts ?? textsOf(args.value('text'))
  if (texts.length === 0) return failed('Given text is not a string')
  return add(call, readTextFile(name), texts)
}

function textsOf(value: Value): string[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.map(textOf)
  return value instanceof Dict ? [] : [textOf(value)]
}

/** Whether the lines of a text stand in the file, whatever blanks are between their words. */
function hasText(file: TextFile, text: string, exactly: boolean): boolean {
  if (exactly) return search(compileRegex(text, { multiLine: true }), file.text) !== null
  const lines = splitLines(text, false).map(line => {
    const words = line.split(/\s+/).filter(word => word !== '')
    return `(?:[\\s]+)?${words.map(escapeRegex).join('(?:[\\s]+)')}(?:[\\s]+)?`
  })
  return search(compileRegex(`^${lines.join('')}$`, { multiLine: true }), file.text) !== null
}

function appended(call: StateCall, file: TextFile, texts: readonly string[]): StateReturn {
  const { name, test, args } = call
  const exactly = !args.flag('ignore_whitespace')
  const lines = texts.filter(text => !hasText(file, text, exactly)).flatMap(text => splitLines(text, false))
  if (lines.length === 0) return { result: true, changes: new Dict(), comment: `File ${name} is in correct state` }
  const before = splitLines(file.text, false)
  const changes = Dict.of({ diff: unifiedDiff(before, [...before, ...lines]).join('\n') })
  if (test) return wouldChange(`File ${name} is set to be updated`, changes)
  const ended = file.text === '' || file.text.endsWith('\n') ? file.text : `${file.text}\n`
  writeTextFile(file, ended + lines.map(line => `${line}\n`).join(''))
  return { result: true, changes, comment: `Appended ${lines.length} lines` }
}

function prepended(call: StateCall, file: TextFile, texts: readonly string[]): StateReturn {
  const { name, test, args } = call
  const header = args.flag('header')
  const added = header ? texts : texts.filter(text => !hasText(file, text, false))
  const lines = added.flatMap(text => splitLines(text, false))
  const before = splitLines(file.text, true)
  const already = header && lines.every((line, index) => splitLines(before[index] ?? '', false)[0] === line)
  if (lines.length === 0 || already)
    return { result: true, changes: new Dict(), comment: `File ${name} is in correct state` }
  const after = lines.map(line => `${line}\n`).join('') + file.text
  const changes = Dict.of({ diff: unifiedDiff(before, splitLines(after, true)).join('') })
  if (test) return wouldChange(`File ${name} is set to be updated`, changes)
  writeTextFile(file, after)
  return { result: true, changes, comment: `Prepended ${lines.length} lines` }
}
