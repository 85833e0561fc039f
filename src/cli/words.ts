/** The words behind a command, given to its params; where NAME is left out, the clone that one stands in says it. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { behind, type Command } from '../controller/reference/commands.ts'
import type { ParamShape } from '../controller/told.ts'
import { CorpusError } from '../kernel/errors.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import type { Asker } from './place.ts'
import { tooFew, tooMany } from './wrong-words.ts'

/** A command, and what was said of its params, not read yet. */
export interface Typed {
  readonly command: Command
  readonly given: Readonly<Record<string, unknown>>
}

/** `options`: values by param. `isFar`: whoever typed it stands on another machine, and no file of this one is meant. Throws USAGE. */
export async function typed(
  first: Command,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  asker: Pick<Asker, 'isProject' | 'projectHere' | 'isFar'>,
): Promise<Typed> {
  const { isFar = false } = asker
  const { command, rest } = await meantBy(first, words, options, asker)
  // What stands behind `--` is another program's all the same.
  if (command.passesOn && rest[1] === '--') rest.splice(1, 1)
  const given: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(options))
    if (name !== command.behind?.option || Object.hasOwn(command.params.properties, name)) given[name] = value
  if (isFar) mustNameNoFile(command, rest, options)
  command.words.forEach((name, at) => {
    const shape = shapeOf(command, name)
    if (shape.type === 'array') {
      if (rest.length > at) given[name] = rest.slice(at)
    } else if (shape.type === 'object') {
      if (rest.length > at) given[name] = pairsOf(rest.slice(at), shape)
    } else if (rest[at] !== undefined) given[name] = rest[at]
  })
  const takesMore = /\.\.\.\]?$/.test(command.arguments.at(-1) ?? '')
  if (!takesMore && rest.length > command.words.length) throw tooMany(command, rest[command.words.length] ?? '')
  const missing = command.arguments[rest.length]
  if (missing !== undefined && !missing.startsWith('[')) throw tooFew(command, missing)
  for (const [name, shape] of Object.entries(command.params.properties)) {
    const value = given[name]
    if (value === undefined && shape.here) given[name] = process.cwd()
    const typedAs = `${name}_stdin`
    if (shape.stdin && typedAs in given) {
      delete given[typedAs]
      given[name] = readSource('-', why => new CorpusError('USAGE', `Standard input cannot be read: ${why}.`))
        .toString('utf8')
        .replace(/\r?\n$/, '')
    }
    if (shape.contents !== undefined && typeof value === 'string') given[name] = contentsOf(value, shape.contents)
  }
  return { command, given }
}

interface Meant {
  readonly command: Command
  readonly rest: string[]
}

/** Files and folders of this machine are for whoever sits at it; standard input comes from anywhere. Throws USAGE. */
function mustNameNoFile(command: Command, words: readonly string[], options: Readonly<Record<string, unknown>>): void {
  for (const [name, shape] of Object.entries(command.params.properties)) {
    const at = command.words.indexOf(name)
    const said = at < 0 ? [options[name]].flat() : shape.type === 'object' ? words.slice(at) : words.slice(at, at + 1)
    const isFile = shape.contents !== undefined && shape.type !== 'object'
    const isFolder = shape.here === true || shape.flag === 'DIR'
    for (const one of said) {
      const text = typeof one === 'string' ? one : ''
      const names = isFile ? text !== '' && text !== '-' : isFolder ? one !== undefined : /^[^=]+=@/.test(text)
      if (names && (isFile || isFolder || shape.type === 'object')) throw farFile(shown(text))
    }
    if (shape.here === true) throw farFile('The folder that one stands in')
  }
}

const farFile = (what: string): CorpusError =>
  new CorpusError(
    'USAGE',
    `${what} is on another machine than this command runs on: give what is in it by standard input (-).`,
  )

