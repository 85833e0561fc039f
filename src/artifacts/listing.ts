/** Reads what an archive would unpack, and refuses it whole when one entry would leave its folder or gain rights. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { components, mayPointTo, placeOf } from './links.ts'
import { failure, plainEnvironment } from './run.ts'

interface Entry {
  /** As `ls` writes it: `-` a file, `d` a folder, `l` a symbolic link, `h` a hard link, anything else a device or worse. */
  readonly type: string
  /** `rwxr-xr-x`. */
  readonly mode: string
  readonly bytes: number
  readonly name: string
  /** Where a link of either kind points. */
  readonly target: string | undefined
}

export interface ListingLimits {
  readonly maximumBytes: number
  readonly maximumEntries: number
  readonly linksMayPointTo: readonly string[]
  /** Names at the top that are a folder or not there. */
  readonly folders: readonly string[]
}

export interface Listing {
  readonly entries: number
  /** What the files come to when they are unpacked. */
  readonly bytes: number
}

/** tar itself reads the archive, so that what was checked is what will be unpacked; its listing is quoted as C strings. */
export async function checkedListing(
  shell: Shell,
  archive: string,
  decompress: readonly string[],
  limits: ListingLimits,
  signal?: AbortSignal,
): Promise<Listing> {
  const check = checker(limits)
  const stop = new AbortController()
  let rest = ''
  let fault: unknown
  const command = {
    argv: [
      program('tar'),
      '--list',
      '--verbose',
      '--numeric-owner',
      '--quoting-style=c',
      '--full-time',
      ...decompress,
      `--file=${archive}`,
    ],
    env: plainEnvironment(),
    keepBytes: 64 * 1024,
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    onOutput(piece: Uint8Array, stream: 'stdout' | 'stderr') {
      if (stream === 'stderr' || fault !== undefined) return
      const lines = (rest + Buffer.from(piece).toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      try {
        for (const line of lines) check.entry(parseLine(line))
      } catch (error) {
        fault = error
        stop.abort()
      }
    },
  } as const
  const outcome = await shell.run(command)
  if (fault !== undefined) throw fault
  if (outcome.status !== 0)
    throw failure(
      { ...command, ...(signal && { signal }) },
      outcome,
      'ARTIFACT_DAMAGED',
      `The archive ${archive} cannot be read`,
    )
  return check.whole()
}

/** One line of the listing, as in `lrwxrwxrwx 0/0 0 2026-01-01 00:00:00 "a" -> "b"`. */
function parseLine(line: string): Entry {
  const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
  const match = new RegExp(
    `^(.)(\\S{9})\\S* +\\S+ +([\\d,]+) +\\S+ \\S+ ${quoted}(?: (?:->|link to) ${quoted})?$`,
  ).exec(line)
  if (!match) throw new CorpusError('ARTIFACT_HOSTILE', `An entry of the archive cannot be understood: ${shown(line)}.`)
  const [, type, mode, bytes, name, target] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string | undefined,
  ]
  return {
    type,
    mode,
    bytes: type === '-' ? Number(bytes) : 0,
    name: unquoted(name),
    target: target === undefined ? undefined : unquoted(target),
  }
}

function checker(limits: ListingLimits) {
  const kinds = new Map<string, string>()
  const links = new Map<string, string>()
  const hard: Entry[] = []
  let bytes = 0
  return {
    entry(entry: Entry) {
      const path = safePath(entry.name)
      refuseKind(entry)
      bytes += entry.bytes
      if (bytes > limits.maximumBytes)
        throw new CorpusError('ARTIFACT_TOO_LARGE', `The archive unpacks to more than ${limits.maximumBytes} bytes.`)
      if (kinds.size >= limits.maximumEntries)
        throw new CorpusError('ARTIFACT_TOO_LARGE', `The archive has more than ${limits.maximumEntries} entries.`)
      if (kinds.has(path) && !(kinds.get(path) === 'd' && entry.type === 'd'))
        throw hostile(entry.name, 'is there twice')
      kinds.set(path, entry.type)
      if (limits.folders.includes(path) && entry.type !== 'd') throw hostile(entry.name, 'is no folder')
      if (entry.type === 'l') links.set(path, entry.target ?? '')
      if (entry.type === 'h') hard.push(entry)
    },
    whole(): Listing {
      for (const path of kinds.keys()) refuseThroughLinks(path, kinds)
      for (const path of links.keys()) {
        if (!mayPointTo(placeOf(path, links), limits.linksMayPointTo))
          throw hostile(path, `is a link that points outside the folder, to ${shown(links.get(path) ?? '')}`)
      }
      for (const { name, target } of hard) {
        const kind = kinds.get(safePath(target ?? '..'))
        if (kind !== '-' && kind !== 'h')
          throw hostile(name, `is a hard link to ${shown(target ?? '')}, which is no file of the archive`)
      }
      return { entries: kinds.size, bytes }
    },
  }
}

/** The path below the folder, `` for the folder itself. */
function safePath(name: string): string {
  if (name.startsWith('/')) throw hostile(name, 'is an absolute path')
  const parts = components(name)
  if (parts.includes('..')) throw hostile(name, 'climbs out of the folder')
  return parts.join('/')
}

function refuseKind({ type, mode, name }: Entry): void {
  if (!'-dlh'.includes(type)) throw hostile(name, 'is a device, a pipe or another thing that no release may have')
  if (type === '-' && (/s/i.test(mode[2] ?? '') || /s/i.test(mode[5] ?? '')))
    throw hostile(name, 'would run with the rights of another account')
}

/** An entry below a link would be written wherever the link points. */
function refuseThroughLinks(path: string, kinds: ReadonlyMap<string, string>): void {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const kind = kinds.get(path.slice(0, at))
    if (kind !== undefined && kind !== 'd')
      throw hostile(path, `lies below ${shown(path.slice(0, at))}, which is no folder`)
  }
}

function hostile(name: string, why: string): CorpusError {
  return new CorpusError('ARTIFACT_HOSTILE', `The archive is refused: its entry ${shown(name)} ${why}.`)
}

/** Undoes tar's quoting: a C string, bytes beyond ASCII in octal. */
function unquoted(text: string): string {
  const letters: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (letters[code] ?? code),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
