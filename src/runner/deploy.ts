/** Serves one request: from a line in the queue to a verdict. One screen says how a deployment runs. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import { readSaved } from '../configuration/saved.ts'
import { secretValues } from '../configuration/secrets.ts'
import { backupScheduleChanged, scheduleBackups } from '../deployment/backup-schedule.ts'
import { makeCurrent } from '../deployment/commit.ts'
import { hideSecrets, keepFindings, rememberSaved } from '../deployment/configuration.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { ensureSaltInUse } from '../deployment/older-salt.ts'
import { prepareNext } from '../deployment/release-tree.ts'
import { keepReserve, roomOf, settleAhead } from '../deployment/space.ts'
import { type SpareAhead, takeBack } from '../git/ahead.ts'
import { commitFiles } from '../git/commit-files.ts'
import { putBranchBack, unmoveBranch, wayBackOf } from '../git/refs.ts'
import { giveUpSpare, spareOrigin } from '../git/spare.ts'
import { commitSubject } from '../git/subject.ts'
import { tidyObjects } from '../git/tidy.ts'
import { useBlanks } from '../kernel/blanks.ts'
import { CorpusError, exitOf, faultOf } from '../kernel/errors.ts'
import type { EndState, Fault } from '../kernel/events.ts'
import { makeFolders, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { giveRoomBy } from '../kernel/room.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { tableFor } from '../modes/index.ts'
import type { Cancelling } from '../pipeline/cancelling.ts'
import { currentRelease, type DeploymentRecord, readRecord, runningRelease, writeRecord } from '../pipeline/history.ts'
import { openJournal } from '../pipeline/journal.ts'
import { layNext } from '../pipeline/next-folder.ts'
import { enterBook, nameOf } from '../pipeline/numbers.ts'
import { type Output, openOutput } from '../pipeline/output.ts'
import { planOf, runs } from '../pipeline/plan.ts'
import type { Procedure } from '../pipeline/procedure.ts'
import { leaveQueue, type Request } from '../pipeline/queue.ts'
import { type Course, perform, runCourse } from '../pipeline/run.ts'
import { proceduresOf } from '../procedures/api-versions.ts'
import { goBack } from '../procedures/go-back.ts'
import { rollback } from '../procedures/rollback.ts'
import { refuseEarly } from '../procedures/trigger.ts'
import { accounts } from '../project/account.ts'
import { loadConfiguration, type ProjectConfiguration } from '../project/configuration.ts'
import { bringPillar, pillarAt, pillarCommitOf } from '../project/pillar.ts'
import { whatIsDeployed } from '../project/revision.ts'
import { treeInUse } from '../project/tree.ts'
import { currentEnvironment } from '../project/variables.ts'
import { localShell } from '../shell/local.ts'
import { markedShell } from '../shell/marked.ts'
import type { Shell, Start } from '../shell/shell.ts'
import { runProcedureFile } from '../statefiles/run.ts'
import { type Foresight, treeAhead } from './prefetch.ts'

export interface Serving {
  readonly layout: ProjectLayout
  readonly installers: string
  readonly cancelling: Cancelling
  /** Starts a command faster than this process could. */
  readonly start?: Start | undefined
  /** What was found out for the first request before it was there. */
  readonly foresight?: Foresight | null
  /** What goes on when a request is served: the runner ends after it. */
  readonly lasting: Promise<void>[]
}

