/** ssh keys of pushers: each line of authorized_keys carries `ssh-door` as its forced command, and what the key may do as its words. */

import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { shellWord, wordsOf } from '../kernel/shell-word.ts'
import { takeLock } from '../shell/lock.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import type { Context } from './context.ts'
import { hooksOf } from './installed.ts'

/** Types as OpenSSH writes them; options before the type are not taken from anybody. */
const keyLine =
  /^((?:sk-)?(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521))(?:@openssh\.com)?) ([A-Za-z0-9+/]+={0,3})(?: .*)?$/

/** What a key may do. */
export interface KeyRights {
  /** Names of projects that it pushes to and fetches from; `*` in one stands for any letters. */
  readonly projects: readonly string[]
  /** It reads and pushes pillars, and pushes state files: it acts as the account that runs corpus. */
  readonly pillar: boolean
  /** A shell, and any command, as the account that authorized_keys belongs to. */
  readonly shell: boolean
}

export interface Key extends KeyRights {
  readonly name: string
  /** As `ssh-keygen -l` prints it: `SHA256:…`. */
  readonly fingerprint: string
  /** It was added before keys had rights, and may do everything. */
  readonly unlimited: boolean
  /** The program that lets it in, `ssh-door`: that name stands in the authorized_keys of machines set up before. */
  readonly door: string
}

export interface AddedKey {
  readonly file: string
  readonly key: Key
  /** The number of a line before it that has the same key: sshd takes the first, and so not ours. */
  readonly hiddenBy: number | null
}

/** A shell is everything: it has the rest with it. @throws CorpusError KEY_RIGHTS */
export function rightsOf(asked: { projects: readonly string[]; pillar: boolean; shell: boolean }): KeyRights {
  for (const glob of asked.projects)
    if (!/^[a-z*][a-z0-9_*-]{0,62}$/.test(glob))
      throw new CorpusError(
        'KEY_RIGHTS',
        `${shown(glob)} is neither the name of a project nor one with \`*\` for some of its letters.`,
      )
  if (asked.projects.length === 0 && !asked.shell)
    throw new CorpusError('KEY_RIGHTS', 'What the key may reach was not said.')
  const projects = asked.projects.length === 0 ? ['*'] : [...new Set(asked.projects)]
  return { projects, pillar: asked.pillar || asked.shell, shell: asked.shell }
}

/**
 * Adds a public key under a name of 1 to 63 letters, digits and ._@-; the same name again replaces it. `text: null`: the key
 * that has the name gets other rights.
 */
export async function addKey(
  context: Context,
  name: string,
  text: string | null,
  rights: KeyRights,
): Promise<AddedKey> {
  if (!isKeyName(name)) throw new CorpusError('NAME_INVALID', `${shown(name)} is not a name for a key.`)
  const given = text === null ? null : await keyIn(context, text)
  let others: readonly string[] = []
  let hiddenBy = -1
  const file = changeKeys(existing => {
    const mine = (line: string) => isOf(context, parsed(line), name)
    others = existing.filter(line => !mine(line))
    const body = given ?? parsed(existing.find(mine) ?? '')?.public
    if (body === undefined)
      throw new CorpusError('KEY_UNKNOWN', `There is no key ${shown(name)} yet: name the file that has it.`)
    hiddenBy = others.findIndex(one => !one.startsWith('#') && ` ${one} `.includes(` ${body} `))
    const there = parsed(others[hiddenBy] ?? '')
    if (there !== null)
      throw new CorpusError(
        'KEY_TAKEN',
        `That is the key ${shown(there.name)} already${there.root === context.root ? '' : ` for ${there.root}`}.`,
      )
    return [...others, lineOf(context, name, body, rights)]
  })
  const key = listKeys(context).find(one => one.name === name)
  if (key === undefined) throw new CorpusError('INTERNAL', `${file} does not have the key ${name} after all.`)
  return { file, key, hiddenBy: hiddenBy < 0 ? null : hiddenBy + 1 }
}

export function removeKey(context: Pick<Context, 'root'>, name: string): string {
  return changeKeys(existing => {
    const left = existing.filter(line => !isOf(context, parsed(line), name))
    if (left.length === existing.length) throw new CorpusError('KEY_UNKNOWN', `There is no key ${shown(name)}.`)
    return left
  })
}

/** The keys that corpus added for this root. */
export function listKeys(context: Pick<Context, 'root'>): Key[] {
  return linesOf(context).map(keyOf)
}

/** What the key of that name may do; null where there is none. */
export async function keyStands(context: Pick<Context, 'root'>, name: string) {
  const { projects, pillar, shell, fingerprint } = listKeys(context).find(one => one.name === name) ?? {}
  return fingerprint === undefined ? null : { projects, pillar, shell, fingerprint }
}

