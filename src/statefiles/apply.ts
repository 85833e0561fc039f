/** The way from procedures to the state engine: one place that knows both. Loaded only where there is something to run. */

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { withinBuildLimits } from '../deployment/build-limits.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { newRelease } from '../kernel/release.ts'
import { accountOf, homedShell } from '../project/account.ts'
import type { ProjectConfiguration } from '../project/configuration.ts'
import { statesAsRoot } from '../project/developer.ts'
import { placedText, unknownText } from '../project/fault-text.ts'
import { hasWorkIn } from '../project/has-work.ts'
import { type Installer, namesOfInstallers } from '../project/installer.ts'
import { checkStates, type StatesInput } from '../salt/apply.ts'
import { type Fault, faultText } from '../salt/language/faults.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { writerOf } from '../salt/system/way.ts'
import { accountName, isRoot } from '../shell/account.ts'
import { localShell } from '../shell/local.ts'
import type { Account } from '../shell/shell.ts'
import { type Engine, engineFor, ownEngine } from './engine.ts'
import { projectFunctions } from './functions.ts'
import { numberedFiles } from './numbered.ts'

export interface Failures {
  /** A line for each state that failed. */
  readonly failed: readonly string[]
  /** How many did not run because of those. */
  readonly kept: number
}

/** Applies state files of a project's `.salt`. Throws STATES_INVALID. */
export async function applyProjectStates(
  deployment: Deployment,
  salt: string,
  sls: readonly string[],
): Promise<Failures> {
  const copy = runsAsRoot(deployment) ? (await import('./salt-copy.ts')).copyOfSalt(deployment.layout) : null
  try {
    return await applyFolder(
      deployment,
      copy?.salt ?? salt,
      movedInstaller(deployment.installer, salt, copy?.salt),
      sls,
    )
  } finally {
    copy?.remove()
  }
}

/** A developer's state files that root runs, since root said so. */
export const runsAsRoot = ({ layout, mode }: Pick<Deployment, 'layout' | 'mode'>): boolean =>
  mode === 'editable' && isRoot() && statesAsRoot(layout)

/** An installer inside of `.salt` goes with it. */
export const movedInstaller = (installer: Installer, from: string, to: string | undefined): Installer =>
  to !== undefined && installer.folder.startsWith(`${from}/`)
    ? { ...installer, folder: join(to, installer.folder.slice(from.length)) }
    : installer

