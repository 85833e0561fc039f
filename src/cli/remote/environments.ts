/** `~/.makinastates.conf`: environments by nickname, each with its url and who one is there. Nobody else may read it. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Document, isMap, parseDocument } from 'yaml'
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'

export interface Environment {
  readonly name: string
  readonly url: URL
  /** Whose password, or token, it is. */
  readonly id: string | null
  readonly credential:
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'password'; readonly password: string }
}

export const environmentsFile = (): string => join(homedir(), '.makinastates.conf')

/** Windows has no modes: what a home folder lets nobody else read is all that there is. */
export const looksAtModes = (): boolean => process.platform !== 'win32'

/** Throws SERVER_UNKNOWN, CREDENTIALS_EXPOSED, CREDENTIALS_INVALID. */
export function environmentNamed(name: string): Environment {
  const file = environmentsFile()
  const there = entriesOf(documentOf(textOf(file), file), file).get(name)
  if (there === undefined) throw new CorpusError('SERVER_UNKNOWN', `There is no environment ${shown(name)} in ${file}.`)
  return readEnvironment(name, there, file)
}

/** In the order of the file. Throws CREDENTIALS_EXPOSED, CREDENTIALS_INVALID. */
export function allEnvironments(): Environment[] {
  const file = environmentsFile()
  const entries = entriesOf(documentOf(textOf(file), file), file)
  return [...entries].map(([name, entry]) => readEnvironment(name, entry, file))
}

/** Written as it is in the file: with a token. What else stands there stays, comments too. */
export async function keepEnvironment(name: string, entry: Readonly<Record<string, string>>): Promise<void> {
  await changeFile(document => {
    const before = document.get(name)
    if (isMap(before)) {
      for (const key of ['password', 'token', 'id', 'url']) if (!(key in entry)) before.delete(key)
      for (const [key, value] of Object.entries(entry)) before.set(key, value)
    } else document.set(name, document.createNode(entry))
  })
}

export async function forgetEnvironment(name: string): Promise<void> {
  await changeFile(document => void document.delete(name))
}

/** A nickname that is typed behind -e. Throws USAGE. */
export function environmentName(text: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,62}$/.test(text)) return text
  throw new CorpusError(
    'USAGE',
    `${shown(text)} is no name of an environment: letters, digits, ".", "-" and "_", a letter or a digit first.`,
  )
}

/** Where a server is. Without a scheme it is asked by TLS. Throws CREDENTIALS_INVALID. */
export function urlOf(text: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol))
    throw new CorpusError(
      'CREDENTIALS_INVALID',
      `${shown(text)} is no url of a server, as https://deploy.example.org is one.`,
    )
  return url
}

/** Empty where there is no file. Throws CREDENTIALS_EXPOSED. */
function textOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
  try {
    if (looksAtModes() && (fstatSync(descriptor).mode & 0o077) !== 0)
      throw new CorpusError('CREDENTIALS_EXPOSED', `Others can read ${file}, and the credentials in it.`)
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function documentOf(text: string, file: string): Document {
  const document = parsed(text)
  const [error] = document.errors
  // What stands in the line may be a secret: only its place is told.
  if (error !== undefined)
    throw invalid(
      file,
      `Line ${error.linePos?.[0].line ?? '?'} is no YAML, or not as the lines before it (${error.code}).`,
    )
  if (document.contents !== null && !isMap(document.contents))
    throw invalid(file, 'It is no mapping of environments by their names.')
  return document
}

/** The RFC's own example lacks the colon behind `password`. */
function parsed(text: string): Document {
  const document = parseDocument(text)
  const mended = text.replaceAll(/^([ \t]+)(password|token)[ \t]+(?=[^\s:])/gm, '$1$2: ')
  return document.errors.length === 0 || mended === text ? document : parseDocument(mended)
}

function entriesOf(document: Document, file: string): Map<string, unknown> {
  try {
    const plain = (document.toJS() ?? {}) as Record<string, unknown>
    return new Map(Object.entries(plain))
  } catch {
    throw invalid(file, 'Its anchors lead nowhere, or too far.')
  }
}

function readEnvironment(name: string, entry: unknown, file: string): Environment {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw invalid(file, `${shown(name)} is no mapping of url, id, and password or token.`)
  const { url, id, password, token } = entry as Record<string, unknown>
  if (typeof url !== 'string') throw invalid(file, `${shown(name)} has no url.`)
  for (const [key, value] of Object.entries({ id, password, token }))
    if (value !== undefined && typeof value !== 'string' && typeof value !== 'number')
      throw invalid(file, `${key} of ${shown(name)} is no text.`)
  const known = { name, url: urlOf(url), id: id === undefined ? null : String(id) }
  if (token !== undefined)
    return { ...known, credential: { kind: 'token', token: headerText(String(token), name, file) } }
  if (password === undefined || known.id === null)
    throw invalid(file, `${shown(name)} has neither a token, nor an id and its password.`)
  return { ...known, credential: { kind: 'password', password: String(password) } }
}

function headerText(token: string, name: string, file: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw invalid(file, `The token of ${shown(name)} has letters that no token has.`)
}

const invalid = (file: string, detail: string): CorpusError =>
  new CorpusError('CREDENTIALS_INVALID', `${file} cannot be understood.`, { detail })

const patienceMilliseconds = 5000
/** A file that is being written for longer is one that somebody was killed at. */
const staleMilliseconds = 30_000

/** Whole, by a rename, and by one at a time: what is being written is the lock. Throws CREDENTIALS_…. */
async function changeFile(change: (document: Document) => void): Promise<void> {
  const file = realOf(environmentsFile())
  const fresh = `${file}.new`
  const descriptor = await opened(fresh)
  try {
    const document = documentOf(textOf(file), file)
    if (document.contents === null) document.contents = document.createNode({}) as Document['contents']
    change(document)
    writeFileSync(
      descriptor,
      isMap(document.contents) && document.contents.items.length === 0 ? '' : document.toString(),
    )
    fsyncSync(descriptor)
  } catch (error) {
    closeSync(descriptor)
    rmSync(fresh, { force: true })
    throw error
  }
  closeSync(descriptor)
  renameSync(fresh, file)
}

/** Who keeps it elsewhere has a link to it, which stays. */
function realOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

async function opened(path: string): Promise<number> {
  const end = Date.now() + patienceMilliseconds
  for (;;) {
    try {
      return openSync(path, 'wx', 0o600)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (isStale(path)) rmSync(path, { force: true })
      else if (Date.now() > end)
        throw new CorpusError('CREDENTIALS_INVALID', `Somebody else is writing ${path}.`, {
          detail: 'Where nobody is: remove that file.',
        })
      else await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

function isStale(path: string): boolean {
  const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return at !== undefined && Date.now() - at > staleMilliseconds
}
