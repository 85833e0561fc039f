/** Runs a program of the system for this room and says in one place what its failures mean. */
import { basename } from 'node:path'
import { CorpusError, type ErrorCode } from '../kernel/errors.ts'
import { type Command, complaintOf, type Outcome, type Shell } from '../shell/shell.ts'

/** The environment of these programs, alike everywhere: neither the account's TAR_OPTIONS nor its language may change an archive or what is read from a listing. */
export function plainEnvironment(): Record<string, string> {
  const own = ['PATH', 'HOME', 'SSH_AUTH_SOCK'].map(key => [key, process.env[key]] as const)
  const kept = own.filter((pair): pair is [string, string] => pair[1] !== undefined)
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' }
}

/** Throws `code` with `what failed` as its sentence and the end of the program's own words as its detail. */
export async function must(shell: Shell, command: Command, code: ErrorCode, sentence: string): Promise<Outcome> {
  const outcome = await shell.run({ env: plainEnvironment(), ...command })
  if (outcome.status === 0) return outcome
  throw failure(command, outcome, code, sentence)
}

export function failure(command: Command, outcome: Outcome, code: ErrorCode, sentence: string): CorpusError {
  const words = complaintOf(outcome)
  const detail = [outcome.spawnError, words.slice(-2000)].filter(Boolean).join('\n')
  if (command.signal?.aborted) return new CorpusError('CANCELLED', `${sentence}: it was cancelled.`)
  const missing = missingProgram(command, outcome, words)
  if (missing !== undefined) return new CorpusError('TOOL_MISSING', `${missing} is not installed.`, { detail })
  if (/No space left on device|Disk quota exceeded/.test(words))
    return new CorpusError('DISK_FULL', `${sentence}: the disk is full.`, { detail })
  const why = outcome.timedOut ? `it took longer than ${command.timeoutSeconds} seconds` : lastLine(words)
  return new CorpusError(code, why === '' ? `${sentence}.` : `${sentence}: ${why}.`, { detail })
}

/** tar starts its compressor itself, rsync its ssh: their complaint is all there is. */
function missingProgram(command: Command, outcome: Outcome, words: string): string | undefined {
  if (outcome.spawnError?.includes('is not installed')) return basename(command.argv[0])
  const [, inner] =
    /(?:^|: )(zstd|gzip|ssh|rsync)[^\n]*: (?:Cannot exec: )?No such file or directory/m.exec(words) ?? []
  if (inner !== undefined && /exec|Cannot/.test(words)) return inner
  const [, unfound] = /^\S*sh: \d+: (?:exec: )?(\S+): not found$/m.exec(words) ?? []
  if (unfound !== undefined) return basename(unfound)
  const [, prefixed] =
    /(?:prlimit|setpriv|nice|ionice|corpus): failed to exec(?:ute)? (?:\/\S*\/)?([\w-]+): No such file/.exec(words) ??
    []
  return prefixed
}

/** What a program says last is often only that it ends. */
function lastLine(words: string): string {
  const lines = words.split('\n').filter(line => line.trim() !== '')
  const telling = lines.filter(
    line =>
      !/^(scp: Connection closed|lost connection|rsync error: |(?:\/\S*\/)?tar: (Error is not recoverable|Exiting with failure status))/.test(
        line,
      ),
  )
  return (telling.at(-1) ?? lines.at(-1) ?? '').trim().replace(/\.$/, '').slice(0, 300)
}