/** Never throws. The verdict is written before the work that may wait. `left`: what a dead runner had begun is taken back. */
export async function serveRequest(serving: Serving, request: Request, left: Fault | null = null): Promise<EndState> {
  const { layout } = serving
  const files = layout.deployment(request.release)
  giveRoomBy(roomOf(layout))
  makeFolders(files.folder)
  useBlanks(files.folder, layout.home)
  writeWhole(layout.running, JSON.stringify({ release: request.release, pid: process.pid }))
  const began = Date.now()
  const previous = runningRelease(layout)
  const shell = markedShell(localShell, request.release, files.children)
  const ahead = left ? null : await spareFor(serving, request, shell)
  const output = openOutput(layout, request.release, { began, isTerse: isTerse(request) })
  const journal = openJournal(files.journal)
  const known = left ? readRecord(layout, request.release) : undefined
  const place = known ?? enterBook(layout, { isRelease: makesRelease(request, previous), previous })
  const record: Writable<DeploymentRecord> = {
    release: request.release,
    ...(place.sequence === undefined ? {} : { sequence: place.sequence }),
    number: place.number ?? null,
    kind: request.kind,
    mode: 'editable',
    status: 'running',
    commit: request.kind === 'pillar' ? (previous?.commit ?? null) : request.commit,
    pillar_commit: request.kind === 'pillar' ? request.commit : pillarCommitOf(layout),
    by: request.by,
    started_at: new Date(began).toISOString(),
    seconds: null,
    previous: previous?.release ?? null,
    tree: null,
    branch: request.branch,
    before: request.before,
    ...(request.target ? { target: request.target } : {}),
    procedures: [],
    url: null,
  }
  writeRecord(layout, record)
  leaveQueue(layout, request.release)
  let state: EndState
  let afterwards: readonly (() => Promise<void>)[] = []
  let tellings: readonly (() => Promise<void>)[] = []
  let opened: Opened | null = null
  try {
    const deployment = await open(serving, { request, previous, record, shell, ahead, journal }, output)
    opened = deployment
    tellings = deployment.tellings
    await settleAhead(deployment)
    if (!left && !request.plan) refuseEarly(deployment)
    if (!left) {
      rememberSaved(layout, files.savedBefore)
      keepReserve(layout)
    }
    const course = courseOf(deployment)
    deployment.course = course
    const { commit } = deployment
    const subject = commit === null ? null : await commitSubject(shell, layout.projectGit, commit)
    Object.assign(record, { mode: deployment.mode, commit, subject, branch: deployment.branch })
    writeRecord(layout, record)
    output.emit({
      type: 'started',
      project: layout.name,
      mode: deployment.mode,
      release: request.release,
      name: record.number === null ? null : nameOf(record),
      commit,
      subject,
      by: request.by,
      kind: request.kind,
    })
    for (const text of await unprovenOf(layout)) output.emit({ type: 'note', level: 'warning', text })
    // On the way forward, what finds no room fails: what is put aside is for the way back.
    giveRoomBy(null)
    state = request.plan ? 'planned' : await runCourse(deployment, course, left)
    if (state === 'planned') {
      for (const { procedure, row } of course.rows)
        output.emit({
          type: 'note',
          level: 'info',
          text: 'run' in row ? procedure : `${procedure}: skipped, ${row.skip}`,
        })
      await undoPush(layout, request)
    }
    afterwards = deployment.afterwards
    // The copy for the next push went with the tree that was made, or is of the release that was left.
    const isUsed = deployment.madeTree || request.kind === 'rollback' || spareOrigin(layout.spare) === undefined
    if (state !== 'rollback failed' && !request.plan && isUsed)
      afterwards = [...afterwards, () => prepareNext(deployment)]
    if (state === 'succeeded' && backupScheduleChanged(deployment))
      afterwards = [...afterwards, () => scheduleBackups(deployment)]
    Object.assign(record, {
      commit: state === 'succeeded' ? deployment.commit : (deployment.refused ?? deployment.commit),
      pillar_commit: state === 'succeeded' ? deployment.pillarCommit : record.pillar_commit,
      tree: state === 'succeeded' ? deployment.tree : null,
      url: deployment.url,
      procedures: deployment.timings,
      ...(deployment.fault ? { fault: output.scrubbed(deployment.fault) } : {}),
    })
  } catch (error) {
    giveRoomBy(roomOf(layout))
    // Before the first step: nothing was touched but the queue and the branch.
    hideSaved(layout, output)
    const fault = output.scrubbed(faultOf(error))
    output.emit({ type: 'fault', fault })
    state = left ? 'rollback failed' : 'failed'
    Object.assign(record, { fault })
    await ahead?.done
    if (spareOrigin(layout.spare) === undefined) giveUpSpare(layout.spare)
    tellings = request.plan ? [] : [tellingOfRefusal(layout, opened, record, output.emit, fault)]
    await putBackUnopened(layout, request, previous).catch(() => {})
  }
  await ahead?.done
  giveRoomBy(roomOf(layout))
  const milliseconds = Math.max(0, Date.now() - began)
  Object.assign(record, { status: state, seconds: milliseconds / 1000 })
  const running = currentRelease(layout)
  output.emit({
    type: 'ended',
    state,
    milliseconds,
    url: record.url,
    running,
    runningName: shortNameOf(layout, running),
  })
  writeRecord(layout, record, true)
  writeWhole(files.verdict, `${exitOf(state, record.fault)} ${state}\n`)
  // It has the secrets of the configuration in it, and nobody goes back to it any more.
  rmSync(files.savedBefore, { force: true })
  journal.write('ended', 'done')
  useBlanks(null)
  giveRoomBy(null)
  await settle(serving, afterwards, request)
  journal.close()
  serving.lasting.push(toldAll(tellings).finally(() => output.close()))
  serving.lasting.push(logEnd(layout, record).catch(() => {}))
  for (const gitDir of [layout.projectGit, layout.pillarGit])
    serving.lasting.push(tidyObjects(localShell, gitDir).catch(() => {}))
  return state
}

/** Of a project of before: what is lost of its settings, for it could not be proven. */
async function unprovenOf(layout: ProjectLayout): Promise<string[]> {
  if (!existsSync(join(layout.own, 'unproven.json'))) return []
  return (await import('../deployment/own-folder.ts')).takeUnproven(layout)
}

