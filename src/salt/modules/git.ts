/** git.*: the execution functions of this module by name. */
import { join } from 'node:path'
import type { FunctionTools } from '../context/tools.ts'
import {
  type Argument,
  type Arguments,
  defineFunction,
  type FunctionDefinition,
  type FunctionTable,
} from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import type { Given } from '../definition/given.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { failureOf, gitCommand, outputOf } from '../states/git/command.ts'
import { shellWords } from '../system/shell-words.ts'

const cwd = { does: 'The folder of the repository.', type: 'path', required: true } as const
const rev = { does: 'The revision.', type: 'text', default: 'HEAD' } as const
const opts = { does: 'Further options, as on a command line.', type: 'any', default: '' } as const
const word = (does: string, required = false): Argument =>
  required ? { does, type: 'any', required: true } : { does, type: 'any' }
const flag = (does: string) => ({ does, type: 'boolean', default: false }) as const
const shared: Arguments = {
  user: { does: 'The account that git runs as.', type: 'text' },
  identity: { does: 'Files of private keys for ssh.', type: 'text or list' },
  git_opts: { does: 'Options of git itself.', type: 'any', default: '' },
}

/** A function that runs git and makes something of its output. */
function git(
  does: string,
  own: Arguments,
  args: (given: Given) => readonly string[],
  make: (output: string, given: Given) => Value = output => output,
): FunctionDefinition {
  return defineFunction({
    does,
    // Also where it only looks, git runs what the configuration of a repository says, and its options write files.
    acts: true,
    arguments: { ...own, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => make(run(given, tools, args(given)), given),
  })
}

export const functions: FunctionTable = {
  version: {
    ...git(
      'The version of git.',
      {},
      () => ['--version'],
      output => output.replace(/^git version (\S+).*$/, '$1'),
    ),
    acts: false,
  },
  revision: git('The name of a commit.', { cwd, rev, short: flag('Its first letters only.') }, given => [
    'rev-parse',
    ...(given.flag('short') ? ['--short'] : []),
    given.text('rev'),
  ]),
  rev_parse: git('What git rev-parse prints.', { cwd, rev: word('The revision.'), opts }, given => [
    'rev-parse',
    ...words(given),
    ...optional(given, 'rev'),
  ]),
  current_branch: git('The branch that is checked out.', { cwd }, () => ['rev-parse', '--abbrev-ref', 'HEAD']),
  list_branches: git(
    'The names of the branches.',
    { cwd, remote: flag('Those of remotes.') },
    given => ['for-each-ref', '--format', '%(refname:short)', given.flag('remote') ? 'refs/remotes/' : 'refs/heads/'],
    lines,
  ),
  list_tags: git(
    'The names of the tags.',
    { cwd },
    () => ['for-each-ref', '--format', '%(refname:short)', 'refs/tags/'],
    lines,
  ),
  describe: git('The commit by the nearest tag.', { cwd, rev }, given => ['describe', '--always', given.text('rev')]),
  is_worktree: defineFunction({
    does: 'Whether a folder is a work tree made by git worktree.',
    acts: false,
    arguments: { cwd, ...shared },
    call: ({ given, tools }) => {
      const [own, common] = ['--git-dir', '--git-common-dir'].map(what => attempt(given, tools, ['rev-parse', what]))
      return own !== null && own !== common
    },
  }),
  list_worktrees: git(
    'The work trees: folder, commit and branch.',
    { cwd },
    () => ['worktree', 'list', '--porcelain'],
    output =>
      Dict.of(
        output.split('\n\n').map(block => {
          const [tree = '', head = '', branch = ''] = block.split('\n').map(line => line.split(' ')[1] ?? '')
          return [tree, Dict.of({ HEAD: head, branch: branch.replace('refs/heads/', '') })] as const
        }),
      ),
  ),
  remotes: defineFunction({
    does: 'The remotes, each with its addresses `fetch` and `push`.',
    acts: true,
    arguments: { cwd, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => remotes(run(given, tools, ['remote', '--verbose'])),
  }),
  remote_get: defineFunction({
    does: 'The addresses `fetch` and `push` of a remote.',
    acts: true,
    arguments: { cwd, remote: { does: 'Its name.', type: 'text', default: 'origin' }, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const found = remotes(run(given, tools, ['remote', '--verbose'])).get(given.text('remote'))
      if (found) return found
      throw executionError(
        `Remote '${given.text('remote')}' not present in git checkout located at ${given.text('cwd')}`,
      )
    },
  }),
  remote_set: defineFunction({
    does: 'Sets the address of a remote.',
    acts: true,
    arguments: {
      cwd,
      url: word('The address.', true),
      remote: { does: 'Its name.', type: 'text', default: 'origin' },
      ...shared,
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const remote = given.text('remote')
      const there = remotes(run(given, tools, ['remote', '--verbose'])).has(remote)
      run(given, tools, ['remote', there ? 'set-url' : 'add', remote, given.text('url')])
      return remotes(run(given, tools, ['remote', '--verbose'])).get(remote) ?? null
    },
  }),
  ls_remote: defineFunction({
    does: 'The refs of a remote; with a ref, the commit of it alone.',
    acts: true,
    arguments: { cwd: word('A folder.'), remote: word('Its name or address.'), ref: word('One ref.'), opts, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const remote = given.textOrNone('remote') ?? 'origin'
      const refs = refsOf(run(given, tools, ['ls-remote', ...words(given), '--', remote, ...optional(given, 'ref')]))
      return given.textOrNone('ref') === null ? refs : ([...refs.values()][0] ?? '')
    },
  }),
  remote_refs: defineFunction({
    does: 'The refs of an address, each with its commit.',
    acts: true,
    arguments: { url: word('The address.', true), heads: flag('Only branches.'), tags: flag('Only tags.'), ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const kinds = [...(given.flag('heads') ? ['--heads'] : []), ...(given.flag('tags') ? ['--tags'] : [])]
      return refsOf(run(given, tools, ['ls-remote', ...kinds, '--', given.text('url')]))
    },
  }),
  config_get: defineFunction({
    does: 'The value of a key; None where it is not set.',
    acts: true,
    arguments: {
      key: word('The key.', true),
      cwd: word('The repository.'),
      global: flag("The account's own."),
      all: flag('All values.'),
      default: word('What it gives where it is not set.'),
      ...shared,
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const scope = given.flag('global') ? ['--global'] : []
      const found = attempt(given, tools, ['config', ...scope, '--get-all', given.text('key')])
      if (found === null) return given.value('default')
      const values = found.split('\n')
      return given.flag('all') ? values : (values.at(-1) ?? null)
    },
  }),
  config_set: defineFunction({
    does: 'Sets a key; its values.',
    acts: true,
    arguments: {
      key: word('The key.', true),
      value: word('The value.'),
      multivar: word('Several values.'),
      cwd: word('The repository.'),
      global: flag("The account's own."),
      ...shared,
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const scope = given.flag('global') ? ['--global'] : []
      const values = given.textOrNone('value') === null ? given.texts('multivar') : [given.text('value')]
      const [first = '', ...more] = values
      run(given, tools, ['config', ...scope, '--replace-all', given.text('key'), first])
      for (const value of more) run(given, tools, ['config', ...scope, '--add', given.text('key'), value])
      return [...values]
    },
  }),
  config_unset: git(
    'Unsets a key.',
    {
      key: word('The key.', true),
      cwd: word('The repository.'),
      all: flag('All values.'),
      global: flag("The account's own."),
    },
    given => [
      'config',
      ...(given.flag('global') ? ['--global'] : []),
      given.flag('all') ? '--unset-all' : '--unset',
      given.text('key'),
    ],
    () => true,
  ),
  status: git(
    'What is changed, by kind: new, modified, deleted, untracked.',
    { cwd },
    () => ['status', '-z', '--porcelain'],
    statusOf,
  ),
  diff: git('What git diff prints.', { cwd, item1: word('One revision.'), item2: word('Another.'), opts }, given => [
    'diff',
    ...words(given),
    ...optional(given, 'item1'),
    ...optional(given, 'item2'),
  ]),
  log: git('What git log prints.', { cwd, rev, opts }, given => ['log', ...words(given), given.text('rev'), '--']),
  init: git('Makes a repository.', { cwd, bare: flag('Without a work tree.'), opts }, given => [
    'init',
    ...(given.flag('bare') ? ['--bare'] : []),
    ...words(given),
    '--',
    given.text('cwd'),
  ]),
  clone: git(
    'Clones a repository.',
    { cwd, url: word('Its address.'), name: word('The folder inside; default: cwd itself.'), opts },
    given => {
      const inside = given.textOrNone('name')
      const target = inside ? `${given.text('cwd')}/${inside}` : given.text('cwd')
      return ['clone', ...words(given), '--', given.text('url'), target]
    },
    () => true,
  ),
  checkout: git(
    'Checks out a revision.',
    { cwd, rev: word('The revision.'), force: flag('Discards changes.'), opts },
    given => ['checkout', ...(given.flag('force') ? ['--force'] : []), ...words(given), ...optional(given, 'rev')],
  ),
  fetch: git(
    'Fetches from a remote.',
    { cwd, remote: word('Its name.'), force: flag('Even what is no fast-forward.'), refspecs: word('What.'), opts },
    given => [
      'fetch',
      ...(given.flag('force') ? ['--force'] : []),
      ...words(given),
      ...optional(given, 'remote'),
      ...given.texts('refspecs'),
    ],
  ),
  pull: git('Fetches and merges.', { cwd, opts }, given => ['pull', ...words(given)]),
  push: git('Pushes to a remote.', { cwd, remote: word('Its name.', true), ref: word('What.', true), opts }, given => [
    'push',
    ...words(given),
    given.text('remote'),
    given.text('ref'),
  ]),
  add: git('Adds files to the index.', { cwd, filename: word('The files.', true), opts }, given => [
    'add',
    '--verbose',
    ...words(given),
    '--',
    given.text('filename'),
  ]),
  rm: git('Removes files.', { cwd, filename: word('The files.', true), opts }, given => [
    'rm',
    ...words(given),
    '--',
    given.text('filename'),
  ]),
  commit: git('Commits.', { cwd, message: word('The message.', true), opts, filename: word('The files.') }, given => [
    'commit',
    '-m',
    given.text('message'),
    ...words(given),
    ...(given.textOrNone('filename') ? ['--', given.text('filename')] : []),
  ]),
  branch: git(
    'Makes, changes or removes a branch.',
    { cwd, name: word('Its name.'), opts },
    given => ['branch', ...words(given), ...optional(given, 'name')],
    () => true,
  ),
  tag: git(
    'Makes a tag.',
    { cwd, name: word('Its name.', true), ref: rev, message: word('A message.'), opts },
    given => [
      'tag',
      ...words(given),
      ...(given.textOrNone('message') ? ['-m', given.text('message')] : []),
      given.text('name'),
      given.text('ref'),
    ],
  ),
  merge: git('Merges a revision.', { cwd, rev: word('The revision.'), opts }, given => [
    'merge',
    ...words(given),
    ...optional(given, 'rev'),
  ]),
  reset: git('Resets the work tree.', { cwd, opts }, given => ['reset', ...words(given)]),
  stash: git(
    'Puts changes aside.',
    { cwd, action: { does: 'save, pop, …', type: 'text', default: 'save' }, opts },
    given => ['stash', given.text('action'), ...words(given)],
  ),
  symbolic_ref: git(
    'Reads or sets a symbolic ref.',
    { cwd, ref: word('The ref.', true), value: word('What it points to.'), opts },
    given => ['symbolic-ref', ...words(given), given.text('ref'), ...optional(given, 'value')],
  ),
  submodule: git('Runs git submodule.', { cwd, command: word('The command.', true), opts }, given => [
    'submodule',
    given.text('command'),
    ...words(given),
  ]),
  archive: git(
    'Writes an archive of a revision.',
    { cwd, output: word('The archive.', true), rev, prefix: word('A folder in it.'), format: word('tar, zip, …') },
    given => [
      'archive',
      ...(given.textOrNone('prefix') ? [`--prefix=${given.text('prefix')}`] : []),
      ...(given.textOrNone('format') ? [`--format=${given.text('format')}`] : []),
      `--output=${given.text('output')}`,
      given.text('rev'),
    ],
    () => true,
  ),
  merge_base: defineFunction({
    does: 'The common ancestor of revisions; with is_ancestor, whether the first is one of the second.',
    acts: true,
    arguments: { cwd, refs: word('The revisions.'), is_ancestor: flag('Answers True or False.'), opts, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ given, tools }) => {
      const refs = given.texts('refs').flatMap(text => text.split(','))
      if (given.flag('is_ancestor')) return attempt(given, tools, ['merge-base', '--is-ancestor', ...refs]) !== null
      return run(given, tools, ['merge-base', ...words(given), ...refs])
    },
  }),
}

function runs(given: Given, tools: FunctionTools, args: readonly string[]) {
  const folder = args[0] === 'clone' || args[0] === 'init' ? undefined : (given.textOrNone('cwd') ?? undefined)
  const at = folder === undefined ? placeOf(given, args) : folder
  const options = { cwd: folder, at, user: given.textOrNone('user'), identity: given.texts('identity') }
  const own = shellWords(given.text('git_opts'))
  return tools.shell.runSync(gitCommand([...own, ...args], tools, options))
}

/** Where clone and init work: the folder that they make. */
const placeOf = (given: Given, args: readonly string[]): string | undefined =>
  args[0] === 'clone' || args[0] === 'init'
    ? join(given.textOrNone('cwd') ?? '/', given.textOrNone('name') ?? '')
    : undefined

function run(given: Given, tools: FunctionTools, args: readonly string[]): string {
  const outcome = runs(given, tools, args)
  if (outcome.status !== 0) throw executionError(`Command 'git ${args.join(' ')}' failed: ${failureOf(outcome)}`)
  return outputOf(outcome)
}

function attempt(given: Given, tools: FunctionTools, args: readonly string[]): string | null {
  const outcome = runs(given, tools, args)
  return outcome.status === 0 ? outputOf(outcome) : null
}

function words(given: Given): string[] {
  const value = given.value('opts')
  return Array.isArray(value) ? value.map(textOf) : shellWords(given.text('opts'))
}

function optional(given: Given, name: string): string[] {
  const value = given.textOrNone(name)
  return value === null || value === '' ? [] : [value]
}

function lines(output: string): string[] {
  return output.split('\n').filter(line => line !== '')
}

function refsOf(output: string): Dict {
  return Dict.of(
    lines(output).map(line => {
      const [sha = '', name = ''] = line.split('\t')
      return [name, sha] as const
    }),
  )
}

function remotes(output: string): Dict {
  const found = new Dict()
  for (const line of lines(output)) {
    const [, name, url, kind] = /^(\S+)\t(.*) \((fetch|push)\)/.exec(line) ?? []
    if (name === undefined || url === undefined || kind === undefined) continue
    const remote = found.get(name)
    if (remote instanceof Dict) remote.set(kind, url)
    else found.set(name, Dict.of([[kind, url]]))
  }
  return found
}

function statusOf(output: string): Dict {
  const kinds: Readonly<Record<string, string>> = { M: 'modified', A: 'new', D: 'deleted', '?': 'untracked' }
  const found = new Dict()
  for (const entry of output.split('\0').filter(part => part.length > 3)) {
    const kind = kinds[entry.slice(0, 2).trim().charAt(0)] ?? entry.slice(0, 2).trim()
    const names = found.get(kind)
    if (Array.isArray(names)) names.push(entry.slice(3))
    else found.set(kind, [entry.slice(3)])
  }
  return found
}
