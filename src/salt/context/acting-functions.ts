/** The execution functions that change something, or run what they are told to: a check of what nobody accepted yet calls none. */
import type { Given } from '../definition/given.ts'

/** By module: those that act, or all but those that only look. */
const acting: Readonly<Record<string, readonly string[] | { readonly allBut: readonly string[] }>> = {
  archive: { allBut: ['list', 'is_encrypted'] },
  cmd: { allBut: ['which', 'which_bin', 'has_exec', 'shells'] },
  cp: ['get_file', 'get_template'],
  // Also where it only looks, git runs what the configuration of a repository says, and its options write files.
  git: { allBut: ['version', 'is_worktree'] },
  hashutil: ['base64_decodefile'],
  rsync: ['rsync'],
  service: ['start', 'stop', 'restart', 'reload', 'force_reload', 'enable', 'disable'],
  file: [
    'touch',
    'mkdir',
    'makedirs',
    'makedirs_perms',
    'remove',
    'rmdir',
    'rename',
    'move',
    'copy',
    'symlink',
    'link',
    'set_mode',
    'chown',
    'lchown',
    'chgrp',
    'truncate',
    'write',
    'append',
    'prepend',
    'replace',
    'comment',
    'uncomment',
    'line',
    'blockreplace',
  ],
}

export function acts(name: string, given: Given): boolean {
  const dot = name.indexOf('.')
  const [module, own] = [name.slice(0, dot), name.slice(dot + 1)]
  if (name === 'file.find') return given.others.has('delete')
  const listed = Object.hasOwn(acting, module) ? acting[module] : undefined
  if (listed === undefined) return false
  return 'allBut' in listed ? !listed.allBut.includes(own) : listed.includes(own)
}

/** For the test that holds this list against the functions that there are. */
export const actingNames = (): readonly string[] =>
  Object.entries(acting).flatMap(([module, listed]) =>
    ('allBut' in listed ? listed.allBut : listed).map(own => `${module}.${own}`),
  )
