/** ssh keys of pushers: each line of authorized_keys carries the door as its forced command. */
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { takeLock } from '../shell/lock.ts'
import { textOf } from '../shell/shell.ts'
import { shellWord } from '../shell/word.ts'
import { type Context, hooksOf } from './context.ts'

/** Types as OpenSSH writes them; options before the type are not taken from anybody. */
const keyLine =
  /^((?:sk-)?(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521))(?:@openssh\.com)?) ([A-Za-z0-9+/]+={0,3})(?: .*)?$/

export interface AddedKey {
  readonly file: string
  /** The number of a line before it that has the same key: sshd takes the first, and so not the door. */
  readonly hiddenBy: number | null
}

/** Adds a public key under a name of 1 to 63 letters, digits and ._@-; the same name again replaces it. */
export async function addKey(context: Context, name: string, text: string): Promise<AddedKey> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/.test(name))
    throw new CorpusError('NAME_INVALID', `${shown(name)} is not a name for a key.`)
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'))
  const match = lines.length === 1 ? keyLine.exec((lines[0] as string).trim()) : null
  if (!match)
    throw new CorpusError(
      'KEY_INVALID',
      lines.length > 1 ? 'There are several lines; a key is one.' : 'That is not a public ssh key.',
    )
  const key = `${match[1]} ${match[2]}`
  await fingerprint(context, key)
  const door = join(hooksOf(context), 'ssh-door')
  const command = [door, context.root, name].map(quotedForSshd).join(' ')
  const line = `command="${command}",no-port-forwarding,no-agent-forwarding,no-X11-forwarding ${key} ${mark(name)}`
  let others: readonly string[] = []
  const file = changeKeys(existing => {
    others = existing.filter(one => !one.endsWith(` ${mark(name)}`))
    return [...others, line]
  })
  const same = others.findIndex(one => !one.startsWith('#') && ` ${one} `.includes(` ${key} `))
  return { file, hiddenBy: same < 0 ? null : same + 1 }
}

export function removeKey(name: string): string {
  return changeKeys(existing => {
    const left = existing.filter(line => !line.endsWith(` ${mark(name)}`))
    if (left.length === existing.length) throw new CorpusError('KEY_UNKNOWN', `There is no key ${shown(name)}.`)
    return left
  })
}

/** The names of the keys that corpus added. */
export function listKeys(): string[] {
  return (textIfThere(keysFile()) ?? '').split('\n').flatMap(line => / corpus:(\S+)$/.exec(line)?.[1] ?? [])
}

/** A key from a file, or from standard input by `-`. */
export function readKey(source: string): string {
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8')
  } catch (cause) {
    throw new CorpusError('KEY_INVALID', `${shown(source)} cannot be read: ${(cause as Error).message}.`, { cause })
  }
}

const mark = (name: string) => `corpus:${name}`
const keysFile = () => join(process.env['HOME'] || homedir(), '.ssh', 'authorized_keys')

/** ssh-keygen reads the key as sshd will. */
async function fingerprint(context: Context, key: string): Promise<void> {
  const ended = await context.shell.run({ argv: ['ssh-keygen', '-l', '-f', '-'], input: `${key}\n` })
  if (ended.spawnError) return
  if (ended.status !== 0)
    throw new CorpusError('KEY_INVALID', 'ssh-keygen does not read that key.', { detail: textOf(ended.stderr).trim() })
}

/** sshd hands the command to the account's shell: single quotes there, and no double quote ends the option. */
function quotedForSshd(word: string): string {
  if (/["\n\\]/.test(word)) throw new CorpusError('ROOT_UNUSABLE', `${shown(word)} cannot stand in authorized_keys.`)
  return shellWord(word)
}

/** sshd reads the old file or the new; lines of others stay as they are. */
function changeKeys(change: (lines: readonly string[]) => readonly string[]): string {
  // A link may lead to a file that is kept elsewhere: that one changes, and stays what the link leads to.
  const file = existsSync(keysFile()) ? realpathSync(keysFile()) : keysFile()
  const folder = join(keysFile(), '..')
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
