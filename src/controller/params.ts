/** Reads what is asked, however it came: words of a command line, a query or a JSON body mean the same. */
import { CorpusError } from '../kernel/errors.ts'
import { projectName, shown, userName } from '../kernel/names.ts'
import type { ParamShape, ParamsShape } from './told.ts'

/** Names are parsed here, so that no raw string reaches a path. */
const parsers: Readonly<Record<NonNullable<ParamShape['parse']>, (text: string) => string>> = {
  project: projectName,
  user: userName,
}

/** Every param with its type; what was left out is missing. Throws USAGE for what is unknown, missing or of another type. */
export function readParams(
  { properties, required = [] }: ParamsShape,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const unknown = Object.keys(given).find(name => !Object.hasOwn(properties, name))
  if (unknown !== undefined) throw new CorpusError('USAGE', `${shown(unknown)} is nothing that can be said here.`)
  const read: Record<string, unknown> = {}
  for (const [name, shape] of Object.entries(properties)) {
    const value = given[name]
    if (value !== undefined) read[name] = readParam(name, shape, value)
    else if (required.includes(name)) throw new CorpusError('USAGE', `${calledOf(name, shape)} is missing.`)
  }
  return read
}

/** As it is typed: `NAME`, `--with-data`. */
const calledOf = (name: string, { word }: ParamShape): string => word ?? `--${name.replaceAll('_', '-')}`

function readParam(name: string, shape: ParamShape, value: unknown): unknown {
  const wrong = (what: string) => new CorpusError('USAGE', `${calledOf(name, shape)} is ${what}.`)
  if (shape.anyOf) {
    const words = shape.anyOf.map(one => one.const)
    if (words.includes(value)) return value
    throw new CorpusError(
      'USAGE',
      `${calledOf(name, shape)} is ${words.map(String).join(' or ')}, and not ${shown(String(value))}.`,
    )
  }
  switch (shape.type) {
    case 'string':
      if (typeof value !== 'string') throw wrong('a text')
      return shape.parse ? parsers[shape.parse](value) : value
    case 'boolean':
      // A query has words only.
      if (value === true || value === 'true') return true
      if (value === false || value === 'false') return false
      throw wrong('true or false')
    case 'integer': {
      const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
      if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrong('a whole number')
      const { minimum = number, maximum = number } = shape
      if (number < minimum || number > maximum) throw wrong('a whole number')
      return number
    }
    case 'array': {
      const list = typeof value === 'string' ? (shape.split ? value.split(',').filter(Boolean) : [value]) : value
      if (!Array.isArray(list) || list.some(one => typeof one !== 'string')) throw wrong('a list of texts')
      return list
    }
    case 'object':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('a mapping')
      return value
    default:
      return value
  }
}
