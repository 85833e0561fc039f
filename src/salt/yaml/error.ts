/** What is wrong with a YAML text, told with its place and in the words that people know from PyYAML. */

/** A place in a text; all three count from zero, in UTF-16 units. */
export interface Mark {
  readonly index: number
  readonly line: number
  readonly column: number
}

/** Where a fault was found: characters, tokens, structure, references, or values. */
export type FaultKind = 'reader' | 'scanner' | 'parser' | 'composer' | 'constructor'

/** Thrown inside the room; `readYaml` turns it into a YamlError, which knows the text. */
export class Fault extends Error {
  readonly kind: FaultKind
  readonly problem: string
  readonly mark: Mark
  readonly context: string | undefined
  readonly contextMark: Mark | undefined
  constructor(kind: FaultKind, problem: string, mark: Mark, context?: string, contextMark?: Mark) {
    super(problem)
    this.kind = kind
    this.problem = problem
    this.mark = mark
    this.context = context
    this.contextMark = contextMark
  }
}

export class YamlError extends Error {
  readonly kind: FaultKind
  readonly path: string
  /** From 1, in characters. */
  readonly line: number
  readonly column: number
  /** What is wrong, a phrase: "mapping values are not allowed in this context". */
  readonly problem: string
  /** The whole text as Python prints it, several lines, with "<unicode string>" for the file. */
  readonly pythonText: string

  constructor(source: { readonly path: string; readonly text: string }, fault: Fault) {
    const place = placeIn(source.text, fault.mark)
    super(`${source.path}:${place.line}:${place.column}: ${fault.problem}`)
    this.name = 'YamlError'
    this.kind = fault.kind
    this.path = source.path
    this.line = place.line
    this.column = place.column
    this.problem = fault.problem
    this.pythonText = pythonText(source.text, fault)
  }
}

function pythonText(text: string, fault: Fault): string {
  if (fault.kind === 'reader') {
    const position = Array.from(text.slice(0, fault.mark.index)).length
    return `${fault.problem}\n  in "<unicode string>", position ${position}`
  }
  const at = (mark: Mark) => {
    const place = placeIn(text, mark)
    return `  in "<unicode string>", line ${place.line}, column ${place.column}`
  }
  const lines = [fault.problem, at(fault.mark)]
  const { context, contextMark } = fault
  if (context !== undefined) {
    const same = contextMark?.line === fault.mark.line && contextMark.column === fault.mark.column
    lines.unshift(context, ...(contextMark && !same ? [at(contextMark)] : []))
  }
  return lines.join('\n')
}

/** A character beyond the basic plane is two units in JavaScript, one column to a person. */
function placeIn(text: string, mark: Mark): { line: number; column: number } {
  const before = text.slice(mark.index - mark.column, mark.index)
  return { line: mark.line + 1, column: Array.from(before).length + Math.max(0, mark.column - before.length) + 1 }
}
