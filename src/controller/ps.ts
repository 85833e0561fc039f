/** ps: the processes of an application; restart and scale them. */

import { settingOf } from '../configuration/settings/index.ts'
import { declarationsOf, runningProcesses } from '../deployment/processes.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { putRequest } from '../pipeline/queue.ts'
import { activate as switching } from '../procedures/activate.ts'
import { Dict } from '../salt/python/dict.ts'
import { setConfiguration } from './config.ts'
import { type Context, openProject, releaseToBegin } from './context.ts'
import type { Begun } from './deploy.ts'
import { runningRelease } from './running.ts'
import { startRunner } from './start-runner.ts'

export interface ProcessRow {
  /** `web.1`. */
  readonly name: string
  readonly pid: number | null
  readonly state: string
  readonly address: string | null
  readonly release: string
  /** How often it died and was started again. */
  readonly restarts: number
  /** How it ended last: `status 1`, `SIGKILL`; null when it never did. */
  readonly last_exit: string | null
}

export async function processes(context: Context, name: string): Promise<ProcessRow[]> {
  const layout = await openProject(context, name)
  const running = await runningProcesses(layout, context.shell)
  return running.map(one => ({
    name: `${one.process}.${one.number}`,
    pid: one.pid,
    state: one.state,
    address: one.address ? `${one.address.host}:${one.address.port}` : null,
    release: one.release,
    restarts: one.restarts,
    last_exit: one.lastExit && (one.lastExit.signal ?? `status ${one.lastExit.status}`),
  }))
}

/** New processes start beside the old ones, are checked, and take over: no request fails. */
export async function restart(context: Context, name: string, by: string): Promise<Begun> {
  await runningRelease(context, name)
  return activate(context, name, by, true)
}

/** `web=3 worker=0`. Kept for later deployments. */
export async function scale(context: Context, name: string, by: string, words: readonly string[]): Promise<Begun> {
  if (words.length === 0) throw new CorpusError('USAGE', 'Name processes and counts: web=3.')
  const counts = words.map(countOf)
  const { cfg, installer, tree } = await runningRelease(context, name)
  const before = settingOf(cfg, 'scale')
  const wanted = Dict.of([...(before instanceof Dict ? before : []), ...counts])
  // What cannot be is refused before anything is kept.
  cfg.set('scale', wanted)
  declarationsOf({ cfg, installer }, tree)
  await setConfiguration(
    context,
    name,
    counts.map(([process, count]) => `scale.${process}=${count}`),
  )
  return activate(context, name, by, false)
}

function countOf(word: string): readonly [string, number] {
  const match = /^([A-Za-z][\w-]*)=(\d{1,4})$/.exec(word)
  if (!match) throw new CorpusError('USAGE', `${shown(word)} is not a process and a count, such as web=3.`)
  return [match[1] as string, Number(match[2])]
}

async function activate(context: Context, name: string, by: string, restarts: boolean): Promise<Begun> {
  const layout = await openProject(context, name)
  const release = releaseToBegin(context)
  const nothing = { branch: null, before: null, commit: null }
  putRequest(layout, { release, kind: 'procedure', by, only: [switching.name], restart: restarts, ...nothing })
  await startRunner(context, layout)
  return { layout, release }
}
