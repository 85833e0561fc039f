/** http.*: requests that must be answered as expected. */

import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'

const queryArguments: Arguments = {
  match: { does: 'What the answer must contain.', type: 'text' },
  match_type: { does: 'How it is looked for: string or pcre.', type: 'text', default: 'string' },
  status: { does: 'The status that the answer must have.', type: 'any' },
  method: { does: 'The method.', type: 'text', default: 'GET' },
  data: { does: 'The body.', type: 'text' },
  header_dict: { does: 'Headers.', type: 'mapping' },
  timeout: { does: 'Seconds that it may take.', type: 'number', default: 60 },
}

const query = defineState({
  does: 'Sees that an address answers with a status or a text; `name` is the address.',
  arguments: queryArguments,
  otherArguments: 'Accepted and ignored.',
  run: ask,
})

export const states: StateTable = { query }

async function ask(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  if (!args.has('match') && !args.has('status'))
    return failed('Either match text (match) or a status code (status) is required.')
  if (call.test) return wouldChange(' (TEST MODE)')
  const limit = AbortSignal.timeout(args.number('timeout') * 1000)
  try {
    const answer = await fetch(name, {
      method: args.text('method'),
      headers: Object.fromEntries([...args.mapping('header_dict')].map(([key, value]) => [textOf(key), textOf(value)])),
      ...(args.has('data') ? { body: args.text('data') } : {}),
      signal: tools.signal ? AbortSignal.any([limit, tools.signal]) : limit,
    })
    return judge(call, answer.status, await answer.text())
  } catch (error) {
    tools.signal?.throwIfAborted()
    const { message, cause } = error as Error
    return failed(`${name}: ${cause instanceof Error ? cause.message : message}`)
  }
}

function judge(call: StateCall, status: number, text: string): StateReturn {
  const { args } = call
  const comments: string[] = []
  let fine = true
  if (args.has('match')) {
    const wanted = args.text('match')
    const found = args.text('match_type') === 'pcre' ? new RegExp(wanted, 'm').test(text) : text.includes(wanted)
    comments.push(found ? `Match text "${wanted}" was found.` : `Match text "${wanted}" was not found.`)
    fine &&= found
  }
  if (args.has('status')) {
    const met = args.texts('status').includes(String(status))
    comments.push(
      met ? `Status ${status} was found.` : `Status ${args.texts('status').join(', ')} was not found, got ${status}.`,
    )
    fine &&= met
  }
  return fine ? succeeded(comments.join(' '), new Dict()) : failed(comments.join(' '))
}
