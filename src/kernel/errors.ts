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
  PILLAR_INVALID: {
    exit: 3,
    wayOut: 'A pillar is a mapping: write `makina-projects.NAME:` with the keys indented below it.',
  },
  CONFIGURATION_INVALID: {
    exit: 3,
    wayOut: 'Correct the named keys in the pillar, or with `corpus config set NAME KEY=VALUE`.',
  },
  CONFIGURATION_CIRCLE: {
    exit: 3,
    wayOut: 'Give one of the named keys a value without the place that leads back to it.',
  },
  SETTING_INVALID: { exit: 2, wayOut: 'Write KEY=VALUE, for example data.db.host=localhost or keep_archives=5.' },
  SAVED_CONFIGURATION_CORRUPT: {
    exit: 6,
    wayOut: 'Put the file back from a backup, or move it away and give the settings anew with `corpus config set`.',
  },
  SAVED_CONFIGURATION_UNREADABLE: {
    exit: 6,
    wayOut: 'Run the command as the account that the file belongs to, or as root.',
  },
  WRITE_FAILED: { exit: 6, wayOut: 'Make room on the disk or mend the permissions of the folder, then try again.' },
  CANCELLED: { exit: 1, wayOut: 'Start it again when it is wanted.' },
  PROGRAM_MISSING: {
    exit: 6,
    wayOut: 'Install it (on Debian: apt-get install NAME) and try again; `corpus doctor` checks them all.',
  },
  DISK_FULL: { exit: 6, wayOut: 'Make room (`corpus du NAME` says what takes it), then try again.' },
  DISK_LOW: {
    exit: 6,
    wayOut: 'Make room (`corpus du NAME` says what takes it), or keep fewer archives, then try again.',
  },
  REMOVE_REFUSED: {
    exit: 70,
    wayOut: 'This is a fault of corpus: please report it with the output of the same command and CORPUS_DEBUG=1.',
  },
  BUNDLE_FAILED: { exit: 1, wayOut: 'See the detail, mend it and deploy again.' },
  BUNDLE_REFUSED: { exit: 3, wayOut: 'Remove the named entry in the build, or keep it in the data folder.' },
  ARTIFACT_URL_INVALID: {
    exit: 3,
    wayOut: 'Write file:, http:, https:, rsync: or ssh: URLs, each with an optional #sha256=DIGEST.',
  },
  ARTIFACT_UNREACHABLE: {
    exit: 6,
    wayOut: 'Check the URL in release_artifacts_urls and that this machine reaches it.',
  },
  ARTIFACT_TOO_LARGE: { exit: 3, wayOut: 'Make the release smaller, or raise the limit in the configuration.' },
  ARTIFACT_DIGEST: {
    exit: 3,
    wayOut: 'Bundle the release again, or correct the digest; what came is not what was meant.',
  },
  ARTIFACT_MANIFEST: { exit: 3, wayOut: 'Bundle the release again in cooking mode, which writes release.json.' },
  ARTIFACT_DAMAGED: { exit: 3, wayOut: 'Fetch or bundle the release again.' },
  ARTIFACT_HOSTILE: { exit: 3, wayOut: 'Bundle the release again without the named entry, and ask who made this one.' },
  SYNC_FAILED: { exit: 1, wayOut: 'See the detail, mend it and deploy again.' },
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
