/** What the commands that begin a deployment share: they show it, and end with its verdict. */

import type { Begun } from '../../controller/deploy.ts'
import { follow } from '../../controller/follow.ts'
import { readRecord } from '../../pipeline/history.ts'
import type { Invocation } from '../command.ts'

/** With --json the log goes to standard error and the record of the deployment to standard output. */
export async function showDeployment(invocation: Invocation, begun: Begun): Promise<number> {
  const write = invocation.json ? (text: string) => process.stderr.write(text) : invocation.print
  const verdict = await follow(invocation.context, begun.layout, begun.release, write)
  if (invocation.json) invocation.print(`${JSON.stringify(readRecord(begun.layout, begun.release))}\n`)
  return verdict.status
}
