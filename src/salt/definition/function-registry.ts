/** The names of all modules of execution functions; their tables are imported when a tree is rendered. */
import type { FunctionTable } from './define.ts'

/** All tables of execution functions by module: one file, since a template may call any of them and cannot wait. */
export async function loadFunctionModules(): Promise<Readonly<Record<string, FunctionTable>>> {
  return (await import('../modules/index.ts')).functionModules
}

/** In the order of the table. */
export function functionModuleNames(): readonly string[] {
  return functionModules
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
