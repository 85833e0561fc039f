/** corpus help, completion and man: what is known of every command, in four shapes. */
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { defineCommand } from '../command.ts'

export const helpCommand = defineCommand({
  name: 'help',
  does: 'Prints the commands of every day; with --all every command, with WORDS the help of one.',
  arguments: ['[WORDS...]'],
  options: [{ flags: '--all', does: 'every command, in groups' }],
  example: 'corpus help --all',
  async run(invocation) {
    const words = invocation.args.filter(word => word !== undefined)
    if (words.length > 0) return invocation.doors.command([...words, '--help'])
    const { dailyHelp, wholeHelp } = await import('../help.ts')
    if (invocation.options['all'] !== true) invocation.print(dailyHelp())
    else invocation.print(wholeHelp((await import('./index.ts')).commands))
    return 0
  },
})

export const completionCommand = defineCommand({
  name: 'completion',
  does: 'Prints what lets a shell complete words of corpus: bash, zsh or fish.',
  arguments: ['SHELL'],
  example: 'corpus completion bash > /etc/bash_completion.d/corpus',
  async run(invocation) {
    const { completions } = await import('../completion.ts')
    const [shell = ''] = invocation.args
    const write = Object.hasOwn(completions, shell) ? completions[shell] : undefined
    if (write === undefined) throw new CorpusError('USAGE', `${shown(shell)} is neither bash nor zsh nor fish.`)
    invocation.print(write((await import('./index.ts')).commands))
    return 0
  },
})

export const manCommand = defineCommand({
  name: 'man',
  does: 'Prints the manual page.',
  example: 'corpus man > /usr/local/share/man/man1/corpus.1',
  async run(invocation) {
    const { manualPage } = await import('../man.ts')
    invocation.print(manualPage((await import('./index.ts')).commands))
    return 0
  },
})
