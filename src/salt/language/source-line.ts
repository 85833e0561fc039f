/** Finds the line of a template that a line of its rendered text came from: for faults, so that they name the file as it is written. */

/** From 1; the nearest likely line, or null where nothing looks like it. */
export function sourceLine(template: string, rendered: string, line: number): number | null {
  const wanted = rendered.split('\n')[line - 1]
  if (wanted === undefined) return null
  const lines = template.split('\n')
  if (lines[line - 1] === wanted) return line
  const expected = Math.round((line / Math.max(1, rendered.split('\n').length)) * lines.length)
  const same = lines.flatMap((text, at) => (text.trimEnd() === wanted.trimEnd() && text.trim() !== '' ? [at + 1] : []))
  const like = lines.flatMap((text, at) => (mayRender(text, wanted) ? [at + 1] : []))
  return nearestTo(same, expected) ?? nearestTo(like, expected)
}

/** Whether a template line with expressions in it may have given this text. */
function mayRender(text: string, wanted: string): boolean {
  if (!text.includes('{{') || text.length > 1000) return false
  const fixed = text.split(/\{\{.*?\}\}/)
  if (fixed.every(part => part.trim() === '')) return false
  let at = 0
  for (const [index, part] of fixed.entries()) {
    const found = wanted.indexOf(part, at)
    if (found === -1 || (index === 0 && found !== 0)) return false
    at = found + part.length
  }
  return true
}

function nearestTo(lines: readonly number[], expected: number): number | null {
  let best: number | null = null
  for (const line of lines) if (best === null || Math.abs(line - expected) < Math.abs(best - expected)) best = line
  return best
}
