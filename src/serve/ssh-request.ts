/** A command of corpus for somebody who asks by ssh: with this process's input and output, by what that user may. */
import { readFileSync } from 'node:fs'
import type { Context } from '../controller/context.ts'
import { mustBeAllowed } from '../controller/desk.ts'
import type { Caller } from '../controller/rights.ts'
import { openForServing, type ServingStore } from '../controller/serving-store.ts'
import { callerOfKey } from '../controller/who.ts'
import type { ForSomebody } from './ssh-session.ts'

/** What a command line asks of whoever runs it in another's name. */
interface Oversight {
  readonly caller: Caller
  readonly store: ServingStore['store']
  readonly from: string
  readonly requestId: string
  mustBeAllowed(request: string, given: Readonly<Record<string, unknown>>): Promise<void>
}

/** Told by file descriptor 3, which is no list of processes'. */
const toldBy = 3

/** Its exit status. `run` never throws; this throws STORE_…. */
export async function answerForSomebody(
  context: Context,
  run: (words: readonly string[], oversight: Oversight) => Promise<number>,
): Promise<number> {
  const { fingerprint, words, from, requestId } = JSON.parse(readFileSync(toldBy, 'utf8')) as ForSomebody
  const serving = await openForServing(context.root)
  const { store } = serving
  try {
    const caller = await callerOfKey(serving, fingerprint)
    if (caller === undefined) return 128
    const asked = { ...context, store }
    return await run(words, {
      caller,
      store,
      from,
      requestId,
      mustBeAllowed: (request, given) => mustBeAllowed(asked, { request, given, caller, from, requestId }),
    })
  } finally {
    await store.close()
  }
}
