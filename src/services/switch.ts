/** From the processes that run to those that are wanted: new ones beside the old, proven, traffic moved, old ones drained and stopped. */
import type { ProjectName } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import type { Driver, Running } from './driver.ts'
import { openPortOf, waitHealthy } from './health.ts'
import { type Instance, renamedInstance } from './instance.ts'
import { begin, leave, stay } from './leaving.ts'
import { connectionsTo } from './procfs.ts'
import { pause } from './waiting.ts'

export interface SwitchTools {
  readonly driver: Driver
  readonly shell: Shell
  /** Lets traffic reach exactly these; called again with the same is fine. Absent where there is no ingress. */
  readonly moveTraffic?: (to: readonly Running[]) => Promise<void>
  /** The ports that traffic reaches at this moment, null where that is not known for sure: tells what a killed switch left. */
  readonly servingPorts?: () => ReadonlySet<number> | null
  readonly tell?: (step: SwitchStep) => void
  /** Has nobody but the accounts of what runs answer at its ports; called when those are handed out, and never throws. */
  readonly holdPorts?: () => Promise<void>
  /** Other machines reach no port of an application, wherever it listens. */
  readonly portsAreClosed?: boolean
  /** Aborted: new ones are stopped, the old ones are left as they are. Ignored once traffic was moved. */
  readonly signal?: AbortSignal
  /** Takes over the waiting for the old ones, which never throws: the switch ends before they do. Absent, it waits for them. */
  readonly behind?: (going: Promise<void>) => void
}

export type SwitchStep =
  | { readonly step: 'keep' | 'start' | 'healthy' | 'drain' | 'stop'; readonly names: readonly string[] }
  | { readonly step: 'traffic'; readonly names: readonly string[] }
  | { readonly step: 'notice'; readonly sentence: string }

export interface SwitchOutcome {
  /** What serves now. */
  readonly serving: readonly Running[]
  readonly started: readonly string[]
  readonly kept: readonly string[]
  readonly stopped: readonly string[]
}

export interface SwitchOptions {
  /** How long requests in flight (and WebSockets) may stay on the old processes. */
  readonly drainSeconds?: number
  /** Starts everything anew although nothing changed. */
  readonly restart?: boolean
}

/** A request that was led to an old process a moment ago has not reached it yet. */
const leastDrainMilliseconds = 150

/**
 * Brings the project's processes to `wanted`. Throws what the first failing step threw, after the new processes were stopped: the
 * old ones serve on as if nothing had been tried. Killed anywhere, the same call finishes the work: what is there is found by digest.
 */
export async function switchProcesses(
  tools: SwitchTools,
  project: ProjectName,
  wanted: readonly Instance[],
  options: SwitchOptions = {},
): Promise<SwitchOutcome> {
  const ports = tools.servingPorts?.() ?? null
  const plan = switchPlan(
    stayWhereWanted(tools.driver, await tools.driver.list(project), wanted),
    wanted,
    options.restart ?? false,
    ports,
  )
  const say = (step: 'keep' | 'start' | 'healthy' | 'drain' | 'stop' | 'traffic', names: readonly string[]) => {
    if (names.length > 0) tools.tell?.({ step, names })
  }
  say(
    'keep',
    plan.kept.map(one => one.name),
  )
  say(
    'start',
    plan.fresh.map(one => one.name),
  )
  // What a killed switch left and no traffic reaches makes room before it is added to.
  await tools.driver.stop(plan.leftOver.map(one => one.name))
  let serving: readonly Running[]
  try {
    await tools.driver.start(plan.fresh)
    const [done] = await Promise.all([allHealthy(tools, plan.unproven), tools.holdPorts?.()])
    const stillUnproven = plan.unproven.filter(one => !done.includes(one))
    say(
      'healthy',
      stillUnproven.map(one => one.name),
    )
    await tools.driver.stop(done.map(one => one.name))
    for (const process of new Set(done.map(one => one.process)))
      tools.tell?.({ step: 'notice', sentence: oneOffSentence(project, process) })
    const keep = new Set<string>([...plan.kept, ...stillUnproven].map(one => one.name))
    serving = (await tools.driver.list(project)).filter(one => keep.has(one.name))
    tools.signal?.throwIfAborted()
    await tools.moveTraffic?.(serving)
  } catch (error) {
    await tools.driver.stop(plan.unproven.filter(one => !plan.served.has(one.name)).map(one => one.name))
    throw error
  }
  say(
    'traffic',
    serving.map(one => one.name),
  )
  await tools.driver.prove(serving.map(one => one.name))
  for (const one of plan.unproven) tellOpenPort(tools, { serving, before: plan.outdated }, one.name)
  const going = letGo(tools, plan.outdated, options.drainSeconds ?? 30)
  if (tools.behind)
    tools.behind(going.catch(error => tools.tell?.({ step: 'notice', sentence: (error as Error).message })))
  else await going
  return {
    serving,
    started: plan.fresh.map(one => one.name),
    kept: plan.kept.map(one => one.name),
    stopped: [...plan.leftOver, ...plan.outdated].map(one => one.name),
  }
}

export interface SwitchPlan {
  /** Proven, up, and the same as wanted: not touched. */
  readonly kept: readonly Running[]
  readonly fresh: readonly Instance[]
  /** Fresh ones, those that an interrupted switch started but did not prove, and proven ones that are down just now. */
  readonly unproven: readonly Instance[]
  readonly outdated: readonly Running[]
  /** Outdated as well, and reached by no traffic although others of its kind are. */
  readonly leftOver: readonly Running[]
  /** Names that served before: a failing switch does not stop those. */
  readonly served: ReadonlySet<string>
}

