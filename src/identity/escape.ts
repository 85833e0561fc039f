/** Names as values in a filter (RFC 4515) and in a distinguished name (RFC 4514): whatever stands in them, they are one value. */

/** `*`, brackets, backslash and NUL would be more than themselves. */
export const filterValue = (text: string): string =>
  text.replace(/[\0*()\\]/g, letter => `\\${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** Separators and quotes anywhere, spaces and `#` where they begin, spaces where they end. */
export const dnValue = (text: string): string =>
  text
    .replace(/[\\"+,;<>=]/g, letter => `\\${letter}`)
    .replaceAll('\0', '\\00')
    .replace(/^[ #]/, letter => `\\${letter}`)
    .replace(/ $/, '\\ ')

/** Puts values in the places of a template that are named for them: `(uid={name})`. What comes in is no template any more. */
export const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place)
