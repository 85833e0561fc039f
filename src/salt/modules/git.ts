/** git.*: the execution functions of this module by name. */
import { join } from 'node:path'
import type { FunctionTools } from '../context/tools.ts'
import type { Args } from '../definition/args.ts'
import {
  type Argument,
  type Arguments,
  defineFunction,
  type FunctionDefinition,
  type FunctionTable,
} from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
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
  line: (args: Args) => readonly string[],
  make: (output: string, args: Args) => Value = output => output,
): FunctionDefinition {
  return defineFunction({
    does,
    // Also where it only looks, git runs what the configuration of a repository says, and its options write files.
    acts: true,
    arguments: { ...own, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => make(run(args, tools, line(args)), args),
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
  revision: git('The name of a commit.', { cwd, rev, short: flag('Its first letters only.') }, args => [
    'rev-parse',
    ...(args.flag('short') ? ['--short'] : []),
    args.text('rev'),
  ]),
  rev_parse: git('What git rev-parse prints.', { cwd, rev: word('The revision.'), opts }, args => [
    'rev-parse',
    ...words(args),
    ...optional(args, 'rev'),
  ]),
  current_branch: git('The branch that is checked out.', { cwd }, () => ['rev-parse', '--abbrev-ref', 'HEAD']),
  list_branches: git(
    'The names of the branches.',
    { cwd, remote: flag('Those of remotes.') },
    args => ['for-each-ref', '--format', '%(refname:short)', args.flag('remote') ? 'refs/remotes/' : 'refs/heads/'],
    lines,
  ),
  list_tags: git(
    'The names of the tags.',
    { cwd },
    () => ['for-each-ref', '--format', '%(refname:short)', 'refs/tags/'],
    lines,
  ),
  describe: git('The commit by the nearest tag.', { cwd, rev }, args => ['describe', '--always', args.text('rev')]),
  is_worktree: defineFunction({
    does: 'Whether a folder is a work tree made by git worktree.',
    acts: false,
    arguments: { cwd, ...shared },
    call: ({ args, tools }) => {
      const [own, common] = ['--git-dir', '--git-common-dir'].map(what => attempt(args, tools, ['rev-parse', what]))
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
    call: ({ args, tools }) => remotes(run(args, tools, ['remote', '--verbose'])),
  }),
  remote_get: defineFunction({
    does: 'The addresses `fetch` and `push` of a remote.',
    acts: true,
    arguments: { cwd, remote: { does: 'Its name.', type: 'text', default: 'origin' }, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const found = remotes(run(args, tools, ['remote', '--verbose'])).get(args.text('remote'))
      if (found) return found
      throw executionError(`Remote '${args.text('remote')}' not present in git checkout located at ${args.text('cwd')}`)
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
    call: ({ args, tools }) => {
      const remote = args.text('remote')
      const there = remotes(run(args, tools, ['remote', '--verbose'])).has(remote)
      run(args, tools, ['remote', there ? 'set-url' : 'add', remote, args.text('url')])
      return remotes(run(args, tools, ['remote', '--verbose'])).get(remote) ?? null
    },
  }),
  ls_remote: defineFunction({
    does: 'The refs of a remote; with a ref, the commit of it alone.',
    acts: true,
    arguments: { cwd: word('A folder.'), remote: word('Its name or address.'), ref: word('One ref.'), opts, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const remote = args.textOrNone('remote') ?? 'origin'
      const refs = refsOf(run(args, tools, ['ls-remote', ...words(args), '--', remote, ...optional(args, 'ref')]))
      return args.textOrNone('ref') === null ? refs : ([...refs.values()][0] ?? '')
    },
  }),
  remote_refs: defineFunction({
    does: 'The refs of an address, each with its commit.',
    acts: true,
    arguments: { url: word('The address.', true), heads: flag('Only branches.'), tags: flag('Only tags.'), ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const kinds = [...(args.flag('heads') ? ['--heads'] : []), ...(args.flag('tags') ? ['--tags'] : [])]
      return refsOf(run(args, tools, ['ls-remote', ...kinds, '--', args.text('url')]))
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
    call: ({ args, tools }) => {
      const scope = args.flag('global') ? ['--global'] : []
      const found = attempt(args, tools, ['config', ...scope, '--get-all', args.text('key')])
      if (found === null) return args.value('default')
      const values = found.split('\n')
      return args.flag('all') ? values : (values.at(-1) ?? null)
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
    call: ({ args, tools }) => {
      const scope = args.flag('global') ? ['--global'] : []
      const values = args.textOrNone('value') === null ? args.texts('multivar') : [args.text('value')]
      const [first = '', ...more] = values
      run(args, tools, ['config', ...scope, '--replace-all', args.text('key'), first])
      for (const value of more) run(args, tools, ['config', ...scope, '--add', args.text('key'), value])
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
    args => [
      'config',
      ...(args.flag('global') ? ['--global'] : []),
      args.flag('all') ? '--unset-all' : '--unset',
      args.text('key'),
    ],
    () => true,
  ),
  status: git(
    'What is changed, by kind: new, modified, deleted, untracked.',
    { cwd },
    () => ['status', '-z', '--porcelain'],
    statusOf,
  ),
  diff: git('What git diff prints.', { cwd, item1: word('One revision.'), item2: word('Another.'), opts }, args => [
    'diff',
    ...words(args),
    ...optional(args, 'item1'),
    ...optional(args, 'item2'),
  ]),
  log: git('What git log prints.', { cwd, rev, opts }, args => ['log', ...words(args), args.text('rev'), '--']),
  init: git('Makes a repository.', { cwd, bare: flag('Without a work tree.'), opts }, args => [
    'init',
    ...(args.flag('bare') ? ['--bare'] : []),
    ...words(args),
    '--',
    args.text('cwd'),
  ]),
  clone: git(
    'Clones a repository.',
    { cwd, url: word('Its address.'), name: word('The folder inside; default: cwd itself.'), opts },
    args => {
      const inside = args.textOrNone('name')
      const target = inside ? `${args.text('cwd')}/${inside}` : args.text('cwd')
      return ['clone', ...words(args), '--', args.text('url'), target]
    },
    () => true,
  ),
  checkout: git(
    'Checks out a revision.',
    { cwd, rev: word('The revision.'), force: flag('Discards changes.'), opts },
    args => ['checkout', ...(args.flag('force') ? ['--force'] : []), ...words(args), ...optional(args, 'rev')],
  ),
  fetch: git(
    'Fetches from a remote.',
    { cwd, remote: word('Its name.'), force: flag('Even what is no fast-forward.'), refspecs: word('What.'), opts },
    args => [
      'fetch',
      ...(args.flag('force') ? ['--force'] : []),
      ...words(args),
      ...optional(args, 'remote'),
      ...args.texts('refspecs'),
    ],
  ),
  pull: git('Fetches and merges.', { cwd, opts }, args => ['pull', ...words(args)]),
  push: git('Pushes to a remote.', { cwd, remote: word('Its name.', true), ref: word('What.', true), opts }, args => [
    'push',
    ...words(args),
    args.text('remote'),
    args.text('ref'),
  ]),
  add: git('Adds files to the index.', { cwd, filename: word('The files.', true), opts }, args => [
    'add',
    '--verbose',
    ...words(args),
    '--',
    args.text('filename'),
  ]),
  rm: git('Removes files.', { cwd, filename: word('The files.', true), opts }, args => [
    'rm',
    ...words(args),
    '--',
    args.text('filename'),
  ]),
  commit: git('Commits.', { cwd, message: word('The message.', true), opts, filename: word('The files.') }, args => [
    'commit',
    '-m',
    args.text('message'),
    ...words(args),
    ...(args.textOrNone('filename') ? ['--', args.text('filename')] : []),
  ]),
  branch: git(
    'Makes, changes or removes a branch.',
    { cwd, name: word('Its name.'), opts },
    args => ['branch', ...words(args), ...optional(args, 'name')],
    () => true,
  ),
  tag: git(
    'Makes a tag.',
    { cwd, name: word('Its name.', true), ref: rev, message: word('A message.'), opts },
    args => [
      'tag',
      ...words(args),
      ...(args.textOrNone('message') ? ['-m', args.text('message')] : []),
      args.text('name'),
      args.text('ref'),
    ],
  ),
  merge: git('Merges a revision.', { cwd, rev: word('The revision.'), opts }, args => [
    'merge',
    ...words(args),
    ...optional(args, 'rev'),
  ]),
  reset: git('Resets the work tree.', { cwd, opts }, args => ['reset', ...words(args)]),
  stash: git(
    'Puts changes aside.',
    { cwd, action: { does: 'save, pop, …', type: 'text', default: 'save' }, opts },
    args => ['stash', args.text('action'), ...words(args)],
  ),
  symbolic_ref: git(
    'Reads or sets a symbolic ref.',
    { cwd, ref: word('The ref.', true), value: word('What it points to.'), opts },
    args => ['symbolic-ref', ...words(args), args.text('ref'), ...optional(args, 'value')],
  ),
  submodule: git('Runs git submodule.', { cwd, command: word('The command.', true), opts }, args => [
    'submodule',
    args.text('command'),
    ...words(args),
  ]),
  archive: git(
    'Writes an archive of a revision.',
    { cwd, output: word('The archive.', true), rev, prefix: word('A folder in it.'), format: word('tar, zip, …') },
    args => [
      'archive',
      ...(args.textOrNone('prefix') ? [`--prefix=${args.text('prefix')}`] : []),
      ...(args.textOrNone('format') ? [`--format=${args.text('format')}`] : []),
      `--output=${args.text('output')}`,
      args.text('rev'),
    ],
    () => true,
  ),
  merge_base: defineFunction({
    does: 'The common ancestor of revisions; with is_ancestor, whether the first is one of the second.',
    acts: true,
    arguments: { cwd, refs: word('The revisions.'), is_ancestor: flag('Answers True or False.'), opts, ...shared },
    otherArguments: 'Accepted and ignored.',
    call: ({ args, tools }) => {
      const refs = args.texts('refs').flatMap(text => text.split(','))
      if (args.flag('is_ancestor')) return attempt(args, tools, ['merge-base', '--is-ancestor', ...refs]) !== null
      return run(args, tools, ['merge-base', ...words(args), ...refs])
    },
  }),
}

function runs(args: Args, tools: FunctionTools, line: readonly string[]) {
  const folder = line[0] === 'clone' || line[0] === 'init' ? undefined : (args.textOrNone('cwd') ?? undefined)
  const at = folder === undefined ? placeOf(args, line) : folder
  const options = { cwd: folder, at, user: args.textOrNone('user'), identity: args.texts('identity') }
  const own = shellWords(args.text('git_opts'))
  return tools.shell.runSync(gitCommand([...own, ...line], tools, options))
}

/** Where clone and init work: the folder that they make. */
const placeOf = (args: Args, line: readonly string[]): string | undefined =>
  line[0] === 'clone' || line[0] === 'init'
    ? join(args.textOrNone('cwd') ?? '/', args.textOrNone('name') ?? '')
    : undefined

function run(args: Args, tools: FunctionTools, line: readonly string[]): string {
  const outcome = runs(args, tools, line)
  if (outcome.status !== 0) throw executionError(`Command 'git ${line.join(' ')}' failed: ${failureOf(outcome)}`)
  return outputOf(outcome)
}

function attempt(args: Args, tools: FunctionTools, line: readonly string[]): string | null {
  const outcome = runs(args, tools, line)
  return outcome.status === 0 ? outputOf(outcome) : null
}

function words(args: Args): string[] {
  const value = args.value('opts')
  return Array.isArray(value) ? value.map(textOf) : shellWords(args.text('opts'))
}

function optional(args: Args, name: string): string[] {
  const value = args.textOrNone(name)
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