/** Plans and single procedures make no release, nor does a pillar before the first push. */
const makesRelease = ({ kind, plan }: Request, previous: DeploymentRecord | null): boolean =>
  !plan && (kind === 'push' || kind === 'deploy' || (kind === 'pillar' && previous !== null))

/** Who asks for one procedure, or makes a choice among them, is told of each; so is who wants to know. */
const isTerse = ({ kind, only, skip, verbose }: Request): boolean => kind !== 'procedure' && !only && !skip && !verbose

function shortNameOf(layout: ProjectLayout, release: ReleaseId | null): string | null {
  const record = release === null ? undefined : readRecord(layout, release)
  return record ? nameOf(record) : release
}

async function toldAll(tellings: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.allSettled(tellings.map(tell => tell()))
}

/** Loaded only where something went wrong. */
function tellingOfRefusal(
  layout: ProjectLayout,
  opened: Opened | null,
  record: DeploymentRecord,
  emit: Deployment['emit'],
  fault: Fault,
): () => Promise<void> {
  return async () => {
    const { noticeOf, tellUnopened } = await import('../deployment/notices.ts')
    if (opened === null) return tellUnopened(layout, record, emit)
    opened.fault = fault
    if (opened.cfg.get('notifications')) await noticeOf(opened, record.status as EndState)()
  }
}

