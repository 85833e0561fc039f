/** Text as both databases keep it: PostgreSQL takes neither a NUL nor half a letter. */

export const kept = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

export const keptOrNull = (text: string | null | undefined): string | null => (text == null ? null : kept(text))

/** What JSON.parse gives; what is asked and answered is checked where it is used. */
export const fromJson = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
