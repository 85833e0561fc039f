/** Errors as Python raises them: a class name and a text. */

export class PyError extends Error {
  /** The class as Python prints it: "TypeError", "jinja2.exceptions.UndefinedError". */
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.name = type
    this.type = type
  }
}

/** Raised where a value would grow beyond all reason; Python would run out of memory. */
export class TooMuch extends PyError {
  constructor(what: string) {
    super('MemoryError', `${what} is larger than a template may make`)
  }
}

export function typeError(message: string): PyError {
  return new PyError('TypeError', message)
}
export function valueError(message: string): PyError {
  return new PyError('ValueError', message)
}

const LARGEST = 64 * 1024 * 1024

/** Refuses a text or list of that many items before it is made. */
export function refuseHuge(count: number, what: string): void {
  if (count > LARGEST) throw new TooMuch(what)
}
