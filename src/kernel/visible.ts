/** Text of others as a terminal may have it: what would move the cursor, erase or reorder is shown as text; colours stay. */

/** Controls but tab and line break, those of the second kind, and what turns the direction of writing. A colour is the first group. */
const odd = /(\x1b\[[\d;:]*m)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Lines; of what a line wrote over itself (`10%\r20%`), the last is shown. A colour ends with its line. `shown` in `hooks/post-receive.pl` is the same. */
export function visible(text: string): string {
  odd.lastIndex = 0
  if (!odd.test(text)) return text
  return text.split('\n').map(visibleLine).join('\n')
}

function visibleLine(line: string): string {
  const last = line.replace(/\r+$/, '').replace(/^( {10}\| )?.*\r/s, '$1')
  let isColoured = false
  const shown = last.replace(odd, (sign: string, colour: string | undefined) => {
    if (colour === undefined) return named(sign)
    isColoured = !/^\x1b\[0*m$/.test(colour)
    return colour
  })
  return isColoured ? `${shown}\x1b[0m` : shown
}

function named(sign: string): string {
  const code = sign.charCodeAt(0)
  if (code < 0x20) return `^${String.fromCharCode(code + 64)}`
  return code === 0x7f ? '^?' : `\\u{${code.toString(16)}}`
}
