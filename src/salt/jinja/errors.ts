/** What a template that fails throws: the file, the line, the line shown, and Jinja's own words. */
import { PyError } from '../python/error.ts'
import type { Source } from './source.ts'

export type FaultKind = 'syntax' | 'undefined' | 'runtime' | 'limit'

export class TemplateError extends Error {
  readonly kind: FaultKind
  readonly path: string
  readonly line: number
  /** The lines around the fault, the faulty one marked. */
  readonly excerpt: string
  /** The exception's class as Python prints it. */
  readonly type: string
  constructor(
    kind: FaultKind,
    message: string,
    place: { source: Source; line: number },
    type: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TemplateError'
    this.kind = kind
    this.path = place.source.path
    this.line = place.line
    this.type = type
    this.excerpt = excerptOf(place.source.text, place.line)
  }
}

const SYNTAX = 'jinja2.exceptions.TemplateSyntaxError'
const UNDEFINED = 'jinja2.exceptions.UndefinedError'
const RUNTIME = 'jinja2.exceptions.TemplateRuntimeError'
const SECURITY = 'jinja2.exceptions.SecurityError'

export function syntaxError(message: string, source: Source, line: number, type = SYNTAX): TemplateError {
  return new TemplateError('syntax', message, { source, line }, type)
}
export function undefinedError(message: string): PyError {
  return new PyError(UNDEFINED, message)
}
export function runtimeError(message: string): PyError {
  return new PyError(RUNTIME, message)
}
export function securityError(message: string): PyError {
  return new PyError(SECURITY, message)
}
export function notFound(name: string): PyError {
  return new PyError('jinja2.exceptions.TemplateNotFound', name)
}

/** Thrown when a rendering takes too long, nests too deep or writes too much. */
export class LimitError extends PyError {
  constructor(message: string) {
    super('TemplateLimit', message)
  }
}

/** Whatever was thrown while a template ran, as a TemplateError of that place. */
export function faultAt(thrown: unknown, source: Source, line: number): TemplateError {
  if (thrown instanceof TemplateError) return thrown
  const place = { source, line }
  if (thrown instanceof RangeError && /string length|array length|BigInt/i.test(thrown.message))
    return new TemplateError('limit', 'a value is larger than a template may make', place, 'MemoryError', thrown)
  if (thrown instanceof RangeError)
    return new TemplateError('limit', 'maximum recursion depth exceeded', place, 'RecursionError', thrown)
  if (!(thrown instanceof PyError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return new TemplateError('runtime', message, place, thrown instanceof Error ? thrown.name : 'Exception', thrown)
  }
  return new TemplateError(kindOf(thrown), thrown.message, place, thrown.type, thrown)
}

const LIMITS: ReadonlySet<string> = new Set(['MemoryError', 'RecursionError', 'TimeoutError'])

function kindOf(error: PyError): FaultKind {
  if (error instanceof LimitError || LIMITS.has(error.type)) return 'limit'
  return error.type === UNDEFINED ? 'undefined' : 'runtime'
}

/** Up to five lines before and after, the faulty one marked; [...] where more is left out. */
export function excerptOf(text: string, line: number): string {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n')
  if (line > lines.length) return lines.join('\n')
  const first = Math.max(0, line - 6)
  const last = Math.min(lines.length, line + 5)
  const shown = lines
    .slice(first, last)
    .map((one, at) => (first + at + 1 === line ? `${one}    <======================` : one))
  return [...(first > 0 ? ['[...]'] : []), ...shown, ...(last < lines.length ? ['[...]'] : [])].join('\n')
}
