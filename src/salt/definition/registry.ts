/** The names of all state modules; a module's file is imported when a tree first uses it. */
import type { StateDefinition, StateTable } from './define.ts'

const stateModules: Readonly<Record<string, () => Promise<{ readonly states: StateTable }>>> = {
  alternatives: () => import('../states/alternatives.ts'),
  archive: () => import('../states/archive.ts'),
  cmd: () => import('../states/cmd.ts'),
  cron: () => import('../states/cron.ts'),
  environ: () => import('../states/environ.ts'),
  event: () => import('../states/event.ts'),
  file: () => import('../states/file.ts'),
  git: () => import('../states/git.ts'),
  group: () => import('../states/group.ts'),
  host: () => import('../states/host.ts'),
  http: () => import('../states/http.ts'),
  locale: () => import('../states/locale.ts'),
  mc_proxy: () => import('../states/mc_proxy.ts'),
  module: () => import('../states/module.ts'),
  mount: () => import('../states/mount.ts'),
  npm: () => import('../states/npm.ts'),
  pip: () => import('../states/pip.ts'),
  pkg: () => import('../states/pkg.ts'),
  pkgrepo: () => import('../states/pkgrepo.ts'),
  rsync: () => import('../states/rsync.ts'),
  service: () => import('../states/service.ts'),
  ssh_auth: () => import('../states/ssh_auth.ts'),
  ssh_known_hosts: () => import('../states/ssh_known_hosts.ts'),
  sysctl: () => import('../states/sysctl.ts'),
  test: () => import('../states/test.ts'),
  timezone: () => import('../states/timezone.ts'),
  user: () => import('../states/user.ts'),
  virtualenv: () => import('../states/virtualenv.ts'),
  webutil: () => import('../states/webutil.ts'),
}

export function stateModuleNames(): string[] {
  return Object.keys(stateModules)
}

/** Undefined where there is no such module; faults name the nearest known one. */
export async function loadStateModule(name: string): Promise<StateTable | undefined> {
  const load = Object.hasOwn(stateModules, name) ? stateModules[name] : undefined
  return load ? (await load()).states : undefined
}

export async function loadState(module: string, name: string): Promise<StateDefinition | undefined> {
  const table = await loadStateModule(module)
  const entry = table && Object.hasOwn(table, name) ? table[name] : undefined
  return typeof entry === 'function' ? entry() : entry
}
