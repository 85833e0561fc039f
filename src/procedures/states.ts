/** The way from procedures to the state engine: one place that knows both. */
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { Deployment } from './deployment.ts'

/** Returns a line for each state that failed. */
export async function applyProjectStates(_deployment: Deployment, _salt: string, _sls: readonly string[]): Promise<string[]> {
  throw new CorpusError('INTERNAL', 'The state engine is not here.')
}

export function renderPillar(_pillar: { folder: string; name: string }): { pillar: Value; faults: string[] } {
  throw new CorpusError('INTERNAL', 'The state engine is not here.')
}

export function renderData(_source: { path: string; text: string }, _cfg: Dict): Value {
  throw new CorpusError('INTERNAL', 'The state engine is not here.')
}

export async function checkProjectStates(_layout: ProjectLayout, _salt: string, _installers: string): Promise<void> {}
