/** Every error that a person can meet: a code, an exit status, a sentence and a way out. */
import type { EndState, Fault } from './events.ts'

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
  // projects and requests
  PROJECT_UNKNOWN: { exit: 4, wayOut: 'See `corpus list`, or make it with `corpus init NAME`.' },
  ACCOUNT_FAILED: { exit: 6, wayOut: 'Make the account by hand, or name another with --set user=NAME.' },
  ACCOUNT_REFUSED: {
    exit: 3,
    wayOut:
      'Leave `user` and `group` out of the configuration (`corpus config unset NAME user group`) and run `corpus init NAME`: it makes an account for the project alone.',
  },
  PROJECT_FROZEN: { exit: 3, wayOut: 'Thaw it with `corpus thaw NAME`.' },
  PROJECT_BUSY: {
    exit: 5,
    wayOut: 'Follow it with `corpus logs NAME --follow`, or stop it with `corpus cancel NAME`.',
  },
  TASK_UNKNOWN: { exit: 4, wayOut: 'See `corpus task NAME`, which lists the tasks of the project.' },
  NOTHING_RUNS: { exit: 4, wayOut: 'See `corpus status NAME`.' },
  NOT_CONFIRMED: { exit: 2, wayOut: 'Repeat the name of the project behind --confirm.' },
  DESTROY_HALF_DONE: {
    exit: 1,
    wayOut: 'Mend what the detail says (a mount, a full disk), then give the same command again.',
  },
  MODE_UNKNOWN: { exit: 2, wayOut: 'Modes are editable, cooking and final.' },
  PLATFORM_UNKNOWN: {
    exit: 2,
    wayOut:
      'Name dev (editable), staging, qa, test, preprod (cooking) or prod (final); or say the mode, too: mode=cooking.',
  },
  API_VERSION_UNKNOWN: { exit: 3, wayOut: 'Set api_version to one that is listed.' },
  PROCEDURE_UNKNOWN: { exit: 2, wayOut: 'See `corpus modes` for the procedures.' },
  INSTALLER_UNKNOWN: {
    exit: 2,
    wayOut: 'Name one that is here, an absolute path, or a folder inside the .salt of the project.',
  },
  INSTALLER_UNDETECTED: {
    exit: 3,
    wayOut:
      'Push one of these files, or say what is meant: `corpus config set NAME installer=static` serves the files, `installer=generic` runs state files alone.',
  },
  APPLICATION_INVALID: { exit: 3, wayOut: 'Correct the file that is named, and push again.' },
  SITE_MISSING: {
    exit: 1,
    wayOut:
      'Let the build script leave one, or name its folder: `corpus config set NAME ingress.static=FOLDER`; for a server, add a start script or a Procfile.',
  },
  INSTALLER_INVALID: { exit: 3, wayOut: 'Correct the installer.yaml that is named.' },
  RELEASE_UNKNOWN: { exit: 4, wayOut: 'See `corpus releases NAME` for those that are kept.' },
  KEY_INVALID: {
    exit: 2,
    wayOut: 'Give a public key as ssh-keygen writes it, for example the file ~/.ssh/id_ed25519.pub.',
  },
  KEY_RIGHTS: {
    exit: 2,
    wayOut:
      'Say what it may reach: --project GLOB (`*` is every project), and --pillar or --shell where it may act as the account that runs corpus.',
  },
  KEY_TAKEN: { exit: 3, wayOut: 'Change what that one may do, or remove it first: `corpus keys remove NAME`.' },
  KEY_UNKNOWN: { exit: 4, wayOut: 'See `corpus keys list`.' },
  REMOTE_TAKEN: { exit: 3, wayOut: 'Choose another name with --remote NAME, or remove that remote first.' },
  SETTING_UNKNOWN: { exit: 4, wayOut: 'See `corpus config get NAME` for the whole configuration.' },
  ROOT_UNUSABLE: {
    exit: 6,
    wayOut: 'Set CORPUS_ROOT to a folder of yours (export CORPUS_ROOT=$HOME/corpus), or run corpus as root.',
  },
  TOOL_MISSING: { exit: 6, wayOut: 'Install it; `corpus doctor` names the package.' },
  // the machine
  DISK_LOW: { exit: 6, wayOut: 'Make room (`corpus du NAME` shows what takes it), or set min_free_megabytes lower.' },
  DISK_FULL: { exit: 6, wayOut: 'Make room on the disk, then try again: nothing was lost.' },
  READ_ONLY: {
    exit: 6,
    wayOut:
      'Mount the file system for writing again (after errors of a disk the kernel lets nobody write: see dmesg), then try again.',
  },
  FILES_EXHAUSTED: { exit: 6, wayOut: 'Raise the limit of open files (ulimit -n 1024), then try again.' },
  MEMORY_SHORT: { exit: 6, wayOut: 'Free memory, or raise the limit of processes (ulimit -u), then try again.' },
  LAYOUT_DAMAGED: {
    exit: 6,
    wayOut: 'Move what is named aside, then run `corpus init NAME`, which makes anew what is missing.',
  },
  NOT_PERMITTED: { exit: 6, wayOut: 'Run the command as the account that owns CORPUS_ROOT.' },
  // what is passed before a deployment
  GATES_INVALID: { exit: 3, wayOut: 'Correct `freeze` or `required_checks` in the configuration.' },
  FREEZE_WINDOW: {
    exit: 3,
    wayOut:
      'Push again when it is over, or change `freeze` in the configuration. `corpus rollback NAME` is possible all the time.',
  },
  CHECK_REFUSED: {
    exit: 3,
    wayOut: 'Mend what it looks at and push again, or change `required_checks` in the configuration.',
  },
  APPROVAL_NEEDED: { exit: 3, wayOut: 'Another user says `corpus approve NAME`; until then what runs goes on.' },
  APPROVAL_REFUSED: {
    exit: 3,
    wayOut: 'See `corpus releases NAME`; what was asked for on other ground is pushed again.',
  },
  // deployments
  NOTHING_TO_DEPLOY: { exit: 3, wayOut: 'Push a commit first: `corpus report NAME` prints the URL.' },
  NOTHING_TO_COMPARE: { exit: 4, wayOut: 'See `corpus releases NAME`, and name two of them.' },
  NOTHING_TO_GO_BACK_TO: {
    exit: 4,
    wayOut: 'See `corpus releases NAME`: only a release that succeeded and is kept can be gone back to.',
  },
  TREE_EDITED: { exit: 3, wayOut: 'Commit or discard the edits in the project folder, then push or deploy again.' },
  JOB_FAILED: { exit: 1, wayOut: 'The lines above are the last that it said; its whole log is below corpus/logs.' },
  RELEASE_LINE_FAILED: { exit: 1, wayOut: 'The lines above are what the command said; correct it and push again.' },
  STATES_FAILED: { exit: 1, wayOut: 'The failed states are listed above; correct their cause and push again.' },
  STATES_INVALID: { exit: 3, wayOut: 'Correct the lines that are named.' },
  UPGRADE_CHANGED: {
    exit: 3,
    wayOut: 'An upgrade step that was done is never edited: put the change into a new file below .salt/upgrades.',
  },
  UPGRADE_NOTHING: { exit: 3, wayOut: 'Every upgrade step is done already: add a new file below .salt/upgrades.' },
  BUILD_TOO_LONG: {
    exit: 1,
    wayOut: 'Let it do less, or raise the limit: `corpus config set NAME build.time=2h`.',
  },
  BUILD_OUT_OF_MEMORY: {
    exit: 1,
    wayOut: 'Let it do less at a time, or raise the limit: `corpus config set NAME build.memory=4G`.',
  },
  BUILD_TOO_MANY_PROCESSES: {
    exit: 1,
    wayOut: 'Let it do less at a time, or raise the limit: `corpus config set NAME build.processes=10000`.',
  },
  DEPLOYMENT_FAILED: { exit: 1, wayOut: 'See `corpus logs NAME`.' },
  DEPLOYMENT_CANCELLED: { exit: 1, wayOut: 'Push or deploy again when you are ready.' },
  RUNNER_FAILED: {
    exit: 6,
    wayOut: 'Run `corpus doctor`; the next corpus command of the project takes back what was begun.',
  },
  INTERRUPTED: { exit: 1, wayOut: 'Push or deploy again: the project is as it was before.' },
  // git
  GIT_MISSING: { exit: 6, wayOut: 'Install git: apt-get install git.' },
  GIT_FAILED: { exit: 1, wayOut: 'The lines above are what git said.' },
  PILLAR_BUSY: { exit: 5, wayOut: 'Give the same command again.' },
  PILLAR_NOT_EDITABLE: {
    exit: 3,
    wayOut: 'Edit it by hand: `corpus remote add NAME --pillar` in a clone of it, commit, and push.',
  },
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
  PATCH_FAILED: { exit: 3, wayOut: 'Read it anew, and ask for what holds now; nothing was changed.' },
  PRECONDITION_FAILED: { exit: 3, wayOut: 'It was changed since: read it anew, and ask again with its ETag.' },
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
  REMOVE_REFUSED: {
    exit: 70,
    wayOut: 'This is a fault of corpus: please report it with the output of the same command and CORPUS_DEBUG=1.',
  },
  ENVIRONMENT_INVALID: { exit: 2, wayOut: 'Write KEY=VALUE; a long or odd value can come by standard input.' },
  ENVIRONMENT_UNKNOWN: { exit: 4, wayOut: 'See `corpus env list NAME`.' },
  ENVIRONMENT_LOCKED: {
    exit: 6,
    wayOut: 'Put the key file back from a backup with mode 0600; or unset the variables and set them anew.',
  },
  ENVIRONMENT_CORRUPT: {
    exit: 6,
    wayOut: 'Put the file back from a backup, or move it away and set the variables anew.',
  },
  DATA_INVALID: { exit: 3, wayOut: 'Correct `data_archives` in the configuration.' },
  DATA_NOT_KEPT: {
    exit: 4,
    wayOut:
      'Say with `data_archives` what is kept; it is kept with each release from then on. See `corpus backup list NAME`, too.',
  },
  BACKUP_FAILED: { exit: 1, wayOut: 'See the detail and mend it; what was kept before is still there.' },
  BACKUP_DAMAGED: {
    exit: 3,
    wayOut: 'Restore another release or backup: `corpus releases NAME`, `corpus backup list NAME`.',
  },
  BACKUP_UNKNOWN: { exit: 4, wayOut: 'See `corpus backup list NAME` for those that are kept.' },
  BACKUP_UNREACHABLE: {
    exit: 6,
    wayOut: 'Check the target and the password in `backup`, and that this machine reaches it.',
  },
  BACKUP_INVALID: { exit: 3, wayOut: 'Correct `backup` in the configuration.' },
  RESTORE_HALF_DONE: {
    exit: 1,
    wayOut: 'Mend what the detail says, then restore once more: the backup itself is untouched.',
  },
  NOTIFICATION_INVALID: {
    exit: 3,
    wayOut: 'Correct `notifications` in the configuration: mail, webhook, slack, command.',
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
  ARTIFACT_UNVERIFIED: {
    exit: 3,
    wayOut:
      'Put #sha256=DIGEST of release.json or of the archive behind the URL; artifacts_without_digest: true trusts whatever answers to http: and rsync:.',
  },
  ARTIFACT_MANIFEST: { exit: 3, wayOut: 'Bundle the release again in cooking mode, which writes release.json.' },
  ARTIFACT_DAMAGED: { exit: 3, wayOut: 'Fetch or bundle the release again.' },
  ARTIFACT_HOSTILE: { exit: 3, wayOut: 'Bundle the release again without the named entry, and ask who made this one.' },
  SYNC_FAILED: { exit: 1, wayOut: 'See the detail, mend it and deploy again.' },
  PROCFILE_INVALID: { exit: 2, wayOut: 'Write each line of the Procfile as "name: command".' },
  SERVICE_INVALID: { exit: 2, wayOut: 'Correct the declaration of the process in the pillar or the Procfile.' },
  SERVICE_UNHEALTHY: { exit: 1, wayOut: 'Read the log of the process, and see that its health check fits it.' },
  SERVICE_DIED: { exit: 1, wayOut: 'All that it said: `corpus logs NAME --app`.' },
  SERVICE_STUCK: { exit: 1, wayOut: 'See what holds the process (state D in ps), then run the same command again.' },
  PORT_TAKEN: { exit: 6, wayOut: 'Name another port, or end what listens there.' },
  PORT_IGNORED: { exit: 1, wayOut: 'Let the application listen on 127.0.0.1 at the port in the variable PORT.' },
  PORTS_EXHAUSTED: { exit: 6, wayOut: 'Stop processes that are not needed, or widen the range of ports.' },
  ENGINE_MISSING: {
    exit: 6,
    wayOut:
      'Install and start one (apt-get install docker.io), or name its socket: `corpus config set NAME docker.engine=/path`.',
  },
  ENGINE_REFUSED: { exit: 1, wayOut: 'See what it said, mend it and deploy again.' },
  IMAGE_FAILED: { exit: 1, wayOut: 'The lines above are what the build said; correct it and push again.' },
  SUPERVISOR_MISSING: { exit: 6, wayOut: 'Install the Debian package runit, or boot the machine with systemd.' },
  SUPERVISOR_UNREACHABLE: {
    exit: 6,
    wayOut: 'Let your own systemd run without a session, as the detail says, and log in.',
  },
  SUPERVISOR_FAILED: { exit: 6, wayOut: 'Run "corpus doctor", which checks what supervises the processes.' },
  CAPABILITY_MISSING: { exit: 6, wayOut: 'Leave the setting out, or use a machine that is booted with systemd.' },
  SITE_INVALID: { exit: 2, wayOut: 'Correct the domains, paths or ingress settings of the project.' },
  HOST_TAKEN: { exit: 3, wayOut: 'Give the project another host name, or take the name from the project that has it.' },
  INGRESS_MISSING: { exit: 6, wayOut: 'Install the Debian package nginx.' },
  INGRESS_FAILED: { exit: 1, wayOut: 'The site of before is still served; correct what nginx says and deploy again.' },
  CERTIFICATE_FAILED: { exit: 1, wayOut: 'See that the name points to this machine and that port 80 reaches it.' },
  SCHEDULE_INVALID: { exit: 2, wayOut: 'Write five fields: minute, hour, day of month, month, day of week.' },
  // the store
  STORE_INVALID: { exit: 2, wayOut: 'Write CORPUS_STORE=postgres://USER@HOST/DATABASE, or leave it unset for SQLite.' },
  STORE_MISSING: {
    exit: 6,
    wayOut: 'Run `npm ci` in the folder of corpus, or set CORPUS_STORE to a PostgreSQL.',
  },
  STORE_REFUSED: {
    exit: 6,
    wayOut: 'Let nobody else write where the detail says, and let the file belong to whoever runs corpus.',
  },
  STORE_DAMAGED: {
    exit: 6,
    wayOut: 'Put a backup of it back, or run `corpus reindex`, which moves it aside and begins anew.',
  },
  STORE_NEWER: { exit: 6, wayOut: 'Use the corpus that wrote it, or a newer one: nothing of it was changed.' },
  STORE_BUSY: { exit: 5, wayOut: 'Try again; if it stays so, see which process has it open.' },
  STORE_UNREADABLE: { exit: 6, wayOut: 'See the detail: the disk, its rights, or the user of the database.' },
  STORE_UNREACHABLE: { exit: 6, wayOut: 'See that the database runs, and that CORPUS_STORE names it and its user.' },
  AUDIT_BROKEN: { exit: 1, wayOut: 'Compare with a backup of the store: what stands from there on was changed later.' },
  JOB_UNKNOWN: { exit: 4, wayOut: 'Ask for one that is listed: jobs that ended long ago are forgotten.' },
  JOB_LOST: { exit: 1, wayOut: 'Another controller took the job over: follow it there.' },
  JOB_ENDED: { exit: 3, wayOut: 'It is done: see its state.' },
  // another machine
  SERVER_UNKNOWN: { exit: 4, wayOut: 'See `corpus environments`, or make it with `corpus login ENV URL`.' },
  CREDENTIALS_EXPOSED: { exit: 3, wayOut: 'Keep it to yourself: `chmod 600 ~/.makinastates.conf`.' },
  CREDENTIALS_INVALID: {
    exit: 3,
    wayOut: 'Write names, each with url, id, and password or token: docs/teams.md shows one; `corpus login` writes it.',
  },
  LOCAL_ONLY: { exit: 2, wayOut: 'Give the command on that machine, by ssh for example.' },
  SERVER_UNREACHABLE: {
    exit: 6,
    wayOut: 'See that `corpus serve` runs there, and that its url in ~/.makinastates.conf is right.',
  },
  SERVER_UNTRUSTED: {
    exit: 6,
    wayOut:
      'Have it renewed, use the name that it is for, or name the authority that signed it in NODE_EXTRA_CA_CERTS.',
  },
  SERVER_STRANGE: { exit: 6, wayOut: 'Correct the url: `corpus login ENV URL`.' },
  SERVER_OTHER_VERSION: { exit: 6, wayOut: 'Use the corpus of the same version as the server on both sides.' },
  TOKEN_STAYS: { exit: 1, wayOut: 'End it there: `corpus token list`, then `corpus token revoke ID`.' },
  FOLLOWER_LEFT: {
    exit: 1,
    wayOut: 'Follow it with `corpus logs NAME --follow`, or stop it with `corpus cancel NAME`.',
  },
  CHANGE_UNDER_WAY: { exit: 5, wayOut: 'Ask once more in a moment, with the same key: it answers once it is done.' },
  IDEMPOTENCY_REUSED: { exit: 3, wayOut: 'Use a key once: another request needs another key.' },
  USER_UNKNOWN: { exit: 4, wayOut: 'See `corpus user list`, or add it with `corpus user add NAME`.' },
  CREDENTIAL_REFUSED: {
    exit: 3,
    wayOut: 'Send `Authorization: Bearer TOKEN` with a token that counts (`corpus token create NAME` makes one).',
  },
  SESSION_ENDED: { exit: 3, wayOut: 'Log in again.' },
  CSRF_REFUSED: {
    exit: 3,
    wayOut:
      'Send the header `X-CSRF-Token` with what `GET /auth/me` has as `csrf`; programs send a token in place of a cookie.',
  },
  LOGIN_INVALID: {
    exit: 2,
    wayOut: 'Correct `<root>/corpus/login.yaml` (docs/teams.md has whole examples), and start again.',
  },
  LOGIN_MISSING: { exit: 4, wayOut: 'Log in with a password, or set up `oidc` in `<root>/corpus/login.yaml`.' },
  LOGIN_REFUSED: { exit: 3, wayOut: 'Begin again at /auth/login; a login that is begun counts for ten minutes.' },
  DIRECTORY_UNREACHABLE: {
    exit: 6,
    wayOut: 'Try again in a while; users with a password of their own here get in all the same.',
  },
  PROVIDER_UNREACHABLE: {
    exit: 6,
    wayOut: 'Try again in a while; users with a password of their own here get in all the same.',
  },
  USER_ELSEWHERE: { exit: 3, wayOut: 'Change it where the user is known: in the directory, or at the provider.' },
  RIGHT_MISSING: { exit: 3, wayOut: 'Ask an administrator for it: `corpus grant NAME RIGHT PROJECT`.' },
  TOO_MANY_FAILURES: { exit: 5, wayOut: 'Wait a minute, then send a credential that counts.' },
  ROUTE_UNKNOWN: { exit: 4, wayOut: 'See /openapi.json for what can be asked.' },
  GIT_REQUEST_INVALID: {
    exit: 2,
    wayOut: 'Use git itself, with this address as its remote; try again where it was cut off.',
  },
  HOST_REFUSED: { exit: 3, wayOut: 'Use an address of the machine, or start it with `corpus serve --domain NAME`.' },
  LISTEN_FAILED: { exit: 6, wayOut: 'Name a free port and an address of this machine: --listen 127.0.0.1:2718.' },
  SERVE_REFUSED: { exit: 3, wayOut: 'See the detail, or run it as an ordinary user with a CORPUS_ROOT of its own.' },
  USER_INVALID: {
    exit: 2,
    wayOut: 'Use 1 to 64 letters, digits, ".", "_", "@" or "-", beginning with a letter or a digit.',
  },
  PASSWORD_INVALID: { exit: 2, wayOut: 'Give one of 8 to 1024 bytes in one line of standard input.' },
  RIGHT_UNKNOWN: {
    exit: 2,
    wayOut:
      'Rights are see, logs, deploy, push, push-pillar, configure, secrets, run, shell, operate, admin; roles are viewer, deployer, maintainer, owner.',
  },
  GRANT_UNKNOWN: { exit: 4, wayOut: 'See `corpus rights NAME` for what was granted.' },
  TOKEN_UNKNOWN: { exit: 4, wayOut: 'See `corpus token list`.' },
  USER_TAKEN: { exit: 3, wayOut: 'Choose another name, or remove that one first.' },
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

/** An error once more, from what was told of it elsewhere: by another machine, or an earlier time. */
export class ToldError extends Error {
  readonly fault: Fault
  readonly exit: number
  /** `exit`: where this corpus does not know its code. */
  constructor(fault: Fault, exit: number = exitStatus.failed) {
    super(fault.message)
    this.name = 'ToldError'
    this.fault = fault
    this.exit = Object.hasOwn(catalogue, fault.code) ? catalogue[fault.code as ErrorCode].exit : exit
  }
}

/** The exit status of a command that ends with it. */
export function exitOfError(error: unknown): number {
  if (error instanceof ToldError) return error.exit
  return catalogue[faultOf(error).code as ErrorCode].exit
}

/** Commands that a sentence proposes with NAME, for the project itself: they can be copied as they stand. */
export const forProject = (sentence: string, project: string): string =>
  sentence.replace(/(?<=\bcorpus (?:-e [\w.-]+ )?(?!keys )[a-z]+(?: [a-z]+)? |\bmakina-projects\.)NAME\b/g, project)

export function faultFor(fault: Fault, project: string): Fault {
  const { wayOut, detail } = fault
  return { ...fault, wayOut: forProject(wayOut, project), ...(detail && { detail: forProject(detail, project) }) }
}

/** Any error as an event carries it. What is not of the catalogue is a fault of ours, but for a full disk and its like. */
export function faultOf(error: unknown, project?: string): Fault {
  const fault = anyFaultOf(error)
  return project === undefined ? fault : faultFor(fault, project)
}

function anyFaultOf(error: unknown): Fault {
  if (error instanceof ToldError) return error.fault
  if (error instanceof CorpusError) {
    return {
      code: error.code,
      message: error.message,
      wayOut: catalogue[error.code].wayOut,
      // One line that the sentence has already says nothing more.
      ...(error.detail === '' || error.message.includes(error.detail) ? {} : { detail: error.detail }),
    }
  }
  const code = systemCodes[(error as NodeJS.ErrnoException | undefined)?.code ?? '']
  const message = error instanceof Error ? error.message : String(error)
  if (code) return { code, message: `${message}.`, wayOut: catalogue[code].wayOut }
  const stack = error instanceof Error && process.env['CORPUS_DEBUG'] ? { detail: error.stack ?? '' } : {}
  return { code: 'INTERNAL', message: `${message}.`, wayOut: catalogue.INTERNAL.wayOut, ...stack }
}

/** The exit status that a deployment gives to whoever waits for it: that of its fault, where it has one. */
export function exitOf(state: EndState, fault?: Fault): number {
  if (state === 'succeeded' || state === 'planned' || state === 'superseded') return exitStatus.ok
  if (state === 'rollback failed' || fault === undefined || !(fault.code in catalogue)) return exitStatus.failed
  return catalogue[fault.code as ErrorCode].exit
}

const systemCodes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'NOT_PERMITTED',
  EPERM: 'NOT_PERMITTED',
  EROFS: 'READ_ONLY',
  EISDIR: 'LAYOUT_DAMAGED',
  ENOTDIR: 'LAYOUT_DAMAGED',
  EMFILE: 'FILES_EXHAUSTED',
  ENFILE: 'FILES_EXHAUSTED',
  ENOMEM: 'MEMORY_SHORT',
  EAGAIN: 'MEMORY_SHORT',
}
