/** rsync as rsync.* calls it: the vector, and what its output says. */

import { rsyncWords } from '../../shell/rsync.ts'
import type { Args } from '../definition/args.ts'
import type { Arguments } from '../definition/define.ts'
import { truthOf } from '../definition/values.ts'

export const rsyncArguments: Arguments = {
  delete: { does: 'Deletes what the source does not have.', type: 'boolean', default: false },
  force: {
    does: 'Deletes folders that are not empty where a file takes their place.',
    type: 'boolean',
    default: false,
  },
  update: { does: 'Leaves files that are newer at the destination.', type: 'boolean', default: false },
  passwordfile: { does: 'The file of the password of an rsync server.', type: 'path' },
  exclude: { does: 'What is left out: a pattern or several.', type: 'text or list' },
  excludefrom: { does: 'A file of patterns that are left out.', type: 'path' },
  dryrun: { does: 'Only says what it would do.', type: 'boolean', default: false },
  rsh: { does: 'The shell that leads to the other machine.', type: 'text' },
  additional_opts: { does: 'Further options of rsync(1).', type: 'list' },
}

export function rsyncCommand(source: string, destination: string, args: Args, dryRun: boolean): [string, ...string[]] {
  const options: Record<string, string | null> = {}
  if (dryRun) options['dry-run'] = null
  if (args.textOrNone('rsh')) options['rsh'] = args.text('rsh')
  for (const name of ['delete', 'force', 'update']) if (args.flag(name)) options[name] = null
  if (args.textOrNone('passwordfile')) options['password-file'] = args.text('passwordfile')
  const hasFile = Boolean(args.textOrNone('excludefrom'))
  if (hasFile) options['exclude-from'] = args.text('excludefrom')
  const exclude = !hasFile && truthOf(args.value('exclude')) ? args.texts('exclude') : []
  const more = args.texts('additional_opts')
  return ['rsync', ...rsyncWords({ flags: 'avz', options, exclude, more }, source, destination)]
}

/** The last paragraph, a fact a line. */
export function rsyncSummary(output: string): string {
  const facts = (output.split('\n\n').at(-1) ?? '').replaceAll('  ', '\n').split('\n')
  return `- ${facts.filter(fact => fact !== '').join('\n- ')}`
}

/** The names in the first paragraph; null where there are none. */
export function rsyncChanges(output: string): { copied: string; deleted: string } | null {
  const lines = (output.split('\n\n')[0] ?? '').split('\n').slice(1)
  const gone = lines.filter(line => line.startsWith('deleting ')).map(line => line.slice('deleting '.length))
  const copied = lines.filter(line => !line.startsWith('deleting '))
  if (gone.length === 0 && copied.every(line => line === '')) return null
  return { copied: copied.sort().join('\n') || 'N/A', deleted: gone.sort().join('\n') || 'N/A' }
}
