/** State files as requests ask for them: what is named is opened, run, and answered as Salt answers. */
import { CorpusError, catalogue } from '../kernel/errors.ts'
import type { Fault } from '../salt/language/faults.ts'
import type { Dict } from '../salt/python/dict.ts'
import type { StepResult } from '../salt/runner/result.ts'
import type { Asked } from './request.ts'
import {
  applyOpened,
  type OpenStates,
  openFolderStates,
  openProjectStates,
  renderOpened,
  showOpened,
} from './states.ts'

/** Values of Python: answer.ts writes them. */
export interface Local {
  readonly local: Dict | readonly Dict[] | readonly string[]
}

export interface ChosenStates {
  readonly name?: string | undefined
  readonly sls?: readonly string[] | undefined
  readonly file_root?: string | undefined
  readonly pillar_root?: string | undefined
  /** A mapping, as text. */
  readonly pillar?: string | undefined
  readonly cfg?: string | undefined
}

/** Throws USAGE where it is neither a project's nor a folder's. */
export async function openAsked(
  asked: Asked,
  { name, sls = [], file_root, pillar_root, pillar, cfg }: ChosenStates,
  { by, test }: { readonly by: string; readonly test: boolean },
): Promise<OpenStates> {
  if (file_root === undefined && (cfg ?? pillar_root) !== undefined)
    throw new CorpusError('USAGE', '--cfg and --pillar-root go with --file-root: a project has its own.')
  const choice = {
    by,
    test,
    ...(asked.signal ? { signal: asked.signal } : {}),
    ...(pillar === undefined ? {} : { pillar: await mappingOf('--pillar', pillar) }),
  }
  const settings = cfg === undefined ? undefined : await mappingOf('--cfg', cfg)
  if (file_root !== undefined) {
    return openFolderStates(asked, {
      ...choice,
      sls: slsOf(name === undefined ? sls : [name, ...sls]),
      fileRoot: file_root,
      ...(pillar_root === undefined ? {} : { pillarRoot: pillar_root }),
      ...(settings ? { cfg: settings } : {}),
    })
  }
  if (name === undefined) throw new CorpusError('USAGE', 'Name a project, or a folder with --file-root.')
  return openProjectStates(asked, name, { ...choice, sls: slsOf(sls) })
}

/** Applies what is open, tells each result, and closes it. */
export async function applyAnswered(asked: Asked, open: OpenStates): Promise<Local> {
  try {
    const { results, faults, ok } = await applyOpened(open, event => asked.tell?.({ kind: 'step', event }))
    if (faults.length > 0) return faulted(asked, faults)
    asked.tell?.({ kind: 'results', results })
    const wouldChange = open.input.test === true && [...results.values()].some(({ result }) => result === null)
    asked.tell?.({ kind: 'verdict', status: ok ? (wouldChange ? 2 : 0) : 1 })
    const { resultsDict } = await import('../salt/runner/result.ts')
    return { local: resultsDict(results) }
  } finally {
    open.close()
  }
}

/** Texts by SLS. */
export async function renderAnswered(
  asked: Asked,
  open: OpenStates,
): Promise<Readonly<Record<string, string>> | { readonly local: string[] }> {
  try {
    const { texts, faults } = await renderOpened(open)
    return faults.length > 0 ? faulted(asked, faults) : Object.fromEntries(texts)
  } finally {
    open.close()
  }
}

/** The steps, as Salt shows low data. */
export async function showAnswered(asked: Asked, open: OpenStates): Promise<Local> {
  try {
    const { steps, faults, doubts } = await showOpened(open)
    if (faults.length > 0) return faulted(asked, faults)
    asked.tell?.({ kind: 'steps', steps, doubts })
    const { stepDict } = await import('../salt/language/step.ts')
    return { local: steps.map(stepDict) }
  } finally {
    open.close()
  }
}

/** What a deployment would change. */
export async function planAnswered(asked: Asked, name: string, by: string) {
  const [{ planDeployment }, { resultsDict }] = await Promise.all([
    import('./plan.ts'),
    import('../salt/runner/result.ts'),
  ])
  const plan = await planDeployment(asked, name, by, asked.signal)
  const files = plan.procedures.flatMap(one => one.files)
  const results: StepResult[] = files.flatMap(one => [...one.results.values()])
  const doesNotCompile = files.some(({ faults }) => faults.length > 0)
  const fails = results.some(({ result }) => result === false)
  asked.tell?.({ kind: 'plan', plan })
  asked.tell?.({ kind: 'verdict', status: doesNotCompile ? catalogue.STATES_INVALID.exit : fails ? 1 : 0 })
  return {
    mode: plan.mode,
    commit: plan.commit,
    procedures: plan.procedures.map(({ procedure, skip, files: of }) => ({
      procedure,
      skip,
      files: of.map(({ sls, results, faults }) => ({
        sls,
        local: faults.length > 0 ? faults.map(({ message }) => message) : resultsDict(results),
      })),
    })),
  }
}

/** As Salt answers for a tree that does not compile. */
function faulted(asked: Asked, faults: readonly Fault[]): { readonly local: string[] } {
  asked.tell?.({ kind: 'faults', faults })
  asked.tell?.({ kind: 'verdict', status: catalogue.STATES_INVALID.exit })
  return { local: faults.map(({ message }) => message) }
}

/** `a,b c` names three. */
const slsOf = (words: readonly string[]): string[] => words.flatMap(word => word.split(',')).filter(Boolean)

/** JSON is YAML too. */
async function mappingOf(path: string, text: string): Promise<Dict> {
  const [{ readYaml }, { Dict }] = await Promise.all([import('../salt/yaml/read.ts'), import('../salt/python/dict.ts')])
  let detail = ''
  try {
    const value = readYaml({ path, text })
    if (value instanceof Dict) return value
  } catch (error) {
    detail = error instanceof Error ? error.message : String(error)
  }
  throw new CorpusError('USAGE', `${path} is no mapping.`, { detail })
}
