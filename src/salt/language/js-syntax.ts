/** Whether a text is a module of JavaScript, found out without running it. */

import { localShell } from '../../shell/local.ts'
import { program } from '../../shell/programs.ts'
import { textOf } from '../../shell/shell.ts'

export interface SyntaxFault {
  readonly message: string
  readonly line: number
}

/** Null where it is one. Node itself reads it: it knows its own grammar, and what it reads so it does not run. */
export async function syntaxFault(text: string): Promise<SyntaxFault | null> {
  const argv = [program(process.execPath), '--check', '--input-type=module', '-'] as const
  const ended = await localShell.run({ argv, input: text })
  if (ended.status === 0) return null
  const said = textOf(ended.stderr)
  const line = /^\[?[^\n]*?:(\d+)$/m.exec(said)?.[1] ?? '1'
  return { message: /^\w*Error: .*$/m.exec(said)?.[0] ?? 'it is no module of JavaScript', line: Number(line) }
}
