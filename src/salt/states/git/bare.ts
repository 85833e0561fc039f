/** git.latest with `bare` or `mirror`: a repository without a work tree. */

import type { StateCall, StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { statsOf } from '../file/attributes.ts'
import { addressOf, emptiedTarget, gitOptions } from './arguments.ts'
import { repository } from './repository.ts'

export async function latestBare(call: StateCall, refs: ReadonlyMap<string, string>): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const target = args.text('target')
  const kind = args.flag('mirror') ? 'mirror' : 'bare'
  if (!statsOf(`${target}/refs`)) {
    const changes = Dict.of({ new: `${name} => ${target}` })
    const words = kind === 'mirror' ? 'mirror' : 'bare repository'
    if (test) return wouldChange(`Repository ${name} would be cloned to ${target} as ${words}`, changes)
    const refused = emptiedTarget(target, args.flag('force_clone'), changes)
    if (refused) return failed(refused)
    try {
      await repository(tools, gitOptions(call, undefined, target)).ask(
        'clone',
        `--${kind}`,
        '--',
        addressOf(call),
        target,
      )
    } catch (error) {
      tools.signal?.throwIfAborted()
      return failed(`Clone failed: ${(error as Error).message}`)
    }
    return succeeded(`${name} cloned to ${target} as ${words}`, changes)
  }
  return fetchBare(call, target, refs)
}

async function fetchBare(call: StateCall, target: string, refs: ReadonlyMap<string, string>): Promise<StateReturn> {
  const repo = repository(call.tools, gitOptions(call, target))
  const wanted = [...refs].filter(([ref]) => /^refs\/(heads|tags)\//.test(ref) && !ref.endsWith('^{}'))
  const present = new Map(
    ((await repo.tryAsk('show-ref')) ?? '').split('\n').map(line => [line.slice(41), line.slice(0, 40)]),
  )
  if (wanted.every(([ref, sha]) => present.get(ref) === sha)) return succeeded(`Repository ${target} is up-to-date`)
  if (call.test) return wouldChange(`Bare repository at ${target} would be fetched`)
  try {
    await repo.ask('fetch', '--', addressOf(call), '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*')
  } catch (error) {
    call.tools.signal?.throwIfAborted()
    return failed(`Fetch failed: ${(error as Error).message}`)
  }
  return succeeded(`Bare repository at ${target} was fetched, resulting in updated refs`, { fetched: true })
}
