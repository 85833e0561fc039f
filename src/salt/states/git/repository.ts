/** A work tree as the states of git see it: questions and orders, each one git command. */

import { join } from 'node:path'
import type { StateTools } from '../../context/tools.ts'
import { executionError } from '../../definition/exceptions.ts'
import { lstatSync } from '../../system/files.ts'
import { failureOf, type GitOptions, gitCommand, outputOf } from './command.ts'

export interface Repository {
  /** The output of a git command; throws what git said where it fails. */
  ask(...args: string[]): Promise<string>
  /** The output, or null where the command fails. */
  tryAsk(...args: string[]): Promise<string | null>
}

export function repository(tools: StateTools, options: GitOptions): Repository {
  const run = async (args: readonly string[]) => {
    const outcome = await tools.shell.run({
      ...gitCommand(args, tools, options),
      ...(tools.signal ? { signal: tools.signal } : {}),
    })
    tools.signal?.throwIfAborted()
    return outcome
  }
  return {
    async ask(...args) {
      const outcome = await run(args)
      if (outcome.status !== 0) throw executionError(failureOf(outcome))
      return outputOf(outcome)
    },
    async tryAsk(...args) {
      const outcome = await run(args)
      return outcome.status === 0 ? outputOf(outcome) : null
    },
  }
}

export function isRepository(folder: string): boolean {
  return lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined
}

export interface Head {
  readonly revision: string | null
  /** Null where it is detached. */
  readonly branch: string | null
}

export async function headOf(repo: Repository): Promise<Head> {
  const revision = await repo.tryAsk('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')
  const branch = await repo.tryAsk('symbolic-ref', '--quiet', '--short', 'HEAD')
  return { revision, branch: revision === null ? null : branch }
}

/** The refs of a remote by name, `HEAD` among them. */
export async function remoteRefs(repo: Repository, url: string): Promise<Map<string, string>> {
  const lines = (await repo.ask('ls-remote', '--', url)).split('\n').filter(line => line !== '')
  return new Map(lines.map(line => line.split('\t')).map(([sha = '', name = '']) => [name, sha]))
}

/** At each run: one that is missing, or was not fetched last time, is no change of the commit. */
export async function updateSubmodules(repo: Repository): Promise<void> {
  try {
    await repo.ask('submodule', 'update', '--init', '--recursive')
  } catch (error) {
    throw executionError(`Failed to update submodules: ${(error as Error).message}`)
  }
}

export async function hasCommit(repo: Repository, revision: string): Promise<boolean> {
  return (await repo.tryAsk('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)) !== null
}

export async function isAncestor(repo: Repository, older: string, newer: string): Promise<boolean> {
  return (await repo.tryAsk('merge-base', '--is-ancestor', older, newer)) !== null
}

export async function hasLocalChanges(repo: Repository): Promise<boolean> {
  const status = await repo.tryAsk('status', '--porcelain', '--untracked-files=no')
  return status !== null && status !== ''
}

export async function branchExists(repo: Repository, branch: string): Promise<boolean> {
  return (await repo.tryAsk('show-ref', '--verify', '--quiet', `refs/heads/${branch}`)) !== null
}

/** All heads and tags of the remote; whether anything was new. */
export async function fetch(repo: Repository, remote: string, options: FetchOptions): Promise<boolean> {
  const plus = options.force ? '+' : ''
  const before = await repo.tryAsk('show-ref')
  const specs = [`${plus}refs/heads/*:refs/remotes/${remote}/*`, ...(options.tags ? ['+refs/tags/*:refs/tags/*'] : [])]
  const depth = options.depth === null ? [] : [`--depth=${options.depth}`]
  await repo.ask('fetch', ...depth, '--', remote, ...specs)
  return before !== (await repo.tryAsk('show-ref'))
}

export interface FetchOptions {
  readonly force: boolean
  readonly tags: boolean
  readonly depth: number | null
}