/** What an option chooses is asked of no project of the folder that one stands in. */
async function meantBy(
  first: Command,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  asker: Pick<Asker, 'isProject' | 'projectHere'>,
): Promise<Meant> {
  const isChosen = ({ behind: way }: Command) => way?.option !== undefined && options[way.option] !== undefined
  const chosen = behind(first).find(isChosen)
  if (chosen !== undefined) return { command: chosen, rest: [...words] }
  return meantByWord(first, first.takesProject ? await withProject(first, words, asker) : words)
}

/** `ps NAME restart` is a command of its own, which its word tells, or that there is one. */
function meantByWord(first: Command, words: readonly string[]): Meant {
  const [name = '', word, ...more] = words
  // `audit verify`: of a command without words, the option may stand as one.
  const asWord = first.words.length === 0 ? behind(first).find(one => one.behind?.option === name) : undefined
  if (asWord !== undefined) return { command: asWord, rest: words.slice(1) }
  const others = behind(first).filter(one => one.behind?.option === undefined)
  if (others.length === 0 || word === undefined) return { command: first, rest: [...words] }
  const named = others.find(one => one.behind?.word === word)
  if (named !== undefined) return { command: named, rest: [name, ...more] }
  const open = others.find(one => one.behind?.word === undefined)
  if (open !== undefined) return { command: open, rest: [...words] }
  const known = others.map(one => one.behind?.word).join(' nor ')
  throw new CorpusError('USAGE', `${shown([word, ...more].join(' '))} is neither ${known}.`)
}

/** A first word that names a project is NAME; any other is, too, where there is nothing else that it could be. */
async function withProject(
  command: Command,
  words: readonly string[],
  asker: Pick<Asker, 'isProject' | 'projectHere'>,
): Promise<string[]> {
  const [first] = words
  if (first === undefined) return [await asker.projectHere()]
  const isAlone = command.arguments.length === 1 && behind(command).length === 0
  if (isAlone || asker.isProject(first)) return [...words]
  try {
    return [await asker.projectHere(), ...words]
  } catch (error) {
    if (isProjectName(first)) return [...words]
    throw error
  }
}

const shapeOf = (command: Command, name: string): ParamShape => command.params.properties[name] ?? {}

/** `KEY=VALUE`, `KEY=@FILE` or `KEY=-`, byte for byte. */
function pairsOf(
  texts: readonly string[],
  { contents = 'USAGE', asIs }: ParamShape,
): Record<string, string | { readonly base64: string }> {
  if (texts.filter(text => /^[^=]+=-$/.test(text)).length > 1)
    throw new CorpusError(contents, 'Standard input is the value of one variable.')
  const pairs = texts.map(text => {
    const at = text.indexOf('=')
    if (at < 1) throw new CorpusError(contents, `${shown(text.slice(0, Math.max(at, 20)))} is not KEY=VALUE.`)
    const [key, value] = [text.slice(0, at), text.slice(at + 1)]
    if (value !== '-' && !value.startsWith('@')) return [key, value] as const
    const bytes = readSource(
      value === '-' ? value : value.slice(1),
      why => new CorpusError(contents, `The file for ${key} cannot be read: ${why}.`),
    )
    const isText = asIs !== true && Buffer.from(bytes.toString('utf8')).equals(bytes)
    return [key, isText ? bytes.toString('utf8') : { base64: bytes.toString('base64') }] as const
  })
  return Object.fromEntries(pairs)
}

/** What is in a file, or comes from standard input by `-`. */
const contentsOf = (source: string, code: NonNullable<ParamShape['contents']>): string =>
  readSource(source, why => {
    const isMissing = source !== '-' && !existsSync(source)
    const sentence = isMissing ? `There is no file ${shown(source)}.` : `${shown(source)} cannot be read: ${why}.`
    return new CorpusError(code, sentence)
  }).toString('utf8')

function readSource(source: string, fault: (why: string) => CorpusError): Buffer {
  if (source === '-') return readFileSync(0)
  try {
    if (statSync(source).isDirectory()) throw new Error('it is no file')
    return readFileSync(source)
  } catch (cause) {
    throw fault((cause as Error).message)
  }
}
