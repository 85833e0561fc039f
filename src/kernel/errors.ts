/** Every error that a person can meet: a code, an exit status, a sentence and a way out. */

/** What the catalogue says of one code. */
export interface ErrorEntry {
  /** Exit status of a command that ends with it. */
  readonly exit: number
  /** What the person can do about it, one sentence. */
  readonly wayOut: string
}

/** Exit statuses of the command: documented in docs/exit-statuses.md. */
export const exitStatus = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  missing: 4,
  busy: 5,
  environment: 6,
  internal: 70,
} as const

export const catalogue = {
  NAME_INVALID: { exit: 2, wayOut: 'Use 1 to 63 lower-case letters, digits, "-" or "_", beginning with a letter.' },
  USAGE: { exit: 2, wayOut: 'See the command with --help.' },
  // git
  GIT_MISSING: { exit: 6, wayOut: 'Install git: apt-get install git.' },
  GIT_FAILED: { exit: 1, wayOut: 'The lines above are what git said.' },
  INTERNAL: {
    exit: 70,
    wayOut: 'This is a fault of corpus: please report it with the output of the same command and CORPUS_DEBUG=1.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof catalogue

/** An error with a code of the catalogue; `message` is one sentence, `detail` may have several lines (a diff, a place). */
export class CorpusError extends Error {
  readonly code: ErrorCode
  readonly detail: string
  constructor(code: ErrorCode, message: string, options: { detail?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CorpusError'
    this.code = code
    this.detail = options.detail ?? ''
  }
}
