/**
 * Runs state files of a developer's tree in a process that has given root's rights up before it reads any of them. What it
 * tells is the developer's word: it is read strictly, and of the configuration only what is the project's own is taken back.
 */

import { chmodSync, cpSync, lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import { withoutRights } from '../configuration/rights.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { Emit } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { accountEnvironment, developerHome, developerOf } from '../project/developer.ts'
import type { Installer } from '../project/installer.ts'
import type { ReleaseEnvironment } from '../project/variables.ts'
import { type Applied, renderPillars, type Shown, type StatesInput } from '../salt/apply.ts'
import type { Fault } from '../salt/language/faults.ts'
import { Dict } from '../salt/python/dict.ts'
import type { RunEvent } from '../salt/runner/run.ts'
import { program } from '../shell/programs.ts'
import { type Account, type Shell, textOf } from '../shell/shell.ts'
import type { Engine } from './engine.ts'
import type { SaltAnswer } from './installed-salt.ts'
import { pack, unpack } from './wire.ts'

export interface DeveloperWorld {
  readonly layout: ProjectLayout
  readonly cfg: Dict
  readonly installer: Installer
  readonly mode: ModeName
  readonly environment: ReleaseEnvironment
  readonly installers: string
  readonly shell: Shell
  readonly rehearsal?: boolean
  readonly emit?: Emit
}

type Work = 'apply' | 'render' | 'show' | 'salt'

/** What the process reads from its standard input. */
export interface Asked {
  readonly work: Work
  readonly account: Account
  readonly root: string
  readonly name: string
  readonly mode: ModeName
  readonly rehearsal: boolean
  readonly installers: string
  readonly environment: ReleaseEnvironment['variables']
  /** Without the shell, the functions and what is called back. */
  readonly input: Omit<StatesInput, 'shell'>
}

/** A line of what it prints. */
export type Told =
  | { readonly tell: 'event'; readonly event: RunEvent }
  | { readonly tell: 'note'; readonly text: string }
  | { readonly tell: 'output'; readonly text: string }
  | { readonly tell: 'answer'; readonly answer: unknown; readonly cfg: Dict | null }
  | { readonly tell: 'failed'; readonly message: string }

const largestTold = 64 * 1024 * 1024

export function developerEngine(world: DeveloperWorld): Engine {
  const account = developerOf(world.layout) as Account
  const ask = (work: Work, input: StatesInput, output?: (text: string) => void) =>
    asked(world, account, work, input, output)
  return {
    apply: async input => applied(await ask('apply', input)),
    render: async input => {
      const { texts, faults } = (await ask('render', input)) as { texts?: unknown; faults?: unknown }
      return { texts: texts instanceof Map ? (texts as Map<string, string>) : new Map(), faults: listed<Fault>(faults) }
    },
    show: async input => {
      const { steps, faults, doubts } = (await ask('show', input)) as { [key in keyof Shown]?: unknown }
      return { steps: listed(steps), faults: listed(faults), doubts: listed(doubts) }
    },
    salt: async run => {
      const input = { ...run.input, shell: run.shell, sls: run.sls, ...(run.signal ? { signal: run.signal } : {}) }
      return (await ask('salt', input, run.output)) as SaltAnswer
    },
    hint: `State files of an editable tree run with the rights of ${account.name}. Those that need root's: corpus config set ${world.layout.name} states_as=root`,
  }
}

async function asked(
  world: DeveloperWorld,
  account: Account,
  work: Work,
  input: StatesInput,
  output: ((text: string) => void) | undefined,
): Promise<object> {
  const { layout, cfg, shell, emit } = world
  const lent = lentInstallers(world, input)
  const known = foundBefore.get(cfg) ?? new Dict()
  const sent = developersCfg(cfg, account, layout, known)
  const pillar = await pillarOf(input)
  if (Array.isArray(pillar))
    return { ok: false, results: new Map(), faults: pillar, doubts: [], steps: [], texts: new Map(), aborted: false }
  const { shell: _, signal, onStep, log: __, functions: ___, work: ____, ...rest } = input
  const request: Asked = {
    work,
    account,
    root: layout.root,
    name: layout.name,
    mode: world.mode,
    rehearsal: world.rehearsal ?? false,
    installers: lent.official,
    environment: world.environment.variables,
    input: { ...rest, cfg: sent, pillar, pillarRoots: [], pillarSls: [], includeRoots: lent.includeRoots },
  }
  const lines = lineReader(told => {
    if (told.tell === 'event') onStep?.(told.event)
    else if (told.tell === 'output') output?.(told.text)
    else if (told.tell === 'note') emit?.({ type: 'note', level: 'notice', text: told.text })
  })
  try {
    const ended = await shell.run({
      argv: [program(process.execPath), process.argv[1] as string, 'states-child', `--root=${layout.root}`],
      cwd: '/',
      env: accountEnvironment(account),
      input: JSON.stringify(pack(request)),
      keepBytes: 65_536,
      ofProject: true,
      isRead: true,
      onOutput: (piece, stream) => {
        if (stream === 'stdout') lines.add(piece)
      },
      ...(signal ? { signal } : {}),
    })
    if (signal?.aborted) return { ok: false, results: new Map(), faults: [], aborted: true }
    const last = lines.last()
    if (last?.tell !== 'answer' || typeof last.answer !== 'object' || last.answer === null) {
      const why = last?.tell === 'failed' ? last.message : (ended.spawnError ?? textOf(ended.stderr).trim())
      const how =
        ended.stoppedBecause ??
        `The process that runs state files as ${account.name} ended with status ${ended.status}.`
      throw new CorpusError('STATES_FAILED', how, { detail: why.slice(-4_000) })
    }
    if (last.cfg instanceof Dict) takeBack(world, sent, last.cfg)
    return last.answer
  } finally {
    lent.remove()
  }
}

/** What state files of the developer's found out: later ones see it, root does not. */
const foundBefore = new WeakMap<Dict, Dict>()

/** As the state files see it: builds are the developer's, and so is what they keep. */
function developersCfg(cfg: Dict, account: Account, layout: ProjectLayout, known: Dict): Dict {
  const sent = Dict.of([...cfg, ...known])
  sent.set('user', account.name)
  sent.set('build_root', join(developerHome(layout), 'build'))
  return sent
}

/** `data`, and what the installer says that it finds. Everything else that corpus reads, root alone says. */
function takeBack({ cfg, installer }: DeveloperWorld, sent: Dict, told: Dict): void {
  const known = foundBefore.get(cfg) ?? new Dict()
  for (const [key, value] of told) {
    if (
      key === 'user' ||
      key === 'build_root' ||
      JSON.stringify(pack(value)) === JSON.stringify(pack(sent.get(key) ?? null))
    )
      continue
    known.set(key, value)
    const isHeeded = withoutRights(Dict.of([[key, value]]), new Set()).get(key) === value
    if (isHeeded && (key === 'data' || installer.finds.includes(String(key)))) cfg.set(key, value)
  }
  foundBefore.set(cfg, known)
}

/** The pillar is root's: the developer gets its values. Faults where it does not render. */
async function pillarOf(input: StatesInput): Promise<Dict | Fault[]> {
  const { pillar, faults } = await renderPillars(input)
  return faults.length > 0 ? [...faults] : pillar
}

interface Lent {
  readonly official: string
  readonly includeRoots: ReadonlyMap<string, string>
  remove(): void
}

/** The installers' state files, where the developer can read them: corpus may be installed where nobody but root gets to. */
function lentInstallers({ installers }: DeveloperWorld, input: StatesInput): Lent {
  const roots = input.includeRoots ?? new Map<string, string>()
  if ([installers, ...roots.values()].every(isOpenToAll))
    return { official: installers, includeRoots: roots, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'corpus-installers-'))
  chmodSync(folder, 0o755)
  const lent = new Map<string, string>()
  let count = 0
  const lend = (from: string): string => {
    if (isOpenToAll(from)) return from
    const known = lent.get(from)
    if (known !== undefined) return known
    const to = join(folder, String(count++))
    cpSync(from, to, { recursive: true, dereference: true })
    lent.set(from, to)
    return to
  }
  const official = lend(installers)
  const includeRoots = new Map(
    [...roots].map(([prefix, from]) => [
      prefix,
      from.startsWith(`${installers}/`) ? join(official, from.slice(installers.length)) : lend(from),
    ]),
  )
  return { official, includeRoots, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

function isOpenToAll(folder: string): boolean {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const entry = lstatSync(at, { throwIfNoEntry: false })
    if (entry && !entry.isSymbolicLink() && (entry.mode & 0o005) !== 0o005) return false
  }
  return true
}

function lineReader(hear: (told: Told) => void) {
  let rest = ''
  let length = 0
  let last: Told | undefined
  const decoder = new TextDecoder()
  return {
    add(piece: Uint8Array) {
      length += piece.length
      // What tells more than that tells nothing.
      if (length > largestTold) return
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const told = toldIn(line)
        if (told === undefined) continue
        last = told
        hear(told)
      }
    },
    last: () => last,
  }
}

