/** The runner: holds a project's lock, takes back what a crash left, and serves the line until it is empty. */
import { existsSync } from 'node:fs'
import { branchCommit } from '../git/refs.ts'
import { exitOf } from '../kernel/errors.ts'
import { makeFolders, textIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { type Cancelling, newCancelling } from '../pipeline/cancelling.ts'
import { type DeploymentRecord, runningRelease, writeRecord } from '../pipeline/history.ts'
import { forsakenMoves, tidyFolder } from '../pipeline/next-folder.ts'
import { enterBook } from '../pipeline/numbers.ts'
import { openOutput } from '../pipeline/output.ts'
import { leaveQueue, nextRequest, type Request, replaceable, waiting } from '../pipeline/queue.ts'
import { keepAtHand } from '../shell/at-hand.ts'
import { renewDeclared } from '../shell/environment.ts'
import { type Helper, inheritedHelper, startHelper } from '../shell/helper.ts'
import { localShell } from '../shell/local.ts'
import { takeLock } from '../shell/lock.ts'
import { turnLine } from '../shell/turn.ts'
import { serveRequest } from './deploy.ts'
import { takeBackForsaken } from './forsaken.ts'
import { leftBehind } from './left-behind.ts'
import { begin, type Prefetched, type PrefetchRequest, prefetchRequestOf, stillComes } from './prefetch.ts'
import { recover } from './recover.ts'
import type { Serving } from './serving.ts'

export interface RunnerOptions {
  readonly root: string
  readonly installers: string
  /** The folder of the package. */
  readonly home: string
}

/**
 * Ends when nothing waits. When another runner holds the lock there is nothing to do: it takes the line.
 * With a prefetch it begins before the request is there, and waits for it.
 */
async function runProject(
  layout: ProjectLayout,
  options: RunnerOptions,
  helper?: Helper,
  prefetchRequest?: PrefetchRequest,
): Promise<void> {
  process.umask(0o022)
  makeFolders(layout.queue)
  const background: Promise<void>[] = []
  let begun = prefetchRequest ? await begin(layout, prefetchRequest, { ...options, helper }) : null
  do {
    while (begun || isLeftToDo(layout)) {
      const lock = begun?.lock ?? (helper ? await helper.take(layout.lock) : takeLock(layout.lock, 0))
      if (lock === null) break
      try {
        const serving = { layout, installers: options.installers, background, start: helper?.run }
        await drain(serving, begun?.prefetched ?? null)
      } finally {
        lock.release()
      }
      begun = null
    }
    // What was served may have been another's request.
  } while (prefetchRequest && (await stillComes(layout, prefetchRequest)))
  // The lock is free: others deploy meanwhile.
  await Promise.all(background)
}

const isLeftToDo = (layout: ProjectLayout): boolean =>
  waiting(layout).length > 0 || leftBehind(layout) !== null || forsakenMoves(layout).length > 0

async function drain(serving: Omit<Serving, 'cancelling'>, begun: Prefetched | null): Promise<void> {
  const { layout, background } = serving
  if (!existsSync(layout.savedConfiguration))
    await (await import('../deployment/own-folder.ts')).makeOwnFolder(layout, localShell)
  let prefetched = begun
  await heeding(cancelling => recover({ ...serving, cancelling }))
  await takeBackForsaken(layout, localShell)
  for (;;) {
    const taken = nextRequest(layout, push => standsAt(layout, push))
    if (!taken) return
    for (const older of taken.superseded) tellSuperseded(layout, older, taken.request, background)
    const newer = overtaking(layout, taken.request)
    if (newer !== null) {
      tellSuperseded(layout, taken.request, newer, background)
      continue
    }
    await heeding(async cancelling => {
      if (existsSync(layout.deployment(taken.request.release).cancel)) cancelling.ask()
      renewDeclared(layout.root)
      await serveRequest({ ...serving, cancelling, prefetched }, taken.request)
    })
    prefetched = null
  }
}

const standsAt = (layout: ProjectLayout, { kind, branch }: Request): string | null =>
  branch === null ? null : branchCommit(kind === 'pillar' ? layout.pillarGit : layout.projectGit, branch)

/** The release that runs, where that is the push which came upon this one: its hook was the faster. */
function overtaking(layout: ProjectLayout, request: Request): DeploymentRecord | null {
  const running = replaceable(request) ? runningRelease(layout) : null
  if (running === null || running.kind !== request.kind || running.before !== request.commit) return null
  const commit = request.kind === 'pillar' ? running.pillar_commit : running.commit
  return commit !== request.commit && commit === standsAt(layout, request) ? running : null
}

/** While this runs, SIGTERM and SIGINT are a cancel. */
async function heeding(run: (cancelling: Cancelling) => Promise<void>): Promise<void> {
  const cancelling = newCancelling()
  process.on('SIGTERM', cancelling.ask)
  process.on('SIGINT', cancelling.ask)
  try {
    await run(cancelling)
  } finally {
    process.off('SIGTERM', cancelling.ask)
    process.off('SIGINT', cancelling.ask)
  }
}

function tellSuperseded(
  layout: ProjectLayout,
  older: Request,
  newer: Pick<Request, 'by' | 'release'>,
  background: Promise<void>[],
): void {
  const output = openOutput(layout, older.release)
  output.emit({
    type: 'note',
    level: 'notice',
    text: `superseded by the newer push of ${newer.by} (release ${newer.release}), which deploys instead`,
  })
  const at = new Date().toISOString()
  const record: DeploymentRecord = {
    release: older.release,
    ...enterBook(layout, { isRelease: true, previous: runningRelease(layout) }),
    kind: older.kind,
    mode: '',
    status: 'superseded',
    commit: older.commit,
    pillar_commit: null,
    by: older.by,
    started_at: at,
    seconds: 0,
    previous: null,
    tree: null,
    branch: older.branch,
    before: older.before,
    procedures: [],
    url: null,
  }
  writeRecord(layout, record)
  writeWhole(layout.deployment(older.release).verdict, `${exitOf('superseded')} superseded\n`, { mode: 0o640 })
  leaveQueue(layout, older.release)
  tidyFolder(layout, older.release)
  const telling = import('../deployment/notices.ts').then(({ tellUnopened }) =>
    tellUnopened(layout, record, output.emit),
  )
  background.push(telling.catch(() => {}).finally(() => output.close()))
}

/**
 * `runner NAME [--helper=ANSWERS,REQUESTS] [--soon=MARK]`, or `runner --warm`: waits, loaded, for lines on standard input,
 * `NAME` or `NAME soon MARK COMMIT QUARANTINE`, one after the other. `--soon`: the push that it is started for has not landed
 * yet; MARK is the folder that says so.
 */
export async function runnerMain(argv: readonly string[], options: RunnerOptions): Promise<void> {
  if (argv[0] === '--warm') return runWarm(options, argv.includes('--lean'))
  const layout = projectLayout(options.root, projectName(argv[0] ?? ''))
  const ends = optionOf(argv, 'helper')?.split(',').map(Number)
  const helper = ends ? inheritedHelper(ends[0] as number, ends[1] as number) : undefined
  keepAtHand(helper ?? null)
  const mark = optionOf(argv, 'soon')
  const prefetchRequest = mark === undefined ? undefined : { mark, commit: null, quarantine: null }
  await runProject(layout, options, helper, prefetchRequest)
  keepAtHand(null)
  helper?.stop()
}

/** `lean`: one in reserve, which loads what a push may need when it is the next in turn. */
async function runWarm(options: RunnerOptions, lean: boolean): Promise<void> {
  if (!lean) await preload()
  const helper = await startHelper(options.home)
  keepAtHand(helper)
  for await (const line of lines(process.stdin)) {
    const [name = '', ...words] = line.split(' ')
    if (name === turnLine) {
      await preload()
      continue
    }
    const layout = projectLayout(options.root, projectName(name))
    await runProject(layout, options, helper, prefetchRequestOf(layout, words))
    if (ownBytes() > largestBytes) break
    // The agent hands out only those that wait; without an agent nobody reads this.
    process.stdout.write('idle\n')
  }
  keepAtHand(null)
  helper.stop()
}

const optionOf = (argv: readonly string[], name: string): string | undefined =>
  argv.find(one => one.startsWith(`--${name}=`))?.slice(name.length + 3)

/**
 * A runner that grew much larger than one that waits gives its place to a fresh one: what is warm is small. One that only pushed
 * stays, also where applications were started and state files run (43 MiB after ten of those, 50 after twenty): to run code for
 * the first time takes three times as long as a whole push.
 */
const largestBytes = 60 * 1024 * 1024

/** What it has for itself: the pages of Node's own program are shared by all, and are given back first. */
function ownBytes(): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(textIfThere('/proc/self/status') ?? '')?.[1]
  return kilobytes === undefined ? process.memoryUsage.rss() / 2 : Number(kilobytes) * 1024
}

/** What a push may need is read and compiled while nobody waits. */
async function preload(): Promise<void> {
  process.stdout.on('error', () => {})
  await Promise.all([
    import('../salt/yaml/read.ts'),
    import('../salt/apply.ts'),
    import('../statefiles/apply.ts'),
    import('../services/choose.ts'),
    import('../services/switch.ts'),
  ])
}

async function* lines(input: NodeJS.ReadStream): AsyncGenerator<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const piece of input) {
    text += piece
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end)
      text = text.slice(end + 1)
    }
  }
}
