/** Looks at the results of a step's targets and says what becomes of the step. */
import type { Requisite } from '../compiler/requisites.ts'
import type { RequisiteKind } from '../language/words.ts'
import type { StepResult } from './result.ts'

type Status = 'unmet' | 'fail' | 'pre' | 'onfail' | 'onchanges' | 'change' | 'met'

export interface Verdict {
  readonly status: Status
  /** Targets that failed. */
  readonly failed: readonly number[]
  /** Watched targets that changed. */
  readonly changed: readonly number[]
}

interface Results {
  readonly done: ReadonlyMap<number, StepResult>
  readonly tried: ReadonlyMap<number, StepResult>
}

/** What one target means to one kind of requisite. */
type Finding = 'unmet' | 'fail' | 'onfail' | 'onchanges' | 'onchangesmet' | 'change' | 'pre' | 'premet' | 'met' | 'none'

export function judge(row: readonly Requisite[], wanted: readonly number[], results: Results): Verdict {
  if (row.length === 0 && wanted.length === 0) return { status: 'met', failed: [], changed: [] }
  const findings = new Set<Finding>()
  const failed: number[] = []
  const changed: number[] = []
  for (const [kind, targets] of byKind(row)) {
    const own = new Set<Finding>()
    for (const target of targets) {
      const finding = findingOf(kind, target, results)
      own.add(finding)
      if (resultOf(kind, target, results)?.result === false) failed.push(target)
      if (finding === 'change') changed.push(target)
    }
    for (const finding of softened(kind, own)) findings.add(finding)
  }
  for (const target of wanted) {
    const result = results.done.get(target)
    findings.add(!result ? 'unmet' : result.result === false ? 'fail' : 'met')
    if (result?.result === false) failed.push(target)
  }
  return { status: statusOf(findings), failed, changed }
}

function byKind(row: readonly Requisite[]): Map<RequisiteKind, number[]> {
  const kinds = new Map<RequisiteKind, number[]>()
  for (const { kind, targets } of row) {
    const list = kinds.get(kind)
    if (list) list.push(...targets)
    else kinds.set(kind, [...targets])
  }
  return kinds
}

function resultOf(kind: RequisiteKind, target: number, results: Results): StepResult | undefined {
  return kind === 'prereq' ? results.tried.get(target) : results.done.get(target)
}

function findingOf(kind: RequisiteKind, target: number, results: Results): Finding {
  const result = resultOf(kind, target, results)
  if (!result) return 'unmet'
  if (kind.startsWith('onfail')) {
    if (result.result === true) return 'onfail'
  } else if (result.result === false) return 'fail'
  if (kind.startsWith('onchanges')) return result.changes.size ? 'onchangesmet' : 'onchanges'
  if (kind.startsWith('watch') && result.changes.size) return 'change'
  if (kind === 'prereq') return result.result === null ? 'premet' : 'pre'
  return result.ran ? 'met' : 'none'
}

/** Of the `_any` kinds (and plain onfail) one met target is enough; of onfail_all none may be missing. */
function softened(kind: RequisiteKind, found: ReadonlySet<Finding>): Set<Finding> {
  const own = new Set(found)
  if (kind.endsWith('_any') || kind === 'onfail') {
    if (own.has('met') || own.has('change')) own.delete('fail')
    if (own.has('onchangesmet')) {
      own.delete('onchanges')
      own.delete('fail')
    }
    if (own.has('onfail') && own.has('met')) own.delete('onfail')
  }
  if (kind === 'onfail_all' && own.has('onfail')) own.delete('met')
  return own
}

function statusOf(found: ReadonlySet<Finding>): Status {
  if (found.has('unmet')) return 'unmet'
  if (found.has('fail')) return 'fail'
  if (found.has('pre')) return found.has('premet') ? 'met' : 'pre'
  if (found.has('onfail') && !found.has('onchangesmet')) return 'onfail'
  if (found.has('onchanges') && !found.has('onchangesmet')) return 'onchanges'
  return found.has('change') ? 'change' : 'met'
}
