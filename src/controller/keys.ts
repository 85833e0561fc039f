/** ssh keys of pushers: each line of authorized_keys carries the door as its forced command. */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
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

/** Adds a public key under a name of 1 to 63 letters, digits and ._@-; the same name again replaces it. Returns the file. */
export async function addKey(context: Context, name: string, text: string): Promise<string> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$/.test(name))
    throw new CorpusError('NAME_INVALID', `${shown(name)} is not a name for a key.`)
  const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'))
  const match = lines.length === 1 ? keyLine.exec((lines[0] as string).trim()) : null
  if (!match)
    throw new CorpusError(
      'KEY_INVALID',
      lines.length > 1 ? 'There are several lines; a key is one.' : 'That is not a public ssh key.',
    )
  await fingerprint(context, `${match[1]} ${match[2]}`)
  const door = join(hooksOf(context), 'ssh-door')
  const command = [door, context.root, name].map(quotedForSshd).join(' ')
  return changeKeys(existing => [
    ...existing.filter(line => !line.endsWith(` ${mark(name)}`)),
    `command="${command}",no-port-forwarding,no-agent-forwarding,no-X11-forwarding ${match[1]} ${match[2]} ${mark(name)}`,
  ])
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
  const file = keysFile()
  const folder = join(file, '..')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = takeLock(join(folder, '.corpus.lock'), 10)
  try {
    const lines = (textIfThere(file) ?? '').split('\n').filter(line => line !== '')
    writeWhole(file, `${change(lines).join('\n')}\n`, { mode: 0o600, durable: true })
    chmodSync(file, 0o600)
    return file
  } finally {
    lock?.release()
  }
}