/** A push that only asked for the plan leaves the branch where it was: pushed again, it deploys. */
async function undoPush(layout: ProjectLayout, request: Request): Promise<void> {
  const { kind, branch, commit: refused, before } = request
  if ((kind !== 'push' && kind !== 'pillar') || branch === null || refused === null) return
  const gitDir = kind === 'pillar' ? layout.pillarGit : layout.projectGit
  await unmoveBranch(localShell, gitDir, { branch, refused, before }, 'corpus: only planned')
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** The course is made for the deployment, and the deployment performs procedures of its course. */
type Opened = Deployment & { course?: Course<Deployment> }

/** A push whose tree will be made from the prepared copy: git brings that to the commit while the rest is read. */
async function spareFor(serving: Serving, request: Request, shell: Shell): Promise<SpareAhead | null> {
  const { layout } = serving
  const ahead = serving.foresight?.ahead
  const start: Start = serving.start ?? (async command => (await shell.run(command)).status)
  const { kind, commit, plan, only, skip } = request
  const wanted =
    kind === 'push' && !plan && (only?.includes('initialization') ?? true) && !skip?.includes('initialization')
  if (wanted && ahead?.commit === commit) return ahead
  // What was announced is not what comes first.
  if (ahead) await takeBack(start, ahead)
  return wanted && commit !== null ? treeAhead(layout, start, { commit, quarantine: null }) : null
}

/** Resolves what is to be deployed. Throws before anything has changed. */
async function open(
  serving: Serving,
  given: Pick<Deployment, 'request' | 'previous' | 'shell' | 'ahead' | 'journal'> & {
    readonly record: DeploymentRecord
  },
  { emit, hide }: Output,
): Promise<Opened> {
  const { layout, installers, cancelling, foresight } = serving
  const { request, previous, record, shell, ahead, journal } = given
  const foreseen = request.arguments ? null : foresight?.configuration
  const load = async () => {
    await ensureSaltInUse({ layout, shell, installers })
    const tree = treeInUse(layout)
    const read = (files: TreeFiles) => loadConfiguration(layout, { ...tree, files }, installers, request.arguments)
    return read(tree.files).catch(error => {
      // The application may have written what cannot be read into its own tree: what was committed says the same as it did then.
      if (!(error instanceof CorpusError && error.code === 'APPLICATION_INVALID') || !previous?.commit) throw error
      return read(commitFiles(shell, layout.projectGit, previous.commit))
    })
  }
  const { cfg, installer } =
    foreseen ?? (await load().catch<ProjectConfiguration>(error => mendPillar(error, given, layout).then(load)))
  const mode = cfg.get('mode') as ModeName
  const what = whatIsDeployed(layout, request, previous, cfg)
  const accountIn = accounts()
  const opened: Opened = {
    layout,
    journal,
    release: request.release,
    request,
    mode,
    previous,
    shell,
    emit,
    hide,
    get signal() {
      return cancelling.signal
    },
    listenAnew: cancelling.listenAnew,
    installers,
    get account() {
      return accountIn(cfg)
    },
    cfg,
    installer,
    environment: currentEnvironment(layout),
    commit: what.commit,
    branch: what.branch,
    refused: what.commit,
    pillarCommit: record.pillar_commit,
    tree: previous?.tree ?? null,
    madeTree: false,
    ahead,
    foldersWithWork: foresight?.foldersWithWork ?? new Map(),
    url: previous?.url ?? null,
    startedAt: new Date(),
    fault: null,
    failedProcedure: null,
    ended: null,
    timings: [],
    afterwards: [],
    tellings: [],
    perform: procedure => perform(opened, opened.course as Course<Deployment>, procedure),
  }
  hideSecrets(opened)
  return opened
}

/** The pillar that stands there may be one that failed, and what is deployed now the one that mends it. Else throws the error. */
async function mendPillar(
  error: unknown,
  { shell, record }: { readonly shell: Shell; readonly record: DeploymentRecord },
  layout: ProjectLayout,
): Promise<void> {
  const pillarCommit = record.pillar_commit
  if (pillarCommit === null || pillarCommit === pillarAt(layout)) throw error
  await bringPillar({ layout, shell, pillarCommit })
}

function courseOf(deployment: Deployment): Course<Deployment> {
  const { request, mode } = deployment
  const lookedUp = new Map<string, Procedure<Deployment>>(
    proceduresOf(deployment.cfg.get('api_version')).map(procedure => [procedure.name, procedure]),
  )
  const early = request.kind === 'pillar' && deployment.previous === null
  const only = early ? ['trigger', 'initialization'] : request.only
  // Where a tree is made, its failure is taken back, whatever was asked for.
  const choice = only?.includes('initialization')
    ? { ...request, only: [...only, 'rollback', 'notification'] }
    : request
  const all = planOf<string>(procedureNames, tableFor(mode, request.kind), choice)
  // Who asks for one procedure alone, or goes back, wants no word of the others.
  const terse = request.kind === 'procedure' || request.kind === 'rollback'
  const rows = all.filter(({ procedure, row }) => !terse || 'run' in row || only?.includes(procedure))
  if (!runs(rows, 'initialization')) {
    deployment.commit = deployment.previous?.commit ?? deployment.commit
    keepFindings(deployment)
  }
  if (request.kind === 'rollback') {
    lookedUp.set('rollback', goBack)
    lookedUp.set('return', { ...rollback, name: 'return' })
    rows.push({ procedure: 'return', row: { run: true } })
  }
  return {
    rows,
    procedures: lookedUp,
    journal: deployment.journal,
    stateFile: (d, name) => runProcedureFile(d, name === 'return' ? 'rollback' : name),
    commit: makeCurrent,
    timing: (name, milliseconds) => void deployment.timings.push({ name, milliseconds }),
  }
}

/** A request that could not even be opened: its branch names what runs again, so that the same push is tried again. */
async function putBackUnopened(
  layout: ProjectLayout,
  request: Request,
  previous: DeploymentRecord | null,
): Promise<void> {
  const { kind, branch, commit, release } = request
  if (branch === null || commit === null) return
  const [gitDir, running] =
    kind === 'pillar' ? [layout.pillarGit, previous?.pillar_commit] : [layout.projectGit, previous?.commit]
  const before = wayBackOf(gitDir, { branch, before: request.before }, running ?? null)
  if (before === commit) return
  await putBranchBack(localShell, gitDir, { branch, refused: commit, before, release })
}

/** A configuration that cannot be read may be quoted by its error: the secrets of the last one that could are known. */
const hideSaved = (layout: ProjectLayout, output: Output): void => output.hide(savedSecrets(layout))

function savedSecrets(layout: ProjectLayout): string[] {
  try {
    return secretValues(readSaved(layout.savedConfiguration).snapshot)
  } catch {
    // It is the saved configuration that cannot be read.
    return []
  }
}

/** What became of a deployment, a line in the log of whoever ran it. Nobody waits for it. */
async function logEnd(layout: ProjectLayout, record: DeploymentRecord): Promise<void> {
  const log = (await import('../log/log.ts')).openLog({ part: 'runner', secrets: savedSecrets(layout) })
  const { release, kind, status, seconds, by, commit, fault } = record
  const fields = {
    project: layout.name,
    release,
    kind,
    status,
    seconds,
    by,
    commit,
    ...(fault && { code: fault.code }),
  }
  const isWell = ['succeeded', 'planned', 'superseded'].includes(status)
  log[isWell ? 'info' : 'warn'](fields, `${kind} ${status}${fault ? `: ${fault.message}` : ''}`)
}

async function settle(serving: Serving, afterwards: readonly (() => Promise<void>)[], request: Request): Promise<void> {
  rmSync(serving.layout.running, { force: true })
  const all = [...afterwards, () => layNext(serving.layout, request.release, serving.start)]
  for (const work of all) {
    try {
      await work()
    } catch (error) {
      const { openLog } = await import('../log/log.ts')
      const log = openLog({ part: 'runner', secrets: savedSecrets(serving.layout) })
      log.error(
        { project: serving.layout.name, release: request.release, code: faultOf(error).code },
        faultOf(error).message,
      )
    }
  }
}
