/** Lines of a log as people read them: what is JSON is drawn, what a program printed in between stays as it is. */

export interface LogEntry {
  /** Empty for what is no line of ours. */
  readonly time: string
  readonly level: string
  readonly part: string
  readonly project?: string
  readonly release?: string
  readonly message: string
}

/** A line as it stands in the file. */
export function entryOf(line: string): LogEntry {
  const bare = { time: '', level: '', part: '', message: line }
  if (!line.startsWith('{')) return bare
  try {
    const { time, level, part, project, release, message } = JSON.parse(line) as Record<string, unknown>
    if (typeof time !== 'string' || typeof level !== 'string') return bare
    return {
      time,
      level,
      part: textOf(part),
      ...(typeof project === 'string' && { project }),
      ...(typeof release === 'string' && { release }),
      message: textOf(message),
    }
  } catch {
    return bare
  }
}

/** `paint`: gives a level its colour. */
export function drawn(entry: LogEntry, paint: (level: string, text: string) => string = (_, text) => text): string {
  const { time, level, part, project, release, message } = entry
  if (time === '') return message
  const about = [project, release?.slice(0, 24)].filter(Boolean).join(' ')
  return `${time.slice(0, 23)} ${paint(level, level.padEnd(5))} ${part}${about === '' ? '' : ` ${about}`}: ${message}`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
