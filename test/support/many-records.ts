/** Projects with many deployments behind them, as their files are: without an account, a repository or anything that runs. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { projectLayout } from '../../src/kernel/layout.ts'
import { projectName, type ReleaseId, releaseId } from '../../src/kernel/names.ts'
import type { DeploymentRecord } from '../../src/pipeline/history.ts'

const first = Date.UTC(2026, 0, 1)
const procedures =
  'trigger archive initialization release-sync configure build install reconfigure activate upgrade bundle post_install rollback notification'.split(
    ' ',
  )

export function recordAt(number: number, changes: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const at = new Date(first + number * 60_000).toISOString()
  const digits = number.toString(16).padStart(12, '0')
  const release = releaseId(`${at.replace(/[-:.]/g, '')}-00000000-0000-4000-8000-${digits}`)
  return {
    release,
    sequence: number,
    number,
    kind: 'push',
    mode: 'cooking',
    status: number % 7 === 3 ? 'failed' : 'succeeded',
    commit: digits.repeat(4).slice(0, 40),
    subject: `Change number ${number}`,
    pillar_commit: null,
    by: 'ann',
    started_at: at,
    seconds: 1.5,
    previous: null,
    tree: number % 7 === 3 ? null : release,
    branch: 'master',
    before: null,
    procedures: procedures.map(name => ({ name, milliseconds: 12 })),
    url: null,
    ...changes,
  }
}

/** Makes a project, or gives one more deployments. Answers the newest release. */
export function deployMany(root: string, name: string, from: number, to: number): ReleaseId {
  const layout = projectLayout(root, projectName(name))
  for (const folder of [layout.projectGit, layout.own, layout.archived, layout.queue])
    mkdirSync(folder, { recursive: true })
  writeFileSync(layout.savedConfiguration, '{"settings": {"mode": "cooking"}}')
  for (let number = from; number <= to; number++) writeDeployment(root, name, recordAt(number))
  const newest = recordAt(to).release
  try {
    symlinkSync(newest, layout.current)
  } catch {
    // The first one serves.
  }
  return newest
}

export function writeDeployment(root: string, name: string, record: DeploymentRecord): void {
  const { folder, record: file } = projectLayout(root, projectName(name)).deployment(record.release)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`)
}