async function applyFolder(
  deployment: Deployment,
  salt: string,
  installer: Installer,
  sls: readonly string[],
): Promise<Failures> {
  const work = join(deployment.layout.deployment(deployment.release).folder, 'work')
  const input = {
    ...inputOf(deployment.layout, salt, deployment.installers, installer),
    opts: Dict.of({ project: deployment.layout.name, deployment: factsOf(deployment) }),
    ...limitsOf(deployment.cfg),
    cfg: deployment.cfg,
  }
  try {
    const apply = settingOf(deployment.cfg, 'engine') === 'salt' ? applyWithSalt : applyWithOurs
    const what = sls.map(name => `${name}.sls`).join(', ')
    let kept = 0
    const failed = await withinBuildLimits(deployment, what, async limited => {
      const shell = homedShell(limited, deployment.layout)
      const failures = await apply(
        { ...deployment, shell },
        await engineFor({ ...deployment, shell }),
        sls,
        input,
        work,
      )
      kept = failures.kept
      return [...failures.failed]
    })
    return { failed, kept }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function applyWithOurs(
  deployment: Deployment,
  engine: Engine,
  sls: readonly string[],
  input: Omit<StatesInput, 'shell' | 'sls'>,
  work: string,
): Promise<Failures> {
  if (engine === ownEngine) refuseForeign(input.fileRoots, input.includeRoots ?? new Map(), deployment.installers)
  const applied = await engine.apply({
    ...input,
    shell: deployment.shell,
    sls,
    work,
    signal: deployment.signal,
    functions: projectFunctions(deployment),
    onStep: event => {
      if (event.kind === 'step-started') deployment.emit({ type: 'state-begun', id: event.step.id })
      if (event.kind === 'step-output') deployment.emit({ type: 'output', text: event.text })
      if (event.kind !== 'step-ended') return
      const { step, result } = event
      deployment.emit({
        type: 'state',
        id: step.id,
        fun: `${step.module}.${step.function}`,
        result: result.result,
        changed: result.changes.size > 0,
        comment: String(result.comment),
        milliseconds: Math.round(result.durationMilliseconds),
      })
    },
  })
  if (applied.faults.length > 0) throw invalid(`${sls.join(', ')} does not compile.`, applied.faults)
  if (applied.aborted) throw cancelled()
  if (!applied.ok && engine.hint !== null) note(deployment, engine.hint, 'notice')
  const failed = [...applied.results.values()].filter(result => result.result === false)
  return failuresOf(failed, result => `${result.module}.${result.function} ${result.id}: ${failureText(result)}`)
}

/** What did not run since another failed is only counted: that other one is what is to be mended. */
function failuresOf<Result extends { readonly comment: Value }>(
  results: readonly Result[],
  line: (result: Result) => string,
): Failures {
  const isConsequence = ({ comment }: Result) => String(comment).startsWith('One or more requisite failed')
  const causes = results.filter(result => !isConsequence(result))
  return causes.length === 0
    ? { failed: results.map(line), kept: 0 }
    : { failed: causes.map(line), kept: results.length - causes.length }
}

/** Of a command, that it was run says less than how it ended. */
function failureText({ comment, changes }: { readonly comment: Value; readonly changes: Dict }): string {
  const said = String(comment)
  const status = changes.get('retcode')
  return typeof status === 'number' ? said.replace(/^(Command ".*") run$/s, `$1 ended with ${status}`) : said
}

/** Applies with an installed Salt; events and verdict are those of our own engine. What its files set in `cfg`, later files do not see. */
async function applyWithSalt(
  deployment: Deployment,
  engine: Engine,
  sls: readonly string[],
  input: Omit<StatesInput, 'shell' | 'sls'>,
  work: string,
): Promise<Failures> {
  const { shell, signal } = deployment
  const output = (text: string) => deployment.emit({ type: 'output', text })
  const answer = await engine.salt({ shell, input, sls, work, signal, output }).catch((error: unknown) => {
    throw signal.aborted ? cancelled() : error
  })
  if ('faults' in answer)
    throw new CorpusError('STATES_INVALID', `${sls.join(', ')} does not compile.`, { detail: answer.faults.join('\n') })
  for (const { function: fun, ...result } of answer.results) deployment.emit({ type: 'state', fun, ...result })
  return failuresOf(
    answer.results.filter(({ result }) => result === false),
    result => `${result.function} ${result.id}: ${result.comment}`,
  )
}

const cancelled = (): CorpusError => new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.')

/** What a state file may ask of the deployment that runs it: `opts.deployment`. */
function factsOf(deployment: Deployment): Dict {
  const { release, previous, commit, pillarCommit, branch, request, mode, ended, fault } = deployment
  return Dict.of({
    release,
    mode,
    kind: request.kind,
    by: request.by,
    commit,
    pillar_commit: pillarCommit,
    branch,
    previous: previous?.release ?? null,
    // Null until it has ended: notification is told.
    state: ended,
    fault: fault === null ? null : Dict.of({ code: fault.code, message: fault.message, detail: fault.detail ?? '' }),
  })
}

/** The facts of a deployment before there is one: templates find every name that they will find then. */
export const factsOutside = (mode: string, kind = 'push', by = ''): Dict =>
  Dict.of({
    release: newRelease(),
    mode,
    kind,
    by,
    commit: null,
    pillar_commit: null,
    branch: null,
    previous: null,
    state: null,
    fault: null,
  })

/**
 * Whether every state file that a deployment would run compiles; all faults at once. Nothing that was pushed has an effect.
 * Returns a sentence for each file that only a deployment can read to its end. Throws STATES_INVALID.
 */
export async function checkProjectStates(
  layout: ProjectLayout,
  salt: string,
  installers: string,
  { cfg, installer }: ProjectConfiguration,
): Promise<string[]> {
  const tree = join(salt, '..')
  // What an installed Salt understands, it says when it runs.
  if (settingOf(cfg, 'engine') === 'salt') return []
  const sls = [...procedureNames, ...numberedFiles(salt)].filter(name => hasWorkIn(salt, name))
  const account = knownAccount(cfg)
  const faults: Fault[] = []
  const seen = new Set<string>()
  const unknown = new Set<string>()
  for (const one of sls) {
    const checked = await checkStates({
      ...inputOf(layout, salt, installers, installer),
      opts: Dict.of({ project: layout.name, deployment: factsOutside(String(settingOf(cfg, 'mode'))) }),
      ...limitsOf(cfg),
      shell: localShell,
      cfg,
      sls: [one],
      functions: projectFunctions({ layout, cfg, account, rehearsal: true }),
    })
    for (const one of checked.unknown) unknown.add(unknownText(one, tree))
    for (const found of checked.faults) {
      const text = faultText(found)
      if (!seen.has(text)) faults.push(found)
      seen.add(text)
    }
  }
  if (faults.length > 0)
    throw invalid(
      `${faults.length === 1 ? 'A state file has a fault' : `The state files have ${faults.length} faults`}.`,
      faults,
      tree,
    )
  return [...unknown]
}

/** Null where there is none: the deployment says so. */
function knownAccount(cfg: Dict): Account | null {
  try {
    return accountOf(cfg)
  } catch {
    return null
  }
}

/** Roots and pillar of a project as the engine wants them. */
export function inputOf(
  layout: ProjectLayout,
  salt: string,
  installers: string,
  installer: { prefix: string; folder: string },
): Omit<StatesInput, 'shell' | 'sls'> {
  const includeRoots = new Map<string, string>([[installer.prefix, installer.folder]])
  for (const base of [installers, join(layout.root, 'corpus', 'installers')]) {
    for (const name of namesOfInstallers(base)) {
      const prefix = `makina-states.projects.2.${name}`
      if (!includeRoots.has(prefix)) includeRoots.set(prefix, join(base, name))
    }
  }
  return {
    // State files of other projects are reached as makina-projects.NAME.…, as in Salt.
    fileRoots: [salt, join(layout.root, 'salt')],
    pillarRoots: [layout.pillar],
    pillarSls: hasWorkIn(layout.pillar, 'init') ? ['init'] : [],
    includeRoots,
    opts: Dict.of({ project: layout.name }),
  }
}

/**
 * What root runs lies where only root writes. Installers that come with corpus are as much root's as corpus itself.
 * Throws STATES_INVALID.
 */
export function refuseForeign(roots: readonly string[], more: ReadonlyMap<string, string>, official: string): void {
  if (!isRoot()) return
  for (const folder of [...roots, ...[...more.values()].filter(one => !one.startsWith(`${official}/`))]) {
    const writer = existsSync(folder) ? writerOf(folder) : null
    if (writer !== null)
      throw new CorpusError(
        'STATES_INVALID',
        `Root runs no state files from ${folder}, where ${accountName(writer)} may write.`,
      )
  }
}

/** Seconds that one command, and one template, may take. */
export function limitsOf(cfg: Dict): Pick<StatesInput, 'commandTimeoutSeconds' | 'templateTimeoutSeconds'> {
  const [command, template] = [settingOf(cfg, 'command_timeout_seconds'), settingOf(cfg, 'template_timeout_seconds')]
  return {
    ...(typeof command === 'number' ? { commandTimeoutSeconds: command } : {}),
    ...(typeof template === 'number' ? { templateTimeoutSeconds: template } : {}),
  }
}

export function invalid(sentence: string, faults: readonly Fault[], base = ''): CorpusError {
  return new CorpusError('STATES_INVALID', sentence, { detail: faults.map(one => placedText(one, base)).join('\n') })
}
