/**
 * Names of files as git has them: any bytes but NUL. A character stands for each byte, so that they can be compared and
 * taken apart; only who asks the file system or git gets the bytes again.
 */
export type FileName = string

/** Of what git prints with `-z`. */
export const namesIn = (output: Uint8Array): FileName[] =>
  Buffer.from(output).toString('latin1').split('\0').filter(Boolean)

/** What git reads with `-z --stdin`. */
export const inputOf = (names: readonly FileName[]): Buffer =>
  Buffer.from(names.map(name => `${name}\0`).join(''), 'latin1')

export const pathTo = (folder: string | Buffer, name: FileName | Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder as string), Buffer.from('/'), Buffer.from(name as string, 'latin1')])
