/** file.blockreplace: what stands between two markers of a file. */
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { accumulatedTexts } from './accumulators.ts'
import { type Block, refuseSeveralPlaces, replaceBlock } from './block-text.ts'
import { textDiff } from './diff.ts'
import { backupName, fileFault, keepCopy, readTextFile, refuseBinary, writeTextFile } from './text-file.ts'
import { textArguments, textsOfSources } from './texts.ts'

export const blockreplace = defineState({
  does: 'Keeps what stands between two markers of a file.',
  arguments: {
    marker_start: { does: 'The line before the block has this.', type: 'text', default: '#-- start managed zone --' },
    marker_end: { does: 'The line after the block has this.', type: 'text', default: '#-- end managed zone --' },
    ...textArguments,
    content: { does: 'The text of the block.', type: 'any', default: '' },
    append_if_not_found: { does: 'Adds the block at the end where there is none.', type: 'boolean', default: false },
    prepend_if_not_found: { does: 'Adds it at the beginning.', type: 'boolean', default: false },
    backup: {
      does: 'What the name of a copy of the old file ends with; false makes none.',
      type: 'any',
      default: '.bak',
    },
    show_changes: { does: 'Shows a diff of what changed.', type: 'boolean', default: true },
    append_newline: { does: 'Ends the content with a line break; default: where it has none.', type: 'boolean' },
    insert_before_match: { does: 'Adds the block before the first line that this pattern matches.', type: 'text' },
    insert_after_match: { does: 'Adds it after that line.', type: 'text' },
  },
  run: runBlockreplace,
})

async function runBlockreplace(call: StateCall): Promise<StateReturn> {
  const { args, tools, test, name } = call
  const fault = fileFault(name)
  if (fault) return failed(fault)
  const sources = await textsOfSources(call)
  if ('fault' in sources) return failed(sources.fault)
  const collected = accumulatedTexts(tools.memory, name, call.id)
  const own = args.value('content')
  const start = [...(own === '' || own === null ? [] : [textOf(own)]), ...collected].join('\n')
  const content = start + (sources.texts?.join('') ?? '')
  const file = readTextFile(name)
  let after: string
  try {
    refuseBinary(file)
    after = replaceBlock(file.text, blockOf(call, content))
  } catch (error) {
    return failed(`Encountered error managing block: ${(error as Error).message}. See the log for details.`)
  }
  if (after === file.text) return succeeded('No changes needed to be made')
  const changes = { diff: args.flag('show_changes') ? textDiff(file.text, after) : true }
  if (test) return wouldChange('Changes would be made', changes)
  const copy = backupName(name, args.value('backup'))
  if (copy) keepCopy(tools.shell, name, copy)
  writeTextFile(file, after)
  return succeeded('Changes were made', changes)
}

function blockOf({ args }: StateCall, content: string): Block {
  const [append, prepend] = [args.flag('append_if_not_found'), args.flag('prepend_if_not_found')]
  const [before, after] = [args.textOrNone('insert_before_match'), args.textOrNone('insert_after_match')]
  refuseSeveralPlaces({ append, prepend_if_not_found: prepend })
  refuseSeveralPlaces({ insert_before_match: before !== null, insert_after_match: after !== null })
  return {
    start: args.text('marker_start'),
    end: args.text('marker_end'),
    content,
    ifNotFound: prepend ? 'prepend' : append ? 'append' : before ? { before } : after ? { after } : 'nothing',
    appendNewline: args.value('append_newline') === null ? null : args.flag('append_newline'),
  }
}
