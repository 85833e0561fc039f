/** From the processes that run to those that are wanted: new ones beside the old, proven, traffic moved, old ones drained and stopped. */
import type { ProjectName } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import type { Driver, Running } from './driver.ts'
import { waitHealthy } from './health.ts'
import { type Instance, renamedInstance } from './instance.ts'
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
  /** Aborted: new ones are stopped, the old ones are left as they are. Ignored once traffic was moved. */
  readonly signal?: AbortSignal
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
  const plan = switchPlan(await tools.driver.list(project), wanted, options.restart ?? false, ports)
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
    await allHealthy(tools, plan.unproven)
    say(
      'healthy',
      plan.unproven.map(one => one.name),
    )
    const keep = new Set<string>([...plan.kept, ...plan.unproven].map(one => one.name))
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
  say(
    'drain',
    plan.outdated.map(one => one.name),
  )
  if (tools.moveTraffic) await drained(plan.outdated, options.drainSeconds ?? 30)
  say(
    'stop',
    plan.outdated.map(one => one.name),
  )
  await tools.driver.stop(plan.outdated.map(one => one.name))
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
    .filter(one => one.state !== 'stopping' && one.state !== 'stopped')
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
    !serves(one) && (reached.has(one.process) || (servingPorts !== null && !one.proven))
  const served = new Set<string>(running.filter(one => one.proven || serves(one)).map(one => one.name))
  const [leftOver, outdated] = [gone.filter(isLeftOver), gone.filter(one => !isLeftOver(one))]
  return { kept, fresh, unproven, outdated, leftOver, served }
}

/** The first that fails ends the waiting for the others. */
async function allHealthy(tools: SwitchTools, instances: readonly Instance[]): Promise<void> {
  const failed = new AbortController()
  const signal = tools.signal ? AbortSignal.any([tools.signal, failed.signal]) : failed.signal
  const notice = (sentence: string) => tools.tell?.({ step: 'notice', sentence })
  const health = { driver: tools.driver, shell: tools.shell, signal, notice }
  const waits = instances.map(one =>
    waitHealthy(health, one).catch(error => {
      failed.abort(error)
      throw error
    }),
  )
  await Promise.allSettled(waits)
  tools.signal?.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason
}

/** Returns when nobody is connected to the old ones any more, or when the limit is over. */
async function drained(outdated: readonly Running[], limitSeconds: number): Promise<void> {
  const ports = outdated.flatMap(one => one.address?.port ?? [])
  if (ports.length === 0) return
  const end = Date.now() + limitSeconds * 1000
  await pause(Math.min(leastDrainMilliseconds, limitSeconds * 1000))
  while (Date.now() < end && ports.some(port => connectionsTo(port) > 0)) await pause(50)
}
