/** The world of one run: file roots, pillar, grains, options, functions, and the tools that states and functions get. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploymentEnvironment } from '../../shell/environment.ts'
import type { Shell } from '../../shell/shell.ts'
import type { FunctionDefinition } from '../definition/define.ts'
import { textOf } from '../definition/values.ts'
import type { Templating } from '../language/templating.ts'
import { Dict } from '../python/dict.ts'
import { mkdtempSync, rmSync } from '../system/files.ts'
import { createFunctions, type Functions } from './functions.ts'
import { grainsWith } from './grains.ts'
import { optsOf } from './opts.ts'
import { type FileRoots, fileRoots } from './roots.ts'
import type { FunctionTools, LogLevel, StateTools } from './tools.ts'

export interface WorldInput {
  readonly shell: Shell
  readonly fileRoots: readonly string[]
  /** Address prefix to folder, for SLS names that live elsewhere. */
  readonly mounts?: ReadonlyMap<string, string>
  readonly pillarRoots?: readonly string[]
  /** Pillar files to read in place of what a top file names. */
  readonly pillarSls?: readonly string[]
  readonly pillar: Dict
  readonly grains?: Dict
  readonly cfg?: Dict
  readonly opts?: Dict
  readonly test: boolean
  /** Nothing that is rendered may have effects: functions that act are held back. */
  readonly check?: boolean
  readonly functions?: Readonly<Record<string, FunctionDefinition>>
  readonly signal?: AbortSignal
  /** Where scratch files go; default: a new folder below the system's. */
  readonly work?: string
  readonly log?: (level: LogLevel, text: string) => void
  readonly commandTimeoutSeconds?: number
  readonly templateTimeoutSeconds?: number
}

export interface World {
  readonly input: WorldInput
  readonly files: FileRoots
  readonly pillar: Dict
  readonly grains: Dict
  readonly opts: Dict
  readonly cfg: Dict | undefined
  readonly functions: Functions
  /** In a check: the functions that were not called, in the order of the calls. */
  readonly heldBack: readonly string[]
  readonly stateTools: Omit<StateTools, 'progress'>
  /** The template engine, loaded at first use; and the functions, where the text may call any of them. */
  templating(text?: string): Promise<Templating>
  /** Removes the scratch folder. */
  dispose(): void
}

/** A command may take an hour where its state says nothing of time. */
const defaultCommandTimeoutSeconds = 3600

export function createWorld(input: WorldInput): World {
  const scratch = scratchFolder(input.work)
  const grains = grainsWith(input.grains)
  const files = fileRoots(input.fileRoots, input.mounts)
  const opts = optsOf({
    id: textOf(grains.get('id') ?? ''),
    test: input.test,
    fileRoots: input.fileRoots,
    pillarRoots: input.pillarRoots ?? [],
    grains,
    cfg: input.cfg,
    given: input.opts,
    scratch: input.work ?? tmpdir(),
  })
  opts.set('pillar', input.pillar)
  const shared = {
    shell: input.shell,
    pillar: input.pillar,
    grains,
    opts,
    cfg: input.cfg,
    files,
    environment: new Map(Object.entries(deploymentEnvironment())),
    scratch: scratch.path,
    commandTimeoutSeconds: input.commandTimeoutSeconds ?? defaultCommandTimeoutSeconds,
    log: input.log ?? (() => {}),
  }
  let loaded: Templating | undefined
  let loading: Promise<Templating> | undefined
  const heldBack: string[] = []
  const holdBack = (name: string) => void heldBack.push(name)
  const functions = createFunctions(() => functionTools, input.functions, input.check ? holdBack : undefined)
  const templating = async (text?: string): Promise<Templating> => {
    loading ??= import('../language/templating.ts').then(({ createTemplating }) => createTemplating(world))
    if (text === undefined || mayCall(text)) await functions.load()
    loaded ??= await loading
    return loaded
  }
  const functionTools: FunctionTools = {
    ...shared,
    call: functions.call,
    has: functions.has,
    names: functions.names,
    render: (source, context, engine) => {
      if (!loaded) throw new Error('the template engine is loaded before functions that render')
      return loaded.renderFile(source, context, engine)
    },
  }
  const stateTools: Omit<StateTools, 'progress'> = {
    ...shared,
    signal: input.signal,
    memory: new Map(),
    call: async (name, args, keywords) => {
      await templating()
      return functions.call(name, args, keywords)
    },
    has: async name => {
      await functions.load()
      return functions.has(name)
    },
    find: async name => {
      await functions.load()
      return functions.find(name)
    },
    render: async (source, context, engine) => (await templating(source.text)).renderFile(source, context, engine),
  }
  const world: World = {
    input,
    files,
    pillar: input.pillar,
    grains,
    opts,
    cfg: input.cfg,
    functions,
    heldBack,
    stateTools,
    templating,
    dispose: scratch.remove,
  }
  return world
}

/** Whether a template may call an execution function: by itself, or by what it imports. */
function mayCall(text: string): boolean {
  return /\bsalt\b|\{%[-+]?\s*(import|from|include|extends)/.test(text)
}

/** Made when somebody asks for it. */
function scratchFolder(work: string | undefined): { path: () => string; remove: () => void } {
  let folder: string | undefined
  return {
    path: () => {
      folder ??= mkdtempSync(join(work ?? tmpdir(), 'states-'))
      return folder
    },
    remove: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
      folder = undefined
    },
  }
}

/** An empty mapping that names itself as Salt's pillar does in faults. */
export function pillarDict(values: Dict = new Dict()): Dict {
  const pillar = new Dict('salt.utils.context.NamespacedDictWrapper')
  for (const [key, value] of values) pillar.set(key, value)
  return pillar
}
