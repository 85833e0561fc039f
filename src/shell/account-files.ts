/** useradd, groupadd and their kin: one at a time has the files of accounts, and the others say that they should try again. */
import { program } from './programs.ts'
import { type Outcome, type Shell, textOf } from './shell.ts'

const mostTries = 40
const pauseMilliseconds = 150

/** `argv`: the name of the program, then its words. As it ends, once it has had its turn. */
export async function changeAccounts(shell: Shell, [name, ...words]: readonly [string, ...string[]]): Promise<Outcome> {
  for (let turn = 1; ; turn++) {
    const ended = await shell.run({ argv: [program(name), ...words] })
    if (ended.status === 0 || turn === mostTries || !/cannot lock|try again later/.test(textOf(ended.stderr)))
      return ended
    await new Promise(resolve => setTimeout(resolve, pauseMilliseconds))
  }
}
