/** What is told when a deployment has ended, as JSON for machines and as text for people. */
import type { EndState, Fault } from '../kernel/events.ts'
import type { Scrubber } from '../kernel/scrub.ts'

/** The names are those of the JSON that webhooks and commands get: they stay. */
export interface Notice {
  readonly project: string
  readonly state: EndState
  readonly mode: string
  readonly kind: string
  readonly release: string
  readonly commit: string | null
  readonly pillar_commit: string | null
  readonly branch: string | null
  readonly by: string
  /** The machine. */
  readonly host: string
  /** ISO 8601, UTC. */
  readonly started_at: string
  readonly seconds: number
  /** The procedure that failed. */
  readonly procedure: string | null
  readonly fault: Fault | null
  /** The release that runs now. */
  readonly running: string | null
  readonly url: string | null
}

/** What it is about: the end of a deployment, or of a job that failed. */
export const eventOf = (notice: Notice): 'deployment' | 'job' => (notice.kind === 'job' ? 'job' : 'deployment')

/** Whether a person has to do something, or had better know. */
export function isGood(state: EndState): boolean {
  return state === 'succeeded' || state === 'planned' || state === 'superseded'
}

/** `shop: rolled back (master 1a2b3c4d5e by ann)`. */
export function headline(notice: Notice): string {
  if (notice.kind === 'job') return oneLine(`${notice.project}: the job ${notice.procedure} failed on ${notice.host}`)
  const what = [notice.branch, notice.commit?.slice(0, 10)].filter(Boolean).join(' ')
  const state = notice.state === 'rollback failed' ? 'ROLLBACK FAILED' : notice.state
  return oneLine(`${notice.project}: ${state} (${what === '' ? notice.release : what} by ${notice.by})`)
}

/** The lines of a mail. */
export function textOfNotice(notice: Notice): string {
  const { fault } = notice
  const lines: [string, string | null][] = [
    ['state', notice.state],
    ['release', notice.release],
    ['commit', [notice.commit, notice.branch && `(${notice.branch})`].filter(Boolean).join(' ') || null],
    ['pillar', notice.pillar_commit],
    ['by', notice.by],
    ['mode', `${notice.mode} on ${notice.host}`],
    ['started', notice.started_at],
    ['took', `${notice.seconds.toFixed(1)} s`],
    ['failed in', notice.procedure],
    ['running now', notice.running],
    ['url', notice.url],
  ]
  const facts = lines
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name.padEnd(12)} ${value}`)
  const told = fault
    ? [
        '',
        `${fault.code}: ${fault.message}`,
        fault.wayOut,
        ...(fault.detail ? ['', fault.detail.slice(0, 20_000)] : []),
      ]
    : []
  return [headline(notice), '', ...facts, ...told, ''].join('\n')
}

/** A copy in which every secret is masked, wherever it stands. */
export function scrubbed(notice: Notice, { text }: Scrubber): Notice {
  return JSON.parse(JSON.stringify(notice), (_, value: unknown) =>
    typeof value === 'string' ? text(value) : value,
  ) as Notice
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 200)
}