/** Undefined for what is none of ours: a program may print between our lines. */
function toldIn(line: string): Told | undefined {
  let told: unknown
  try {
    told = unpack(JSON.parse(line))
  } catch {
    return undefined
  }
  if (typeof told !== 'object' || told === null || !('tell' in told)) return undefined
  const found = told as Record<string, unknown>
  switch (found['tell']) {
    case 'event':
      return isEvent(found['event']) ? { tell: 'event', event: found['event'] } : undefined
    case 'note':
    case 'output':
      return typeof found['text'] === 'string' ? { tell: found['tell'], text: found['text'] } : undefined
    case 'failed':
      return { tell: 'failed', message: String(found['message']) }
    case 'answer':
      return { tell: 'answer', answer: found['answer'], cfg: found['cfg'] instanceof Dict ? found['cfg'] : null }
    default:
      return undefined
  }
}

function isEvent(event: unknown): event is RunEvent {
  const { kind, step, text, result } = (event ?? {}) as Record<string, unknown>
  if (!isStep(step)) return false
  if (kind === 'step-started') return true
  return kind === 'step-output' ? typeof text === 'string' : kind === 'step-ended' && isResult(result)
}

const isStep = (step: unknown): boolean =>
  hasTexts(step, ['module', 'function', 'id', 'name', 'sls']) &&
  (step as { arguments?: unknown }).arguments instanceof Dict

function isResult(result: unknown): boolean {
  const { changes, durationMilliseconds, startedAt, result: verdict } = (result ?? {}) as Record<string, unknown>
  const isVerdict = verdict === null || typeof verdict === 'boolean'
  return (
    hasTexts(result, ['module', 'function', 'id']) &&
    isVerdict &&
    changes instanceof Dict &&
    startedAt instanceof Date &&
    typeof durationMilliseconds === 'number'
  )
}

const hasTexts = (thing: unknown, names: readonly string[]): boolean =>
  typeof thing === 'object' &&
  thing !== null &&
  names.every(name => typeof (thing as Record<string, unknown>)[name] === 'string')

function applied(answer: object): Applied {
  const { ok, results, faults, aborted } = answer as { [key in keyof Applied]?: unknown }
  if (!(results instanceof Map) || ![...results.values()].every(isResult))
    throw new CorpusError('STATES_FAILED', 'What ran the state files told nothing of how they ended.')
  return { ok: ok === true, results, faults: listed(faults), aborted: aborted === true }
}

const listed = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : [])
