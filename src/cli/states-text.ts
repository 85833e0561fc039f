/** Results of states as people read them: a line each, with what changed below it, and a summary. */
import { Dict } from '../salt/python/dict.ts'
import { str } from '../salt/python/repr.ts'
import type { Value } from '../salt/python/value.ts'
import type { StepResult } from '../salt/runner/result.ts'
import type { Colour, Paint } from './paint.ts'

export type Verdict = 'unchanged' | 'changed' | 'would change' | 'failed' | 'not run'

export function verdictOf({ result, changes, ran }: StepResult): Verdict {
  if (result === false) return 'failed'
  if (result === null) return 'would change'
  if (!ran) return 'not run'
  return changes.size > 0 ? 'changed' : 'unchanged'
}

const colours: Readonly<Record<Verdict, Colour>> = {
  unchanged: 'green',
  changed: 'cyan',
  'would change': 'yellow',
  failed: 'red',
  'not run': 'dim',
}

/** A state that left everything as it was takes one line. */
export function resultText(result: StepResult, paint: Paint): string {
  const verdict = verdictOf(result)
  const name = str(result.name)
  const what = `${result.module}.${result.function}  ${result.id}${name === result.id ? '' : `: ${firstLine(name)}`}`
  const time = result.durationMilliseconds >= 100 ? paint('dim', `  ${secondsText(result.durationMilliseconds)}`) : ''
  const head = `${paint(colours[verdict], verdict.padEnd(12))}  ${what}${time}\n`
  const warnings = (result.warnings ?? []).map(text => `    ${paint('yellow', `warning: ${text}`)}\n`).join('')
  if (verdict === 'unchanged' || verdict === 'not run') return head + warnings
  const comment = indented(str(result.comment).trim(), 4)
  return head + warnings + (verdict === 'failed' ? paint('red', comment) : comment) + changesText(result.changes, paint)
}

export function summaryText(results: Iterable<StepResult>, milliseconds: number | null, paint: Paint): string {
  const counts = new Map<Verdict, number>()
  let all = 0
  for (const result of results) {
    const verdict = verdictOf(result)
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
    all++
  }
  const parts = (Object.keys(colours) as Verdict[]).flatMap(verdict => {
    const count = counts.get(verdict)
    return count === undefined ? [] : [paint(colours[verdict], `${count} ${verdict}`)]
  })
  const told = parts.length > 0 ? `: ${parts.join(', ')}` : ''
  return `${paint('bold', `${all} state${all === 1 ? '' : 's'}`)}${told}${milliseconds === null ? '' : `, in ${secondsText(milliseconds)}`}\n`
}

function changesText(changes: Dict, paint: Paint): string {
  return [...changes].map(([key, value]) => changeText(str(key), value, paint)).join('')
}

function changeText(key: string, value: Value, paint: Paint): string {
  if (typeof value === 'string' && /^(---|\+\+\+|@@) /m.test(value)) return diffText(value, paint)
  if (value instanceof Dict && value.size === 2 && value.has('old') && value.has('new'))
    return indented(`${key}: ${shortOf(value.get('old'))} -> ${shortOf(value.get('new'))}`, 4)
  if (value instanceof Dict && value.has('diff'))
    return indented(`${key}:`, 4) + changesText(value, paint).replace(/^(?=.)/gm, '  ')
  const text = str(value)
  if (text === '') return ''
  return text.includes('\n')
    ? `${indented(`${key}:`, 4)}${indented(text.trimEnd(), 6)}`
    : indented(`${key}: ${text}`, 4)
}

function diffText(diff: string, paint: Paint): string {
  return diff
    .trimEnd()
    .split('\n')
    .map(line => {
      if (line.startsWith('+') && !line.startsWith('+++')) return paint('green', line)
      if (line.startsWith('-') && !line.startsWith('---')) return paint('red', line)
      return line.startsWith('@@') ? paint('cyan', line) : line
    })
    .map(line => `      ${line}\n`)
    .join('')
}

const shortOf = (value: Value | undefined): string => {
  const text = str(value ?? null)
  return text === '' ? 'nothing' : firstLine(text)
}

function firstLine(text: string): string {
  const end = text.indexOf('\n')
  return end === -1 ? text : `${text.slice(0, end)} …`
}

function indented(text: string, by: number): string {
  return text === '' ? '' : `${text.replace(/^/gm, ' '.repeat(by))}\n`
}

const secondsText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
