import { type Operation, operations } from './sequence-matcher.ts'

const contextLines = 3

/** The lines of a unified diff; those of the texts keep their own ends, the headers end with a line break. */
export function unifiedDiff(
  a: readonly string[],
  b: readonly string[],
  names: readonly [string, string] = ['', ''],
): string[] {
  const lines: string[] = []
  for (const group of grouped(operations(a, b))) {
    if (lines.length === 0) lines.push(`--- ${names[0]}\n`, `+++ ${names[1]}\n`)
    const first = group[0]
    const last = group.at(-1)
    if (!first || !last) continue
    lines.push(`@@ -${range(first.aStart, last.aEnd)} +${range(first.bStart, last.bEnd)} @@\n`)
    for (const { kind, aStart, aEnd, bStart, bEnd } of group) {
      if (kind === 'equal') for (const line of a.slice(aStart, aEnd)) lines.push(` ${line}`)
      if (kind === 'replace' || kind === 'delete') for (const line of a.slice(aStart, aEnd)) lines.push(`-${line}`)
      if (kind === 'replace' || kind === 'insert') for (const line of b.slice(bStart, bEnd)) lines.push(`+${line}`)
    }
  }
  return lines
}

/** Of two texts; empty where they are equal. */
export function textDiff(before: string, after: string): string {
  return unifiedDiff(linesOf(before), linesOf(after)).join('')
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** Of two files' bytes; a sentence where one is no text. */
export function bytesDiff(before: Buffer, after: Buffer): string {
  if (before.equals(after)) return ''
  const [oldText, newText] = [isText(before), isText(after)]
  if (!oldText && !newText) return 'Replace binary file'
  if (!oldText) return 'Replace binary file with text file'
  if (!newText) return 'Replace text file with binary file'
  return textDiff(before.toString('utf8'), after.toString('utf8'))
}

/** Judged by its beginning: no NUL, and UTF-8 or mostly ASCII. */
export function isText(bytes: Uint8Array): boolean {
  const block = bytes.subarray(0, 512)
  if (block.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(block)
    return true
  } catch {
    const printable = block.filter(byte => (byte >= 32 && byte < 127) || [8, 9, 10, 12, 13].includes(byte))
    return (block.length - printable.length) / block.length <= 0.3
  }
}

function range(start: number, end: number): string {
  const length = end - start
  if (length === 1) return String(start + 1)
  return `${length === 0 ? start : start + 1},${length}`
}

/** Groups of operations with so many equal lines around them. */
function grouped(all: readonly Operation[]): Operation[][] {
  const codes = all.length ? [...all] : []
  const first = codes[0]
  if (first?.kind === 'equal') {
    const aStart = Math.max(first.aStart, first.aEnd - contextLines)
    codes[0] = { ...first, aStart, bStart: Math.max(first.bStart, first.bEnd - contextLines) }
  }
  const last = codes.at(-1)
  if (last?.kind === 'equal') {
    const aEnd = Math.min(last.aEnd, last.aStart + contextLines)
    codes[codes.length - 1] = { ...last, aEnd, bEnd: Math.min(last.bEnd, last.bStart + contextLines) }
  }
  const groups: Operation[][] = []
  let group: Operation[] = []
  for (let code of codes) {
    if (code.kind === 'equal' && code.aEnd - code.aStart > contextLines * 2) {
      const aEnd = Math.min(code.aEnd, code.aStart + contextLines)
      group.push({ ...code, aEnd, bEnd: Math.min(code.bEnd, code.bStart + contextLines) })
      groups.push(group)
      group = []
      const aStart = Math.max(code.aStart, code.aEnd - contextLines)
      code = { ...code, aStart, bStart: Math.max(code.bStart, code.bEnd - contextLines) }
    }
    group.push(code)
  }
  if (group.length && !(group.length === 1 && group[0]?.kind === 'equal')) groups.push(group)
  return groups
}
