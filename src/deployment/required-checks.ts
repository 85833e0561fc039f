/** What must answer well before a deployment begins: an address, or a command. */
import { CorpusError } from '../kernel/errors.ts'
import { isFetchUrl } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { environmentOfAccount } from '../shell/environment.ts'
import { program } from '../shell/programs.ts'
import { type Account, endingOf, type Shell } from '../shell/shell.ts'

const defaultSeconds = 10
const mostSeconds = 300
const mostBytes = 1024 * 1024

interface Common {
  readonly name: string
  readonly seconds: number
}

export type RequiredCheck =
  | (Common & { readonly kind: 'url'; readonly url: string; readonly status: number; readonly contains: string | null })
  | (Common & { readonly kind: 'command'; readonly command: string })

/** Of the setting `required_checks`. Throws GATES_INVALID. */
export function requiredChecks(setting: Value): RequiredCheck[] {
  return Array.isArray(setting) ? setting.map(checkOf) : []
}

const knownKeys = ['name', 'url', 'status', 'contains', 'command', 'timeout']

function checkOf(item: Value): RequiredCheck {
  const entry = item instanceof Dict ? item : new Dict()
  const said = (key: string): string | undefined => {
    const value = entry.get(key)
    return value === undefined || value === null ? undefined : String(value)
  }
  const fail = (detail: string): never => {
    throw new CorpusError('GATES_INVALID', `required_checks: ${said('name') ?? 'one of them'} cannot be understood.`, {
      detail,
    })
  }
  const unknown = [...entry.keys()].find(key => !knownKeys.includes(String(key)))
  if (unknown !== undefined) fail(`${String(unknown)} is not known: ${knownKeys.join(', ')} are.`)
  const [url, command] = [said('url'), said('command')]
  if ((url === undefined) === (command === undefined)) fail('It has either a url or a command.')
  const seconds = Number(said('timeout') ?? defaultSeconds)
  if (!(seconds >= 1 && seconds <= mostSeconds)) fail(`timeout is a number of seconds from 1 to ${mostSeconds}.`)
  const name = said('name') ?? url ?? command ?? ''
  if (command !== undefined) {
    if (said('status') !== undefined || said('contains') !== undefined) fail('status and contains are of a url.')
    return { kind: 'command', name, seconds, command }
  }
  const status = Number(said('status') ?? 200)
  if (!Number.isInteger(status) || status < 100 || status > 599) fail('status is a number from 100 to 599.')
  if (!isFetchUrl(url ?? '') || !/^https?:/i.test(url ?? '')) fail('url begins with http:// or https://.')
  return { kind: 'url', name, seconds, url: url ?? '', status, contains: said('contains') ?? null }
}

export interface Asker {
  readonly shell: Shell
  /** Whom commands run as. */
  readonly account: Account | null
  readonly folder: string
  readonly signal: AbortSignal
}

/** Why it says no; null where it is as it should be. Never throws. */
export function whyNot(check: RequiredCheck, asker: Asker): Promise<string | null> {
  return check.kind === 'url' ? whyNotByUrl(check, asker.signal) : whyNotByCommand(check, asker)
}

async function whyNotByUrl(
  { url, status, contains, seconds }: Extract<RequiredCheck, { kind: 'url' }>,
  cancelled: AbortSignal,
): Promise<string | null> {
  const late = AbortSignal.timeout(seconds * 1000)
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.any([late, cancelled]) })
    const text = contains === null ? '' : await beginningOf(answer)
    await answer.body?.cancel().catch(() => {})
    if (answer.status !== status) return `it answered ${answer.status}, and not ${status}`
    return contains === null || text.includes(contains)
      ? null
      : `its answer does not contain ${JSON.stringify(contains)}`
  } catch (error) {
    if (late.aborted) return `it did not answer within ${seconds} seconds`
    const { message, cause } = error as Error
    return cause instanceof Error && cause.message !== '' ? cause.message : message
  }
}

async function beginningOf(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of answer.body ?? []) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > mostBytes) break
  }
  return Buffer.concat(pieces).toString('utf8')
}

async function whyNotByCommand(
  { command, seconds }: Extract<RequiredCheck, { kind: 'command' }>,
  { shell, account, folder, signal }: Asker,
): Promise<string | null> {
  const ended = await shell.run({
    argv: [program('sh'), '-c', command],
    cwd: folder,
    env: environmentOfAccount(account),
    timeoutSeconds: seconds,
    keepBytes: 64 * 1024,
    signal,
    ...(account && { user: account }),
  })
  if (ended.status === 0 && ended.spawnError === undefined) return null
  if (ended.timedOut) return `it did not end within ${seconds} seconds`
  return ended.spawnError ?? endingOf(ended)
}
