/** file.comment and file.uncomment: lines that a pattern matches become comments, or stop being ones. */
import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { commentLines, uncommentLines } from './comment-lines.ts'
import { textDiff } from './diff.ts'
import { backupName, fileFault, foundIn, keepCopy, readTextFile, type TextFile, writeTextFile } from './text-file.ts'

const shared: Arguments = {
  regex: { does: 'The pattern of the lines, as they are without the comment character.', type: 'text', required: true },
  char: { does: 'The comment character.', type: 'text', default: '#' },
  backup: {
    does: 'What the name of a copy of the old file ends with; false makes none.',
    type: 'any',
    default: '.bak',
  },
}

export const comment = defineState({
  does: 'Makes comments of the lines that a pattern matches.',
  arguments: {
    ...shared,
    ignore_missing: { does: 'That no line matches is all right.', type: 'boolean', default: false },
  },
  run: runComment,
})

export const uncomment = defineState({
  does: 'Makes lines that are comments count again.',
  arguments: shared,
  run: runUncomment,
})

function runComment(call: StateCall): StateReturn {
  const { args, name } = call
  const fault = fileFault(name)
  if (fault) return failed(fault)
  const regex = args.text('regex')
  const char = args.text('char')
  const bare = regex.replace(/^(?:\(\?[iLmsux]\))?\^?(.*?)\$?$/s, '$1')
  const file = readTextFile(name)
  if (!foundIn(file, `^(?!\\s*${char}).*${bare}`)) {
    if (foundIn(file, char + bare)) return succeeded('Pattern already commented')
    if (args.flag('ignore_missing')) return succeeded('Pattern not found and ignore_missing set to True')
    return failed(`${bare}: Pattern not found`)
  }
  const after = commentLines(file.text, regex, char)
  const found = foundIn({ ...file, text: after }, bare)
  return edited(call, file, after, found, ['Commented lines successfully', 'Expected commented lines not found'])
}

function runUncomment(call: StateCall): StateReturn {
  const { args, name } = call
  const fault = fileFault(name)
  if (fault) return failed(fault)
  const regex = args.text('regex')
  const char = args.text('char')
  const bare = regex.replace(/^\^+/, '')
  const file = readTextFile(name)
  if (!foundIn(file, `${char}[ \t]*${bare}`)) {
    if (foundIn(file, `^[ \t]*${bare}`)) return succeeded('Pattern already uncommented')
    return failed(`${regex}: Pattern not found`)
  }
  const after = uncommentLines(file.text, regex, char)
  const found = foundIn({ ...file, text: after }, `^[ \t]*${bare}`)
  return edited(call, file, after, found, ['Uncommented lines successfully', 'Expected uncommented lines not found'])
}

function edited(
  call: StateCall,
  file: TextFile,
  after: string,
  found: boolean,
  [good, bad]: readonly [string, string],
): StateReturn {
  const { name, args, tools, test } = call
  if (test) return wouldChange(`File ${name} is set to be updated`, { [name]: 'updated' })
  const diff = textDiff(file.text, after)
  if (diff !== '') {
    const copy = backupName(name, args.value('backup'))
    if (copy) keepCopy(tools.shell, name, copy)
    writeTextFile(file, after)
  }
  const changes: Record<string, string> = diff === '' ? {} : { diff }
  return found ? succeeded(good, changes) : failed(bad, changes)
}
