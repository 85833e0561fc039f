/** A text as one word of sh. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The words that `shellWord` made, as sh reads them; null where it is another's line. */
export function wordsOf(line: string): string[] | null {
  if (!/^(?:'[^']*'|\\.|[\w@%+=:,./ -])*$/.test(line)) return null
  return (line.match(/(?:'[^']*'|\\.|[^ '\\])+/g) ?? []).map(word =>
    word.replace(
      /'([^']*)'|\\(.)/g,
      (_, quoted: string | undefined, escaped: string | undefined) => quoted ?? escaped ?? '',
    ),
  )
}

/** The words of a line that somebody typed, as sh parts them; no variable, file or command of it is looked at. Null where a quote is not closed. */
export function typedWords(line: string): string[] | null {
  const words: string[] = []
  const pieces = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|[^\s'"\\]+/gy
  let word: string | undefined
  let at = 0
  for (const match of line.matchAll(pieces)) {
    at = match.index + match[0].length
    const [piece, single, double, escaped] = match
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + (single ?? double?.replace(/\\([$`"\\])/g, '$1') ?? escaped ?? piece)
  }
  if (at !== line.length) return null
  return word === undefined ? words : [...words, word]
}
