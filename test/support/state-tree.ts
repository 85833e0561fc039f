/** Trees of state files in a temporary folder, and what the engine makes of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Applied, applyStates, checkStates, type StatesInput } from '../../src/salt/apply.ts'
import { Dict } from '../../src/salt/python/dict.ts'
import type { StepResult } from '../../src/salt/runner/result.ts'
import { localShell } from '../../src/shell/local.ts'

export interface StateTree {
  readonly root: string
  readonly input: StatesInput
  /** The pillar is `{root: <root>/out}`. */
  apply(sls?: string | readonly string[], more?: Partial<StatesInput>): Promise<Applied>
  check(sls?: string | readonly string[], more?: Partial<StatesInput>): ReturnType<typeof checkStates>
  remove(): void
}

/** Files by name; those that begin with `pillar/` are the pillar's. */
export function stateTree(files: Readonly<Record<string, string | Uint8Array>>): StateTree {
  const root = mkdtempSync(join(tmpdir(), 'state-tree-'))
  for (const folder of ['salt', 'pillar', 'out']) mkdirSync(join(root, folder))
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name.startsWith('pillar/') ? name : `salt/${name}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const input: StatesInput = {
    shell: localShell,
    fileRoots: [join(root, 'salt')],
    pillarRoots: [join(root, 'pillar')],
    pillar: Dict.of({ root: join(root, 'out') }),
    work: root,
    sls: ['main'],
  }
  const withNames = (sls: string | readonly string[] | undefined, more: Partial<StatesInput>) => ({
    ...input,
    ...(sls === undefined ? {} : { sls: typeof sls === 'string' ? [sls] : sls }),
    ...more,
  })
  return {
    root,
    input,
    apply: (sls, more = {}) => applyStates(withNames(sls, more)),
    check: (sls, more = {}) => checkStates(withNames(sls, more)),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** `id: result` of each step in the order of the run; "-" where it was kept from running. */
export function outcomes(applied: Applied): string[] {
  return [...applied.results.values()].map(({ id, result, ran }) => `${id}: ${ran ? result : '-'}`)
}

export function resultOf(applied: Applied, id: string): StepResult {
  const found = [...applied.results.values()].find(result => result.id === id)
  if (!found) throw new Error(`no result of ${id} among ${outcomes(applied).join(', ')}`)
  return found
}
