/** A crontab as text: Salt marks the lines that it keeps with a comment line above each, and leaves all others alone. */

export interface CronJob {
  readonly identifier: string
  readonly command: string
  /** Five fields, or one special word (@daily). */
  readonly schedule: string
  readonly comment: string | null
  /** Kept, but commented out. */
  readonly commented: boolean
}

const header = '# Lines below here are managed by Salt, do not edit'
const mark = 'SALT_CRON_IDENTIFIER:'
const disabled = '#DISABLED#'

/** The lines of the job with this identifier, or null. */
export function findJob(crontab: string, identifier: string): { lines: readonly string[]; job: CronJob } | null {
  const lines = linesOf(crontab)
  const at = markedLine(lines, identifier)
  const line = lines[at + 1]
  if (at === -1 || line === undefined) return null
  const commented = line.startsWith(disabled)
  const bare = commented ? line.slice(disabled.length) : line
  const found = /^(@\w+|(?:\S+\s+){4}\S+)\s+(.*)$/.exec(bare)
  const comment = (lines[at] as string).slice(2, (lines[at] as string).indexOf(mark)).trim()
  const job = {
    identifier,
    command: found?.[2] ?? bare,
    schedule: (found?.[1] ?? '').replace(/\s+/g, ' '),
    comment: comment === '' ? null : comment,
    commented,
  }
  return { lines: [lines[at] as string, line], job }
}

export function withJob(crontab: string, job: CronJob): string {
  const lines = linesOf(crontab)
  const entry = linesFor(job)
  const at = markedLine(lines, job.identifier)
  if (at !== -1) return textOf(lines.toSpliced(at, 2, ...entry))
  const top = lines.indexOf(header)
  return textOf(top === -1 ? [...lines, header, ...entry] : [...lines, ...entry])
}

export function withoutJob(crontab: string, identifier: string): string {
  const lines = linesOf(crontab)
  const at = markedLine(lines, identifier)
  return at === -1 ? crontab : textOf(lines.toSpliced(at, 2))
}

export function findVariable(crontab: string, name: string): string | null {
  const line = linesOf(crontab).find(each => each.startsWith(`${name}=`))
  return line === undefined ? null : line.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
}

/** Null takes it out. */
export function withVariable(crontab: string, name: string, value: string | null): string {
  const kept = linesOf(crontab).filter(line => !line.startsWith(`${name}=`))
  if (value === null) return textOf(kept)
  const top = kept.indexOf(header)
  const line = `${name}="${value}"`
  return textOf(top === -1 ? [...kept, header, line] : kept.toSpliced(top + 1, 0, line))
}

function linesFor(job: CronJob): [string, string] {
  const comment = job.comment === null ? '' : `${job.comment.replaceAll('\n', ' ')} `
  return [`# ${comment}${mark}${job.identifier}`, `${job.commented ? disabled : ''}${job.schedule} ${job.command}`]
}

function markedLine(lines: readonly string[], identifier: string): number {
  return lines.findIndex(line => line.startsWith('#') && line.endsWith(`${mark}${identifier}`))
}

function linesOf(crontab: string): string[] {
  const text = crontab.replace(/\n$/, '')
  return text === '' ? [] : text.split('\n')
}

function textOf(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}
