/** Figures about processes in Prometheus's text format, and the format itself for whoever has more of them. */
import type { Running } from './driver.ts'

export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function processMetrics(running: readonly Running[]): readonly Metric[] {
  const samples = (value: (one: Running) => number) =>
    running.map(one => ({
      labels: { project: one.project, process: one.process, number: String(one.number), release: one.release },
      value: value(one),
    }))
  return [
    {
      name: 'corpus_process_up',
      help: 'Whether the process runs.',
      type: 'gauge',
      samples: samples(one => (one.state === 'running' ? 1 : 0)),
    },
    {
      name: 'corpus_process_restarts_total',
      help: 'How often the process died and was started again in this release.',
      type: 'counter',
      samples: samples(one => one.restarts),
    },
  ]
}

/** Metrics as Prometheus reads them; the values of labels may be anything. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map(metricText).join('')
}

function metricText(metric: Metric): string {
  const head = `# HELP ${metric.name} ${metric.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${metric.name} ${metric.type}\n`
  return head + metric.samples.map(one => `${metric.name}${labelsText(one.labels)} ${valueText(one.value)}\n`).join('')
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, text]) => `${name}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}
