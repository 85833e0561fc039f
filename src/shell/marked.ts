/** A wall that marks what it starts, so that it is found again when the one who started it is dead. */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { textIfThere } from '../kernel/files.ts'
import type { Command, Shell } from './shell.ts'

const variable = 'CORPUS_DEPLOYMENT'

/** Every command carries the mark in its environment; the process groups that were begun stand in `list`. */
export function markedShell(shell: Shell, mark: string, list: string): Shell {
  const marked = (command: Command): Command => ({
    ...command,
    env: { ...(command.env ?? (process.env as Record<string, string>)), [variable]: mark },
    onStart: pid => {
      appendFileSync(list, `${pid}\n`)
      command.onStart?.(pid)
    },
  })
  return { run: command => shell.run(marked(command)), runSync: command => shell.runSync(marked(command)) }
}

/**
 * Kills what a dead runner left running: marked processes in the groups that it began. A daemon that a command started
 * has a session of its own and stays.
 */
export function killMarked(mark: string, list: string): number {
  const groups = new Set((textIfThere(list) ?? '').split('\n').filter(Boolean).map(Number))
  let killed = 0
  for (const group of groups.size === 0 ? [] : markedGroups(mark)) {
    if (!groups.has(group)) continue
    try {
      process.kill(-group, 'SIGKILL')
      killed++
    } catch {
      // gone meanwhile
    }
  }
  return killed
}

function markedGroups(mark: string): Set<number> {
  const groups = new Set<number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`${variable}=${mark}`)) continue
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      groups.add(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]))
    } catch {
      // another's, or gone
    }
  }
  return groups
}
