/** Takes secrets out of text, also out of text that comes in pieces cut anywhere, and where programs show them encoded. */

export interface Scrubber {
  /** A whole text without the secrets. */
  text(whole: string): string
  /** What can be shown now: held back is only an end that may be the beginning of a secret. */
  piece(next: string): string
  /** What was held back. */
  end(): string
}

const mask = '********'
/** Shorter ones cannot be told from other words: masking them would only garble the text. */
const shortest = 4
/** Of what stands for a secret in another writing: a few letters of it are in any text. */
const shortestEncoded = 6

/** A text that is looked for, and how it may be written. */
interface Pattern {
  readonly text: string
  /** `lines`: broken anywhere, as base64 is after 60 to 76 letters. `url`: each letter as it is or as its code. */
  readonly as: 'it is' | 'lines' | 'url'
}

/**
 * A secret is taken out as it is, and as it stands in JSON, URLs, base64 (wherever it begins in what was encoded), hexadecimal,
 * HTML, YAML, and quoted for a shell or Python. One of several lines (a private key) goes line by line, too, as programs show
 * it indented or cut.
 */
export function scrubber(secrets: Iterable<string>): Scrubber {
  const patterns = patternsOf(secrets)
  if (patterns.length === 0) return { text: whole => whole, piece: next => next, end: () => '' }
  const known = indexOf(patterns)
  let held = ''
  return {
    text: whole => masked(whole, known, true)[0],
    piece(next) {
      const [open, rest] = masked(held + next, known, false)
      held = rest
      return open
    },
    end() {
      const [rest] = masked(held, known, true)
      held = ''
      return rest
    },
  }
}

function patternsOf(secrets: Iterable<string>): Pattern[] {
  const patterns = new Map<string, Pattern>()
  const add = (text: string, least: number, as: Pattern['as'] = 'it is') => {
    const key = as === 'url' ? `%${text}` : ` ${text}`
    if (text.length >= least && (as === 'lines' || !patterns.has(key))) patterns.set(key, { text, as })
  }
  for (const secret of secrets) {
    if (secret.length < shortest) continue
    for (const text of [secret, ...longLines(secret)]) {
      add(text, shortest)
      for (const one of quoted(text)) add(one, shortest)
      for (const one of inHex(text)) add(one, shortestEncoded)
      for (const one of inBase64(text)) add(one, shortestEncoded, 'lines')
      if (!/^[A-Za-z0-9._~-]*$/.test(text)) add(text, shortest, 'url')
    }
  }
  return [...patterns.values()]
}

