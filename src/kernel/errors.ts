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
  PROCFILE_INVALID: { exit: 2, wayOut: 'Write each line of the Procfile as "name: command".' },
  SERVICE_INVALID: { exit: 2, wayOut: 'Correct the declaration of the process in the pillar or the Procfile.' },
  SERVICE_UNHEALTHY: { exit: 1, wayOut: 'Read the log of the process, and see that its health check fits it.' },
  SERVICE_DIED: { exit: 1, wayOut: 'Read the log of the process and run its command by hand in the release.' },
  SERVICE_STUCK: { exit: 1, wayOut: 'See what holds the process (state D in ps), then run the same command again.' },
  PORT_IGNORED: { exit: 1, wayOut: 'Let the application listen on 127.0.0.1 at the port in the variable PORT.' },
  PORTS_EXHAUSTED: { exit: 6, wayOut: 'Stop processes that are not needed, or widen the range of ports.' },
  SUPERVISOR_MISSING: { exit: 6, wayOut: 'Install the Debian package runit, or boot the machine with systemd.' },
  SUPERVISOR_FAILED: { exit: 6, wayOut: 'Run "corpus doctor", which checks what supervises the processes.' },
  CAPABILITY_MISSING: { exit: 6, wayOut: 'Leave the setting out, or use a machine that is booted with systemd.' },
  SITE_INVALID: { exit: 2, wayOut: 'Correct the domains, paths or ingress settings of the project.' },
  HOST_TAKEN: { exit: 3, wayOut: 'Give the project another host name, or take the name from the project that has it.' },
  INGRESS_MISSING: { exit: 6, wayOut: 'Install the Debian package nginx.' },
  INGRESS_FAILED: { exit: 1, wayOut: 'The site of before is still served; correct what nginx says and deploy again.' },
  CERTIFICATE_FAILED: { exit: 1, wayOut: 'See that the name points to this machine and that port 80 reaches it.' },
  SCHEDULE_INVALID: { exit: 2, wayOut: 'Write five fields: minute, hour, day of month, month, day of week.' },
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
