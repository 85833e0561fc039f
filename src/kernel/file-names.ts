/**
 * Names of files as the file system has them: any bytes but NUL. A character stands for each byte, so that they can be compared and
 * taken apart; only who asks the file system, git or tar gets the bytes again.
 */
export type FileName = string

/** Of what ends each name with NUL, as git does with `-z` and find with `-print0`. */
export const namesIn = (output: Uint8Array): FileName[] =>
  Buffer.from(output).toString('latin1').split('\0').slice(0, -1)

/** What git reads with `-z --stdin`, and tar with `--null`. */
export const inputOf = (names: readonly FileName[]): Buffer =>
  Buffer.from(names.map(name => `${name}\0`).join(''), 'latin1')

const slash = Buffer.of(0x2f)

export const pathTo = (folder: string | Buffer, name: FileName | Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder as string), slash, Buffer.from(name as string, 'latin1')])

export const nameOf = (text: string): FileName => Buffer.from(text).toString('latin1')
export const textOfName = (name: FileName): string => Buffer.from(name, 'latin1').toString()