/** Pure: who stays, who comes, who goes. */
export function switchPlan(
  running: readonly Running[],
  wanted: readonly Instance[],
  restart: boolean,
  servingPorts: ReadonlySet<number> | null = null,
): SwitchPlan {
  const names = new Set<string>(running.map(one => one.name))
  // Of two that are the same, the one that serves already is kept.
  const usable = running
    .filter(one => one.state !== 'stopping' && one.state !== 'stopped' && !one.leaving)
    .filter(one => !restart || !one.proven)
    .sort((a, b) => Number(b.proven) - Number(a.proven))
  const kept: Running[] = []
  const fresh: Instance[] = []
  const unproven: Instance[] = []
  const taken = new Set<string>()
  for (const want of wanted) {
    const same = usable.find(one => one.digest === want.digest && !taken.has(one.name))
    if (same) taken.add(same.name)
    if (same?.proven && same.state === 'running') {
      kept.push(same)
      continue
    }
    const instance = same ? { ...want, name: same.name } : renamedInstance(want, names)
    unproven.push(instance)
    if (!same) fresh.push(instance)
  }
  const gone = running.filter(one => !taken.has(one.name))
  const serves = (one: Running) => servingPorts?.has(one.address?.port ?? 0) ?? false
  const reached = new Set(running.filter(serves).map(one => one.process))
  const isLeftOver = (one: Running) =>
    !one.leaving && !serves(one) && (reached.has(one.process) || (servingPorts !== null && !one.proven))
  const served = new Set<string>(running.filter(one => one.proven || serves(one)).map(one => one.name))
  const [leftOver, outdated] = [gone.filter(isLeftOver), gone.filter(one => !isLeftOver(one))]
  return { kept, fresh, unproven, outdated, leftOver, served }
}

/** For a line that is no process: `seed: bin/seed`. */
const oneOffSentence = (project: ProjectName, process: string): string =>
  `${process} ended with 0 at once: it is a one-off command and no process that keeps running, so it is not started again. ` +
  `Leave it out with \`corpus config set ${project} scale.${process}=0\`, and run it with \`corpus run ${project} -- COMMAND\``

/** The first that fails ends the waiting for the others. Returns those that had nothing more to do. */
async function allHealthy(tools: SwitchTools, instances: readonly Instance[]): Promise<readonly Instance[]> {
  const done: Instance[] = []
  const failed = new AbortController()
  const signal = tools.signal ? AbortSignal.any([tools.signal, failed.signal]) : failed.signal
  const health = { driver: tools.driver, shell: tools.shell, signal }
  const waits = instances.map(one =>
    waitHealthy(health, one).then(
      found => {
        if (found === 'done') done.push(one)
      },
      error => {
        failed.abort(error)
        throw error
      },
    ),
  )
  await Promise.allSettled(waits)
  tools.signal?.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason
  return done
}

/** Of those that are to go, the ones that are wanted again stay: they serve as well as new ones. */
function stayWhereWanted(driver: Driver, running: readonly Running[], wanted: readonly Instance[]): readonly Running[] {
  const digests = new Set(wanted.map(one => one.digest))
  return running.map(one => {
    if (one.leaving === null || !digests.has(one.digest)) return one
    return stay(driver.folder(one.name)) ? { ...one, leaving: null } : one
  })
}

/** Of one process so many may wait for the end of their connections; with more, those that have waited longest end now. */
const mostLeaving = 6

/** Each stops when nobody is connected to it any more, or when the limit is over. One that is wanted again meanwhile stays. */
async function letGo(tools: SwitchTools, outdated: readonly Running[], limitSeconds: number): Promise<void> {
  const { driver, tell } = tools
  const names = outdated.map(one => one.name)
  if (names.length === 0) return
  tell?.({ step: 'drain', names })
  const begun = Date.now()
  const waits = tools.moveTraffic !== undefined
  const waiting = outdated.flatMap(one => {
    const seconds = waits && !isTooMuch(one, outdated) ? limitSeconds : 0
    const leaving = leave(driver.folder(one.name), begun + seconds * 1000)
    return leaving === null ? [] : [{ one, leaving }]
  })
  // A request that was led to an old process a moment ago has not reached it yet.
  if (waits) await pause(Math.min(leastDrainMilliseconds, limitSeconds * 1000))
  const left = new Set(waiting)
  for (;;) {
    const now = [...left].filter(
      ({ one, leaving }) => Date.now() >= leaving.until || connectionsTo(one.address?.port ?? 0) === 0,
    )
    for (const each of now) left.delete(each)
    const mine = now.filter(({ one, leaving }) => begin(driver.folder(one.name), leaving)).map(({ one }) => one.name)
    await driver.stop(mine)
    if (mine.length > 0) tell?.({ step: 'stop', names: mine })
    if (left.size === 0) return
    await pause(50)
  }
}

function isTooMuch(one: Running, outdated: readonly Running[]): boolean {
  const alike = outdated.filter(other => other.process === one.process && other.number === one.number)
  const later = alike.filter(
    other => (other.leaving?.until ?? Number.MAX_SAFE_INTEGER) > (one.leaving?.until ?? Number.MAX_SAFE_INTEGER),
  )
  return later.length >= mostLeaving
}

/** Looked for when traffic is there already: it takes a look at every process of the machine. */
function tellOpenPort(
  tools: SwitchTools,
  { serving, before }: { readonly serving: readonly Running[]; readonly before: readonly Running[] },
  name: string,
): void {
  const running = serving.find(one => one.name === name)
  if (!tools.tell || !running || tools.portsAreClosed) return
  const sentence = openPortOf(running)
  // Of the one before it was told already, and `doctor` says it as long as it is so.
  if (sentence === null || before.some(one => one.process === running.process && openPortOf(one) !== null)) return
  tools.tell({ step: 'notice', sentence })
}