/** JSON (of PHP, and of Python, which writes ASCII alone), shells, Python, YAML, HTML. */
function quoted(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const ascii = (text: string) =>
    text.replace(/[\u007f-\uffff]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [
    json,
    ascii(json),
    json.replaceAll('/', '\\/'),
    ascii(json.replaceAll('/', '\\/')),
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll("'", "'\\''"),
    secret.replaceAll("'", `'"'"'`),
    secret.replaceAll("'", "''"),
    secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    secret.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    secret.replace(/["$`\\]/g, '\\$&'),
    html,
    html.replaceAll('"', '&quot;'),
    html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    html.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
  ]
}

function inHex(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex')
  return [hex, hex.toUpperCase()]
}

/** The letters that are the secret's alone, for each of the three places that it can have among what is encoded with it. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const cores = [0, 1, 2].map(before => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return all.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  const alone = bytes.toString('base64').replace(/=+$/, '')
  return [...cores, alone].flatMap(one => [one, one.replaceAll('+', '-').replaceAll('/', '_')])
}

interface Index {
  /** By their first two letters. */
  readonly byStart: ReadonlyMap<string, readonly Pattern[]>
  /** Those of URLs, by what they may begin with. */
  readonly urls: ReadonlyMap<string, readonly Pattern[]>
  /** By their first letter: for the end of a text, and for the end of a line. */
  readonly byFirst: ReadonlyMap<string, readonly Pattern[]>
  readonly wrapping: ReadonlyMap<string, readonly Pattern[]>
  /** Whether some pattern may begin with these two letters: most places of most texts are done with by it. */
  readonly starts: Uint8Array
}

const pair = (first: number, second: number): number => ((first & 0xff) << 8) | (second & 0xff)

function indexOf(patterns: readonly Pattern[]): Index {
  const byStart = new Map<string, Pattern[]>()
  const byFirst = new Map<string, Pattern[]>()
  const wrapping = new Map<string, Pattern[]>()
  const urls = new Map<string, Pattern[]>()
  const starts = new Uint8Array(65_536)
  const add = (map: Map<string, Pattern[]>, key: string, pattern: Pattern) => {
    const there = map.get(key)
    if (there === undefined) map.set(key, [pattern])
    else there.push(pattern)
  }
  for (const pattern of patterns) {
    const { text, as } = pattern
    if (as === 'url') {
      for (const start of urlStarts(text)) {
        add(urls, start, pattern)
        starts.fill(1, pair(start.charCodeAt(0), 0), pair(start.charCodeAt(0), 0xff) + 1)
      }
      continue
    }
    add(byStart, text.slice(0, 2), pattern)
    add(byFirst, text.charAt(0), pattern)
    starts[pair(text.charCodeAt(0), text.charCodeAt(1))] = 1
    if (as === 'lines') {
      add(wrapping, text.charAt(0), pattern)
      for (const end of [10, 13]) starts[pair(text.charCodeAt(0), end)] = 1
    }
  }
  return { byStart, byFirst, wrapping, urls, starts }
}

const urlStarts = (text: string): string[] => [text.charAt(0), '%', ...(text.startsWith(' ') ? ['+'] : [])]

/**
 * What can be shown, and what must wait for what follows. Where secrets overlap, all that belongs to one of them is one mask.
 * `isEnd`: nothing follows.
 */
function masked(text: string, known: Index, isEnd: boolean): [open: string, held: string] {
  let open = ''
  let shown = 0
  /** The mask that is being made. */
  let from = -1
  let to = -1
  const close = () => {
    if (from < 0) return
    open += text.slice(shown, from) + mask
    shown = to
    from = -1
  }
  for (let at = 0; at < text.length; at++) {
    if (at + 1 < text.length && known.starts[pair(text.charCodeAt(at), text.charCodeAt(at + 1))] === 0) continue
    if (at >= to) close()
    const end = matchAt(text, at, known, isEnd)
    if (end === waits) {
      // A secret may begin within the last one: that one waits as well.
      const hold = from < 0 ? at : from
      return [open + text.slice(shown, hold), text.slice(hold)]
    }
    if (end <= at) continue
    if (from < 0) from = at
    to = Math.max(to, end)
  }
  close()
  return [open + text.slice(shown), '']
}

const waits = -2
const none = -1

/** Where the longest secret that begins here ends; `waits` where one may begin that is not there whole yet. */
function matchAt(text: string, at: number, known: Index, isEnd: boolean): number {
  const first = text.charAt(at)
  let longest = none
  for (const patterns of [startingAt(text, at, known), known.urls.get(first) ?? nothing]) {
    for (const pattern of patterns) {
      const end = endOf(pattern, text, at)
      if (end === waits && !isEnd) return waits
      if (end > longest) longest = end
    }
  }
  return longest
}

function startingAt(text: string, at: number, { byStart, byFirst, wrapping }: Index): readonly Pattern[] {
  if (at + 1 === text.length) return byFirst.get(text.charAt(at)) ?? nothing
  const next = text.charCodeAt(at + 1)
  const whole = byStart.get(text.slice(at, at + 2)) ?? nothing
  return next === 10 || next === 13 ? [...whole, ...(wrapping.get(text.charAt(at)) ?? nothing)] : whole
}

const nothing: readonly Pattern[] = []

function endOf({ text: secret, as }: Pattern, text: string, at: number): number {
  if (as === 'url') return endInUrl(secret, text, at)
  if (text.startsWith(secret, at)) return at + secret.length
  if (as === 'it is') return at + secret.length > text.length && secret.startsWith(text.slice(at)) ? waits : none
  let place = at
  for (let letter = 0; letter < secret.length; letter++, place++) {
    while (letter > 0 && (text.charCodeAt(place) === 10 || text.charCodeAt(place) === 13)) place++
    if (place >= text.length) return waits
    if (text.charCodeAt(place) !== secret.charCodeAt(letter)) return none
  }
  return place
}

/** What is left as it is differs from language to language: each letter may be either. */
function endInUrl(secret: string, text: string, at: number): number {
  let place = at
  for (const letter of secret) {
    if (place >= text.length) return waits
    if (text.charCodeAt(place) === percent) {
      const code = codeOf(letter)
      const there = text.slice(place, place + code.length).toUpperCase()
      if (there === code) {
        place += code.length
        continue
      }
      if (place + code.length > text.length && code.startsWith(there)) return waits
    }
    if (text.startsWith(letter, place)) place += letter.length
    else if (letter === ' ' && text.charCodeAt(place) === plus) place++
    else return none
  }
  return place
}

const plus = 0x2b
const percent = 0x25

const codeOf = (letter: string): string =>
  [...Buffer.from(letter)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

function longLines(secret: string): string[] {
  return secret.includes('\n')
    ? secret
        .split(/\r?\n/)
        .map(line => line.trim())
        .filter(line => line.length >= 16 && !/^-----/.test(line))
    : []
}
