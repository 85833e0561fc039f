/** The environment of an application: names that a shell can export, values of any bytes but NUL. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'

/** Values are text or, where they are not UTF-8, bytes. */
export type Environment = Readonly<Record<string, string | Uint8Array>>

/** The kernel takes no single string of 128 KiB or more (MAX_ARG_STRLEN), the terminating NUL counted. */
const longestEntryBytes = 128 * 1024 - 1
/** A quarter of the usual 8 MiB of stack is what all arguments and variables may take together. */
const largestBytes = 1536 * 1024

/** Plain data to an environment: numbers and booleans become their text, null takes a variable out. */
export function readEnvironment(value: unknown, where: string): Environment {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CorpusError('SERVICE_INVALID', `${where} is not a mapping of names to values.`)
  const entries = Object.entries(value).filter(([, one]) => one !== null && one !== undefined)
  return checkedEnvironment(Object.fromEntries(entries.map(([name, one]) => [name, scalar(name, one, where)])), where)
}

/** The environment as it came, or an error that names the variable (never its value, which may be a secret). */
export function checkedEnvironment(environment: Environment, where = 'the environment'): Environment {
  let total = 0
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new CorpusError('SERVICE_INVALID', `${shown(name)} in ${where} is not the name of a variable.`)
    const bytes = Buffer.from(value as string)
    if (bytes.includes(0)) throw new CorpusError('SERVICE_INVALID', `The value of ${name} in ${where} holds a NUL.`)
    const size = name.length + 1 + bytes.length
    if (size > longestEntryBytes)
      throw new CorpusError('SERVICE_INVALID', `The value of ${name} in ${where} is longer than 128 KiB.`)
    total += size + 9
  }
  if (total > largestBytes) throw new CorpusError('SERVICE_INVALID', `The values in ${where} take more than 1.5 MiB.`)
  return environment
}

/** Lines of shell that export the environment byte for byte: in single quotes a shell reads everything but the quote as it is. */
export function exportLines(environment: Environment): Buffer {
  const pieces: Buffer[] = []
  for (const [name, value] of Object.entries(checkedEnvironment(environment)))
    pieces.push(Buffer.from(`export ${name}=`), quoted(value), Buffer.from('\n'))
  return Buffer.concat(pieces)
}

/** A value as one word of shell. */
export function quoted(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string)
  const pieces: Buffer[] = [Buffer.from("'")]
  let from = 0
  for (let at = bytes.indexOf(0x27); at >= 0; at = bytes.indexOf(0x27, from)) {
    pieces.push(bytes.subarray(from, at), Buffer.from(`'\\''`))
    from = at + 1
  }
  return Buffer.concat([...pieces, bytes.subarray(from), Buffer.from("'")])
}

function scalar(name: string, value: unknown, where: string): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw new CorpusError('SERVICE_INVALID', `${shown(name)} in ${where} is neither text nor a number.`)
}
