/** git.present: an empty repository. */

import { dirname, join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { lstatSync, mkdirSync, readdirSync, rmSync } from '../../system/files.ts'
import { statsOf } from '../file/attributes.ts'
import { gitOptions } from './arguments.ts'
import { isRepository, repository } from './repository.ts'

export const present = defineState({
  does: 'Makes a repository where there is none.',
  arguments: {
    force: { does: 'Empties a folder that is no repository.', type: 'boolean', default: false },
    bare: { does: 'A bare repository.', type: 'boolean', default: true },
    template: { does: 'The folder of its template.', type: 'path' },
    separate_git_dir: { does: 'Where the repository itself is.', type: 'path' },
    shared: { does: 'Who may write: group, all, or octal.', type: 'text' },
    user: { does: 'The account that git runs as.', type: 'text' },
    password: { does: 'Accepted.', type: 'text' },
    output_encoding: { does: 'Accepted.', type: 'text' },
  },
  run: runPresent,
})

async function runPresent(call: StateCall): Promise<StateReturn> {
  const { args, name, test, tools } = call
  const bare = args.flag('bare')
  const kind = bare ? 'bare ' : ''
  const there = statsOf(name)
  const changes = Dict.of({ new: name })
  if (there?.isDirectory()) {
    if (bare ? lstatSync(join(name, 'HEAD'), { throwIfNoEntry: false }) : isRepository(name)) return succeeded('')
    const names = readdirSync(name)
    if (args.flag('force')) {
      changes.set('forced init', true)
      if (test)
        return wouldChange(
          `Target directory ${name} exists. Since force=True, the contents of ${name} would be deleted, and a ${kind}repository would be initialized in its place.`,
          changes,
        )
      for (const inside of names) rmSync(join(name, inside), { recursive: true })
    } else if (names.length) {
      const advice =
        "Set the 'force' option to True to remove this directory's contents and proceed with initializing a repository"
      return failed(`Target '${name}' exists, is non-empty, and is not a git repository. ${advice}`)
    }
  }
  if (test) return wouldChange(`New ${kind}repository would be created`, changes)
  const valued = (option: string, key: string) => (args.textOrNone(key) ? [`${option}=${args.text(key)}`] : [])
  const options = [
    ...(bare ? ['--bare'] : []),
    ...valued('--template', 'template'),
    ...valued('--separate-git-dir', 'separate_git_dir'),
    ...valued('--shared', 'shared'),
  ]
  try {
    mkdirSync(dirname(name), { recursive: true })
    await repository(tools, gitOptions(call, undefined, name)).ask('init', '--quiet', ...options, '--', name)
  } catch (error) {
    tools.signal?.throwIfAborted()
    return failed((error as Error).message)
  }
  return succeeded(`Initialized ${kind}repository in ${name}`, changes)
}
