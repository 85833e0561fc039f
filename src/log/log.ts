/** What processes of corpus say of themselves: a line of JSON each, with a level and the release that it is about, and no secret. */
import { appendFileSync, writeSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import { scrubber } from '../kernel/scrub.ts'

/** The process that speaks. */
export type Part = 'agent' | 'runner' | 'job'

export interface LogOptions {
  readonly part: Part
  /** Secrets that are known, however they come into a line. */
  readonly secrets?: Iterable<string>
  /** Takes a line with its end; standard error otherwise. */
  readonly write?: (line: string) => void
}

/** Fields by these names are never shown, wherever somebody puts them. */
const secretFields = [
  'password',
  'secret',
  'token',
  'key',
  'credentials',
  'authorization',
  'cookie',
  'env',
  'environment',
]

/** Each line is written before the call returns: a process that ends, or is killed, has said what it said. */
export function openLog({ part, secrets = [], write = line => void writeSync(2, line) }: LogOptions): Logger {
  const scrub = scrubber(secrets)
  return pino(
    {
      base: { part, pid: process.pid },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: secretFields.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '********' },
      hooks: { streamWrite: line => withoutUrlPasswords(scrub.text(line)) },
    },
    { write: line => attempt(() => write(line)) },
  )
}

/** Into a file that may be put aside at any time: each line goes to what stands there. */
export const toFile =
  (path: string) =>
  (line: string): void =>
    appendFileSync(path, line, { mode: 0o600 })

const withoutUrlPasswords = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:)[^\s/@"]+@/gi, '$1********@')

/** A full disk or a closed pipe keeps no work from being done. */
function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // There is nobody to tell.
  }
}
