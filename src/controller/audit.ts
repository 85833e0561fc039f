/** The audit as people ask for it. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import type { AuditLine } from '../store/audit.ts'
import { withStore } from './people.ts'
import type { Asked } from './request.ts'

export interface AuditChoice {
  readonly project?: string | undefined
  readonly who?: string | undefined
  readonly since?: string | undefined
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

/** Throws USAGE, STORE_…. */
export async function auditLines(asked: Asked, choice: AuditChoice): Promise<AuditLine[]> {
  const { project, who, since, before, limit } = choice
  const { listAudit } = await import('../store/audit.ts')
  const from = since === undefined ? undefined : timeOf(since, Date.now())
  return withStore(asked, store =>
    listAudit(store, {
      ...(project === undefined ? {} : { target: project }),
      ...(who === undefined ? {} : { who }),
      ...(from === undefined ? {} : { since: from }),
      ...(before === undefined ? {} : { before }),
      ...(limit === undefined ? {} : { limit }),
    }),
  )
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds since 1970. Throws USAGE. */
function timeOf(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * units[unit as keyof typeof units]
  const time = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(time)) throw new CorpusError('USAGE', `${shown(text)} is no time.`)
  return time
}

/** Throws AUDIT_BROKEN. */
export async function verifiedAudit(asked: Asked): Promise<{ readonly lines: number; readonly hash: string }> {
  const { verifyAudit } = await import('../store/audit.ts')
  const found = await withStore(asked, verifyAudit)
  if (!found.holds)
    throw new CorpusError('AUDIT_BROKEN', `Line ${found.line} of the audit does not hold: ${found.why}.`)
  return { lines: found.lines, hash: found.hash }
}
