/** The names of all state modules; a module's file is imported when a tree first uses it. */
import type { FunctionTable, StateDefinition, StateTable } from './define.ts'

const stateModules: Readonly<Record<string, () => Promise<{ readonly states: StateTable }>>> = {
  alternatives: () => import('./modules/alternatives/states.ts'),
  archive: () => import('./modules/archive/states.ts'),
  cmd: () => import('./modules/cmd/states.ts'),
  cron: () => import('./modules/cron/states.ts'),
  environ: () => import('./modules/environ/states.ts'),
  event: () => import('./modules/event/states.ts'),
  file: () => import('./modules/file/states.ts'),
  git: () => import('./modules/git/states.ts'),
  group: () => import('./modules/group/states.ts'),
  host: () => import('./modules/host/states.ts'),
  http: () => import('./modules/http/states.ts'),
  locale: () => import('./modules/locale/states.ts'),
  mc_proxy: () => import('./modules/mc_proxy/states.ts'),
  module: () => import('./modules/module/states.ts'),
  mount: () => import('./modules/mount/states.ts'),
  npm: () => import('./modules/npm/states.ts'),
  pip: () => import('./modules/pip/states.ts'),
  pkg: () => import('./modules/pkg/states.ts'),
  pkgrepo: () => import('./modules/pkgrepo/states.ts'),
  rsync: () => import('./modules/rsync/states.ts'),
  service: () => import('./modules/service/states.ts'),
  ssh_auth: () => import('./modules/ssh_auth/states.ts'),
  ssh_known_hosts: () => import('./modules/ssh_known_hosts/states.ts'),
  sysctl: () => import('./modules/sysctl/states.ts'),
  test: () => import('./modules/test/states.ts'),
  timezone: () => import('./modules/timezone/states.ts'),
  user: () => import('./modules/user/states.ts'),
  virtualenv: () => import('./modules/virtualenv/states.ts'),
  webutil: () => import('./modules/webutil/states.ts'),
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

/** All tables of execution functions by module: one file, since a template may call any of them and cannot wait. */
export async function loadFunctionModules(): Promise<Readonly<Record<string, FunctionTable>>> {
  return (await import('./functions/index.ts')).functionModules
}

/** In the order of the table. */
export function functionModuleNames(): readonly string[] {
  return functionModules
}

export async function loadFunctionModule(name: string): Promise<FunctionTable | undefined> {
  const tables = await loadFunctionModules()
  return Object.hasOwn(tables, name) ? tables[name] : undefined
}

const functionModules = [
  'archive',
  'cmd',
  'config',
  'cp',
  'defaults',
  'environ',
  'file',
  'git',
  'grains',
  'group',
  'hashutil',
  'log',
  'match',
  'mc_utils',
  'network',
  'pillar',
  'pkg',
  'random',
  'rsync',
  'service',
  'slsutil',
  'state',
  'sys',
  'test',
  'user',
] as const
