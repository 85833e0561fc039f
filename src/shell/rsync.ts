/** What rsync(1) is called with, as a vector: no word of it is read by a shell, and none but the options are taken for options. */
import Rsync from 'rsync'

export interface RsyncOptions {
  /** Of one letter each: `avz`. */
  readonly flags?: string
  /** Of a whole word; null has no value, a list is given several times. */
  readonly options?: Readonly<Record<string, string | readonly string[] | null>>
  readonly exclude?: readonly string[]
  /** Whole words, as somebody gave them. */
  readonly more?: readonly string[]
}

/** The words behind the name of the program. */
export function rsyncWords(
  { flags, options = {}, exclude = [], more = [] }: RsyncOptions,
  from: string,
  to: string,
): string[] {
  const values: string[] = []
  // The package quotes values for a shell, which nothing here goes through: it never sees them.
  const kept = (value: string) => `kept${values.push(value) - 1}kept`
  const command = new Rsync()
  if (flags) command.flags(flags)
  for (const [name, value] of Object.entries(options)) {
    if (!/^[a-z][a-z-]+$/.test(name)) throw new Error(`${name} is no option of rsync`)
    if (value === null) command.set(name)
    else command.set(name, typeof value === 'string' ? kept(value) : value.map(kept))
  }
  if (exclude.length > 0) command.exclude(exclude.map(kept))
  const words = command.args().filter(word => word !== '')
  return [
    ...words.map(word => word.replace(/^(--[a-z-]+=)kept(\d+)kept$/, (_, option, at) => option + values[at])),
    ...more,
    '--',
    from,
    to,
  ]
}
