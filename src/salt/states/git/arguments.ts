/** What the states of git have in common: arguments, comments, and the refusal of wrong targets. */

import { isAbsolute, join } from 'node:path'
import type { Arguments, StateCall, StateReturn } from '../../definition/define.ts'
import { Dict } from '../../python/dict.ts'
import { readdirSync, rmSync } from '../../system/files.ts'
import { statsOf } from '../file/attributes.ts'
import type { GitOptions } from './command.ts'

export const accessArguments: Arguments = {
  user: { does: 'The account that git runs as.', type: 'text' },
  password: { does: 'Accepted.', type: 'text' },
  identity: { does: 'Files of private keys for ssh.', type: 'text or list' },
  https_user: { does: 'The name for https.', type: 'text' },
  https_pass: { does: 'The password for https.', type: 'text' },
  output_encoding: { does: 'Accepted; git speaks UTF-8.', type: 'text' },
}

export const targetArgument: Arguments = {
  target: { does: 'The folder of the work tree.', type: 'path', required: true },
}

/** `at`: the folder that is made or changed, where git runs outside of it. */
export function gitOptions({ args }: StateCall, cwd?: string, at?: string): GitOptions {
  return { cwd, at, user: args.textOrNone('user'), identity: args.texts('identity') }
}

/** The address with the name and password for https put in. */
export function addressOf({ args, name }: StateCall): string {
  const user = args.textOrNone('https_user')
  if (!user || !/^https?:\/\//.test(name)) return name
  const address = new URL(name)
  address.username = encodeURIComponent(user)
  address.password = encodeURIComponent(args.text('https_pass'))
  return address.href
}

/** Several sentences end with a full stop; one alone does not. */
export function sentences(comments: readonly string[]): string {
  return comments.length > 1 ? `${comments.join('. ')}.` : (comments[0] ?? '')
}

export function gaveUp(problem: string, changes: Dict = new Dict(), comments: readonly string[] = []): StateReturn {
  const told = comments.length ? `${problem}\n\nChanges already made: ${sentences(comments)}` : problem
  return { result: false, changes, comment: told }
}

export function refusedTarget(target: string): string | null {
  if (target === '') return "'target' argument is required"
  return isAbsolute(target) ? null : `target '${target}' is not an absolute path`
}

/** Makes the folder fit for a clone; a sentence where it holds something else. */
export function emptiedTarget(target: string, force: boolean, changes: Dict): string | null {
  if (!statsOf(target)) return null
  if (!statsOf(target)?.isDirectory()) return `Target '${target}' exists and is not a directory`
  const names = readdirSync(target)
  if (names.length === 0) return null
  if (!force) {
    const advice =
      "Set the 'force_clone' option to True to remove this directory's contents and proceed with cloning the remote repository"
    return `Target '${target}' exists, is non-empty and is not a git repository. ${advice}`
  }
  for (const name of names) rmSync(join(target, name), { recursive: true, force: true })
  changes.set('forced clone', true)
  return null
}

export function wouldForce(target: string, name: string): string {
  return `Target directory ${target} exists. Since force_clone=True, the contents of ${target} would be deleted, and ${name} would be cloned into this directory.`
}
