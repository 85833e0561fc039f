/** The figures of this machine's projects, as Prometheus reads them. */
import { existsSync } from 'node:fs'
import { runningProcesses } from '../deployment/processes.ts'
import { usageOf } from '../disk/usage.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { type DeploymentRecord, deploymentIds, readRecord } from '../pipeline/history.ts'
import { waiting } from '../pipeline/queue.ts'
import { rotatedTally, type Tally, tallied } from '../pipeline/tally.ts'
import type { Running } from '../services/driver.ts'
import { type Metric, processMetrics, prometheusText, type Sample } from '../services/metrics.ts'
import { type Context, projectNames } from './context.ts'

/** Measuring thousands of files is not done for every question. */
const measuredForMilliseconds = 5 * 60_000

/** Whoever asks again and again keeps what is answered: what has ended stays as it is. */
export function metricsOf(context: Context): () => Promise<string> {
  const ended = new Map<ReleaseId, DeploymentRecord>()
  const measured = new Map<string, { readonly bytes: number; readonly at: number }>()

  async function facts(layout: ProjectLayout): Promise<Facts> {
    return {
      project: layout.name,
      tally: tallied(recordsOf(layout, ended), rotatedTally(layout)),
      waiting: waiting(layout).length,
      archiveBytes: await archiveBytes(layout),
      running: await runningProcesses(layout, context.shell),
    }
  }

  async function archiveBytes(layout: ProjectLayout): Promise<number> {
    const last = measured.get(layout.name)
    if (last && Date.now() - last.at < measuredForMilliseconds) return last.bytes
    const [usage] = existsSync(layout.archives) ? await usageOf(context.shell, [layout.archives]) : []
    const bytes = usage?.bytes ?? 0
    measured.set(layout.name, { bytes, at: Date.now() })
    return bytes
  }

  return async () => {
    const all: Facts[] = []
    for (const name of projectNames(context)) all.push(await facts(projectLayout(context.root, name)))
    return prometheusText([...deploymentMetrics(all), ...processMetrics(all.flatMap(one => one.running))])
  }
}

interface Facts {
  readonly project: string
  readonly tally: Tally
  readonly waiting: number
  readonly archiveBytes: number
  readonly running: readonly Running[]
}

function recordsOf(layout: ProjectLayout, ended: Map<ReleaseId, DeploymentRecord>): DeploymentRecord[] {
  return deploymentIds(layout).flatMap(release => {
    const record = ended.get(release) ?? readRecord(layout, release)
    if (record && record.status !== 'running') ended.set(release, record)
    return record ?? []
  })
}

function deploymentMetrics(all: readonly Facts[]): Metric[] {
  const each = (samples: (facts: Facts) => Sample[]) => all.flatMap(samples)
  const procedures = (value: (one: { count: number; milliseconds: number }) => number) =>
    each(({ project, tally }) =>
      Object.entries(tally.procedures).map(([procedure, one]) => ({
        labels: { project, procedure },
        value: value(one),
      })),
    )
  return [
    {
      name: 'corpus_deployments_total',
      help: 'Deployments that have ended, by how they did.',
      type: 'counter',
      samples: each(({ project, tally }) =>
        Object.entries(tally.outcomes).map(([outcome, value]) => ({ labels: { project, outcome }, value })),
      ),
    },
    {
      name: 'corpus_procedure_seconds_total',
      help: 'How long the procedures of all deployments took together.',
      type: 'counter',
      samples: procedures(one => one.milliseconds / 1000),
    },
    {
      name: 'corpus_procedure_runs_total',
      help: 'How often each procedure ran.',
      type: 'counter',
      samples: procedures(one => one.count),
    },
    {
      name: 'corpus_queue_length',
      help: 'Deployments that wait.',
      type: 'gauge',
      samples: each(({ project, waiting }) => [{ labels: { project }, value: waiting }]),
    },
    {
      name: 'corpus_archive_bytes',
      help: 'What the trees of all kept releases take on the disk, with the data that is kept with them.',
      type: 'gauge',
      samples: each(({ project, archiveBytes }) => [{ labels: { project }, value: archiveBytes }]),
    },
  ]
}
