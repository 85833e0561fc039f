/** Takes secrets out of text, also out of text that comes in pieces cut anywhere. */

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

/** A secret of several lines (a private key) is taken out line by line, too, as programs show it indented or cut; and as JSON has it. */
export function scrubber(secrets: Iterable<string>): Scrubber {
  const all = new Set(
    [...secrets]
      .flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1), ...longLines(secret)])
      .filter(secret => secret.length >= shortest),
  )
  if (all.size === 0) return { text: whole => whole, piece: next => next, end: () => '' }
  const sorted = [...all].sort((a, b) => b.length - a.length)
  const any = new RegExp(sorted.map(secret => secret.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'g')
  let held = ''
  return {
    text: whole => whole.replace(any, mask),
    piece(next) {
      const [open, rest] = divided(held + next, any, sorted)
      held = rest
      return open
    },
    end() {
      const rest = held.replace(any, mask)
      held = ''
      return rest
    },
  }
}

/** The part that can be shown, masked, and the part that must wait for what follows. */
function divided(text: string, any: RegExp, sorted: readonly string[]): [open: string, held: string] {
  let open = ''
  let from = 0
  for (;;) {
    const hold = heldFrom(text, from, sorted)
    any.lastIndex = from
    const match = any.exec(text)
    if (match === null || match.index >= hold) return [open + text.slice(from, hold), text.slice(hold)]
    open += text.slice(from, match.index) + mask
    from = match.index + match[0].length
  }
}

/** The earliest place from which the rest of the text is the beginning of a secret; the end where there is none. */
function heldFrom(text: string, from: number, sorted: readonly string[]): number {
  const longest = sorted[0]?.length ?? 0
  for (let at = Math.max(from, text.length - longest + 1); at < text.length; at++) {
    const rest = text.slice(at)
    if (sorted.some(secret => secret.length > rest.length && secret.startsWith(rest))) return at
  }
  return text.length
}

function longLines(secret: string): string[] {
  return secret.includes('\n')
    ? secret
        .split(/\r?\n/)
        .map(line => line.trim())
        .filter(line => line.length >= 16 && !/^-----/.test(line))
    : []
}
