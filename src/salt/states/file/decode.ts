/** file.decode: a file with the bytes of a base64 text. */
import { createHash } from 'node:crypto'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { executionError } from '../../definition/exceptions.ts'
import { succeeded, wouldChange } from '../../definition/outcome.ts'
import { traverse } from '../../definition/traverse.ts'
import { textOf } from '../../definition/values.ts'
import type { Value } from '../../python/value.ts'
import { readFileSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'
import { putFile } from './put.ts'

export const decode = defineState({
  does: 'Writes the bytes of a base64 text to a file.',
  arguments: {
    encoded_data: { does: 'The text.', type: 'text' },
    contents_pillar: { does: 'The text is this value of the pillar.', type: 'text' },
    encoding_type: { does: 'base64.', type: 'text', default: 'base64' },
    checksum: { does: 'The hash by which the file is compared and told.', type: 'text', default: 'md5' },
  },
  run: runDecode,
})

function runDecode(call: StateCall): StateReturn {
  const { args, name, test } = call
  const bytes = Buffer.from(encodedText(call), 'base64')
  const type = args.text('checksum')
  const sum = (data: Buffer) => createHash(type).update(data).digest('hex')
  const wanted = sum(bytes)
  const present = statsOf(name)?.isFile() ? sum(readFileSync(name)) : null
  if (present === wanted) return succeeded('File is in the correct state.')
  const changes: Record<string, Value> = { old: present, new: wanted }
  if (test) return wouldChange('File is set to be updated.', present === null ? {} : changes)
  putFile(name, bytes)
  return succeeded('File was updated.', changes)
}

function encodedText({ args, tools }: StateCall): string {
  const [data, key] = [args.textOrNone('encoded_data'), args.textOrNone('contents_pillar')]
  if (!data && !key) throw executionError("Specify either the 'encoded_data' or 'contents_pillar' argument.")
  if (data && key) throw executionError("Specify only one of 'encoded_data' or 'contents_pillar'")
  if (data) return data
  const found = traverse(tools.pillar, key ?? '')
  if (found === undefined || found === false) throw executionError('Pillar data not found.')
  return textOf(found)
}
