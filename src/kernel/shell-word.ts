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