const linesOf = ({ root }: Pick<Context, 'root'>): Line[] =>
  (textIfThere(ownKeysFile()) ?? '').split('\n').flatMap(text => {
    const line = parsed(text)
    return line?.root === root ? [line] : []
  })

/** The same with what is public of them: type and body. */
export function listKeysWhole(context: Pick<Context, 'root'>): (Key & { readonly public: string })[] {
  return linesOf(context).map(line => ({ ...keyOf(line), public: line.public }))
}

export const isKeyName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/.test(text)

/** Whether a name is one of those that a key's `project` means. */
export const matches = (glob: string, name: string): boolean => new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name)

const mark = (name: string) => `corpus:${name}`
export const ownKeysFile = () => join(process.env['HOME'] || homedir(), '.ssh', 'authorized_keys')

/** The type and the body of the only key of a text, which ssh-keygen reads as sshd will. Throws KEY_INVALID. */
export async function keyIn(context: Pick<Context, 'shell'>, text: string): Promise<string> {
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'))
  const match = lines.length === 1 ? keyLine.exec((lines[0] as string).trim()) : null
  if (!match)
    throw new CorpusError(
      'KEY_INVALID',
      lines.length > 1 ? 'There are several lines; a key is one.' : 'That is not a public ssh key.',
    )
  const key = `${match[1]} ${match[2]}`
  const ended = await context.shell.run({ argv: [program('ssh-keygen'), '-l', '-f', '-'], input: `${key}\n` })
  if (!ended.spawnError && ended.status !== 0)
    throw new CorpusError('KEY_INVALID', 'ssh-keygen does not read that key.', { detail: textOf(ended.stderr).trim() })
  return key
}

// A line: `restrict[,pty],command="'…/ssh-door' 'ROOT' 'NAME' 'project=shop' …" TYPE BODY corpus:NAME`. One of before has
// no rights in its command: it may do everything.

interface Line extends KeyRights {
  readonly root: string
  readonly name: string
  /** Type and body. */
  readonly public: string
  readonly unlimited: boolean
  readonly door: string
}

function lineOf(context: Context, name: string, key: string, rights: KeyRights): string {
  const words = [
    ...rights.projects.map(glob => `project=${glob}`),
    ...(rights.pillar ? ['pillar'] : []),
    ...(rights.shell ? ['shell'] : []),
  ]
  const command = [join(hooksOf(context), 'ssh-door'), context.root, name, ...words]
  const options = rights.shell ? 'restrict,pty' : 'restrict'
  return `${options},command="${command.map(quotedForSshd).join(' ')}" ${key} ${mark(name)}`
}

/** A line of ours, or null. */
function parsed(line: string): Line | null {
  const match = /^(?:[\w-]+,)*command="([^"]*)"(?:,[\w-]+)* (\S+ \S+) corpus:(\S+)$/.exec(line)
  const [door, root, name, ...rights] = wordsOf(match?.[1] ?? '') ?? []
  if (!match || !door?.endsWith('/ssh-door') || root === undefined || name !== match[3]) return null
  const unlimited = rights.length === 0
  const globs = rights.flatMap(right => /^project=(.+)$/.exec(right)?.[1] ?? [])
  return {
    door,
    root,
    name: match[3] as string,
    public: match[2] as string,
    unlimited,
    projects: unlimited ? ['*'] : globs,
    pillar: unlimited || rights.includes('pillar'),
    shell: unlimited || rights.includes('shell'),
  }
}

const isOf = (context: Pick<Context, 'root'>, line: Line | null, name: string): boolean =>
  line !== null && line.name === name && line.root === context.root

function keyOf({ public: key, root: _, ...line }: Line): Key {
  return { ...line, fingerprint: fingerprintOf(key) }
}

/** Of a type and a body. */
export function fingerprintOf(key: string): string {
  const bytes = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`
}

/** sshd hands the command to the account's shell: single quotes there, and no double quote ends the option. */
export function quotedForSshd(word: string): string {
  if (/["\n\\]/.test(word)) throw new CorpusError('ROOT_UNUSABLE', `${shown(word)} cannot stand in authorized_keys.`)
  return shellWord(word)
}

/** sshd reads the old file or the new; lines of others stay as they are. */
function changeKeys(change: (lines: readonly string[]) => readonly string[]): string {
  // A link may lead to a file that is kept elsewhere: that one changes, and stays what the link leads to.
  const file = existsSync(ownKeysFile()) ? realpathSync(ownKeysFile()) : ownKeysFile()
  const folder = join(ownKeysFile(), '..')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = takeLock(join(folder, '.corpus.lock'), 10)
  try {
    const text = textIfThere(file) ?? ''
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
    const after = change(lines).map(line => `${line}\n`)
    writeWhole(file, after.join(''), { mode: 0o600, durable: true })
    chmodSync(file, 0o600)
    return file
  } finally {
    lock?.release()
  }
}
