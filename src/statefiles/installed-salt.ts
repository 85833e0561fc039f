/** State files run by an installed Salt: `engine: salt`. The files, the pillar and the verdicts are the same; the engine is not ours. */

import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toJson } from '../configuration/json.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkLeadingOut } from '../project/links-out.ts'
import type { StatesInput } from '../salt/apply.ts'
import { Dict } from '../salt/python/dict.ts'
import { readJson } from '../salt/python/json.ts'
import { str } from '../salt/python/repr.ts'
import type { Value } from '../salt/python/value.ts'
import { type Program, program } from '../shell/programs.ts'
import { type Outcome, type Shell, textOf } from '../shell/shell.ts'

/** A state as Salt told it. */
interface SaltResult {
  readonly id: string
  readonly function: string
  readonly result: boolean | null
  readonly changed: boolean
  readonly comment: string
  readonly milliseconds: number
}

export type SaltAnswer = { readonly results: readonly SaltResult[] } | { readonly faults: readonly string[] }

export interface SaltRun {
  readonly shell: Shell
  readonly input: Omit<StatesInput, 'shell' | 'sls'>
  readonly sls: readonly string[]
  /** A folder of the run's own: configuration, cache and keys of Salt go there, and go away with it. */
  readonly work: string
  readonly output: (text: string) => void
  readonly signal?: AbortSignal
}

/** Throws PROGRAM_MISSING, DEPLOYMENT_CANCELLED, STATES_INVALID where Salt gave no answer. */
export async function runSalt(run: SaltRun): Promise<SaltAnswer> {
  for (const root of [...run.input.fileRoots, ...(run.input.pillarRoots ?? [])]) {
    // Ours looks at each link when it reads; an installed Salt follows all of them.
    const link = existsSync(root) ? linkLeadingOut(root, '.') : null
    if (link !== null) throw new CorpusError('STATES_INVALID', `${link}.`)
  }
  const folder = join(run.work, 'salt-engine')
  rmSync(folder, { recursive: true, force: true })
  writeSaltFolder(folder, run.input)
  const ended = await run.shell.run({
    argv: saltCallVector(folder, run.sls, run.input.test ?? false),
    ofProject: true,
    onOutput: (piece, stream) => {
      if (stream === 'stderr') run.output(textOf(piece))
    },
    ...(run.signal ? { signal: run.signal } : {}),
  })
  run.signal?.throwIfAborted()
  if (ended.spawnError !== undefined)
    throw new CorpusError('PROGRAM_MISSING', 'The configuration says engine: salt, but salt-call is not installed.')
  return readSaltAnswer(ended)
}

/** Only errors are told beside the answer: they are the output of the deployment. */
export function saltCallVector(folder: string, sls: readonly string[], test: boolean): [Program, ...string[]] {
  const words = ['--local', '--config-dir', folder, '--retcode-passthrough', '--no-color', '--log-level', 'error']
  const asked = ['state.sls', sls.join(','), 'concurrent=True', ...(test ? ['test=True'] : [])]
  return [program('salt-call'), ...words, '--out', 'json', '--out-indent', '-1', ...asked]
}

/** A minion's configuration and the roots as Salt wants them: pillar with a top file, installers below their long names. */
export function writeSaltFolder(folder: string, input: Omit<StatesInput, 'shell' | 'sls'>): void {
  const roots = join(folder, 'roots')
  const pillar = join(folder, 'pillar')
  for (const made of [folder, roots, pillar]) mkdirSync(made, { recursive: true, mode: 0o700 })
  for (const [prefix, target] of input.includeRoots ?? []) {
    const link = join(roots, ...prefix.split('.'))
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
  const named = input.pillarSls ?? []
  writeFileSync(join(pillar, 'top.sls'), JSON.stringify({ base: { '*': named } }))
  const options = Object.fromEntries([...(input.opts ?? new Dict())].map(([key, value]) => [str(key), toJson(value)]))
  const minion = {
    ...options,
    id: 'corpus',
    file_client: 'local',
    master_type: 'disable',
    file_roots: { base: [...input.fileRoots, roots] },
    pillar_roots: { base: [pillar, ...(input.pillarRoots ?? [])] },
    ms_project: input.cfg ? toJson(input.cfg) : {},
    cachedir: join(folder, 'cache'),
    pki_dir: join(folder, 'pki'),
    sock_dir: join(folder, 'run'),
    log_file: join(folder, 'log'),
    extension_modules: join(folder, 'extmods'),
  }
  // JSON is YAML too; the configuration may hold secrets.
  writeFileSync(join(folder, 'minion'), `${JSON.stringify(minion, null, 2)}\n`, { mode: 0o600 })
}

/** The document that `--out json` prints, whatever else was printed before it. */
export function readSaltAnswer(ended: Pick<Outcome, 'status' | 'stdout' | 'stderr'>): SaltAnswer {
  const local = localOf(textOf(ended.stdout))
  if (local instanceof Dict && [...local.values()].every(row => row instanceof Dict && row.has('result')))
    return {
      results: [...local]
        .map(([tag, row]) => resultOf(str(tag), row as Dict))
        .sort(byNumber)
        .map(({ result }) => result),
    }
  if (Array.isArray(local) && local.length > 0) return { faults: local.map(str) }
  if (typeof local === 'string' && local !== '') return { faults: [local] }
  const tail = textOf(ended.stderr).trim().split('\n').slice(-20).join('\n')
  throw new CorpusError('STATES_INVALID', `salt-call ended with status ${ended.status} and without results.`, {
    detail: tail,
  })
}

/** Deprecation warnings may stand before the document. */
function localOf(text: string): Value | undefined {
  for (const { index } of text.matchAll(/^\{/gm)) {
    try {
      const document = readJson(text.slice(index))
      if (document instanceof Dict && document.has('local')) return document.get('local')
    } catch {
      // not the document
    }
  }
  return undefined
}

const byNumber = (a: { number: number }, b: { number: number }): number => a.number - b.number

function resultOf(tag: string, row: Dict): { number: number; result: SaltResult } {
  const [module = '', id = '', , name = ''] = tag.split('_|-')
  const { result, changes, comment } = {
    result: row.get('result') ?? null,
    changes: row.get('changes') ?? null,
    comment: row.get('comment') ?? '',
  }
  return {
    number: Number(str(row.get('__run_num__') ?? 0)),
    result: {
      id: str(row.get('__id__') ?? id),
      function: `${module}.${name}`,
      result: typeof result === 'boolean' ? result : null,
      changed: changes instanceof Dict && changes.size > 0,
      comment: Array.isArray(comment) ? comment.map(str).join('\n') : str(comment),
      milliseconds: Math.round(Number.parseFloat(str(row.get('duration') ?? 0))) || 0,
    },
  }
}
