/** The application's processes: which ones a release wants, and the switch from those that run. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf, settings } from '../configuration/settings/index.ts'
import { commitFiles } from '../git/commit-files.ts'
import { ingressPlace } from '../ingress/place.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ProcessName, ProjectName, ReleaseId } from '../kernel/names.ts'
import { subtree, type TreeFiles } from '../kernel/tree-files.ts'
import { readRecord } from '../pipeline/history.ts'
import { atHome } from '../project/account.ts'
import { applicationPath, filesIn } from '../project/application-path.ts'
import { runsProcfile } from '../project/installer.ts'
import { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import { type Declaration, declaredProcesses, takesTraffic } from '../services/declared.ts'
import type { Driver, Running } from '../services/driver.ts'
import { type Instance, plannedInstances } from '../services/instance.ts'
import { servicesPlace } from '../services/place.ts'
import type { PortHolders } from '../services/port-holders.ts'
import { type ProcfileEntry, parseProcfile } from '../services/procfile.ts'
import type { SwitchStep } from '../services/switch.ts'
import { isRoot } from '../shell/account.ts'
import { systemPath } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { applicationEnvironment } from './application-environment.ts'
import { containerCommand, containerWishes } from './container-wishes.ts'
import { applicationFolder, type Deployment, note } from './deployment.ts'
import { hasSite, wantsSite } from './site-wanted.ts'
import { isSameTag, releaseOfTree } from './source.ts'
import { signalOfTheWayForward, stoppable } from './stoppable.ts'
import { isUnchanged } from './unchanged.ts'

/** A Procfile's `release` line is no process: it runs once, before the new processes start. */
const releaseLine = 'release'

/** Whether a tree's release would have processes: cheap, since every push asks. */
export function declaresProcesses(deployment: Pick<Deployment, 'cfg' | 'installer'>, files: TreeFiles): boolean {
  const services = settingOf(deployment.cfg, 'services')
  if (services instanceof Dict && services.size > 0) return true
  return presetProcesses(deployment).size > 0 || (runsProcfile(deployment) && files.has('Procfile'))
}

/** Starts what the release wants beside what runs, waits until it is healthy, moves traffic, and stops the old ones. */
export async function switchToRelease(deployment: Deployment): Promise<readonly Running[]> {
  const { layout } = deployment
  const tree = applicationFolder(deployment)
  const files = filesIn(tree, deployment.cfg)
  const wantsAny = declaresProcesses(deployment, files)
  const hasVisited = wantsAny && visitedProcesses(deployment, tree).length > 0
  if (deployment.cfg.has('built_site')) (await import('./built-site.ts')).settleBuiltSite(deployment, files, hasVisited)
  const site = wantsSite(deployment, hasVisited)
  if (!site && hasSite(layout)) await (await import('./site.ts')).removeSite(layout, deployment.shell)
  if (!wantsAny && !hasSupervised(layout)) {
    if (site) await (await import('./site.ts')).publishSite(deployment, tree, [])
    return []
  }
  const driver = await driverOf(layout.root, deployment.shell)
  const serving = wantsAny ? await servingTree(deployment, driver) : tree
  const instances = wantsAny ? await instancesOf(deployment, serving) : []
  if (wantsAny) await runReleaseLine(deployment, tree)
  const { switchProcesses } = await import('../services/switch.ts')
  const portsAreClosed = wantsAny && (await closePorts(deployment))
  const outcome = await switchProcesses(
    {
      driver,
      shell: deployment.shell,
      portsAreClosed,
      ...(isRoot() ? { holdPorts: () => holdNewPorts(deployment) } : {}),
      ...signalOfTheWayForward(deployment),
      ...(site ? await trafficTools(deployment, serving) : {}),
      // Who pushed does not wait for the last visitor of the release before; its end is told in the log.
      ...(settingOf(deployment.cfg, 'drain') === 'wait'
        ? {}
        : { behind: going => void deployment.notifications.push(() => going) }),
      tell: step => tellStep(deployment, step),
    },
    layout.name,
    instances,
    { restart: startsAnew(deployment), drainSeconds: drainSecondsOf(deployment) },
  )
  return outcome.serving
}

/** How the switch leads traffic, and finds out where a killed one left it. */
async function trafficTools(deployment: Deployment, tree: string) {
  const { ingressOf, publishSite } = await import('./site.ts')
  const entryPoint = await ingressOf(deployment.layout, deployment.shell)
  const visited = new Set(visitedProcesses(deployment, tree))
  return {
    async moveTraffic(running: readonly Running[]) {
      const reached = running.filter(one => visited.has(one.process))
      await publishSite(deployment, tree, reached)
      deployment.journal.write('traffic', 'done')
    },
    servingPorts: () => entryPoint.servingPorts(deployment.layout.name),
  }
}

/** Those that an ingress can lead traffic to. */
export const visitedProcesses = (deployment: Declares, tree: string): ProcessName[] =>
  declarationsOf(deployment, tree)
    .filter(takesTraffic)
    .map(one => one.name)

/**
 * Applications may listen on every address; nothing but this machine reaches the ports that we hand out: true where that holds. Where
 * this process closed them for the project before, it looks again when nobody waits: who took the rule away opened the ports of what
 * runs already.
 */
export async function closePorts(
  deployment: Pick<Deployment, 'layout' | 'shell' | 'afterVerdict' | 'emit'>,
): Promise<boolean> {
  if (!isRoot()) return false
  const { ensureFirewall } = await import('../services/firewall.ts')
  const { layout, shell, afterVerdict } = deployment
  if (closed.has(layout.home)) {
    closed.delete(layout.home)
    afterVerdict.push(async () => {
      if ((await ensureFirewall(shell)) === 'standing') closed.add(layout.home)
    })
    return true
  }
  try {
    if ((await ensureFirewall(shell)) !== 'standing') return false
    closed.add(layout.home)
    return true
  } catch (error) {
    note(deployment, `the ports of applications are not closed to the outside: ${(error as Error).message}`, 'warning')
    return false
  }
}

/** Projects whose processes this warm process has started behind a standing firewall. */
const closed = new Set<string>()

/**
 * Nobody but the project's account answers at the ports of its processes, also where one died. Each process has two ports in turn:
 * where this warm process had them held for the account before, it sees to it when nobody waits.
 */
async function holdNewPorts(deployment: Pick<Deployment, 'layout' | 'shell' | 'afterVerdict' | 'emit'>): Promise<void> {
  const { holdPorts, portHolders } = await import('../services/port-holders.ts')
  const { layout, shell, afterVerdict } = deployment
  const place = servicesPlace(layout.root)
  const hold = async () => {
    const holders = portHolders(place, layout.name)
    if (await holdPorts(shell, place, holders)) held.set(layout.home, holders)
  }
  const before = held.get(layout.home)
  held.delete(layout.home)
  const isHeld = [...portHolders(place, layout.name)].every(
    ([port, users]) => String(before?.get(port)) === String(users),
  )
  try {
    if (!isHeld) await hold()
  } catch (error) {
    note(deployment, `ports of applications are not held: ${(error as Error).message}`, 'warning')
  }
  afterVerdict.push(hold)
}

const held = new Map<string, PortHolders>()

function tellStep(deployment: Deployment, step: SwitchStep): void {
  if (step.step === 'notice') note(deployment, step.sentence, 'notice')
  else if (step.step !== 'drain' && step.step !== 'traffic') {
    note(deployment, `${words[step.step]} ${step.names.map(short).join(', ')}`)
  }
}

/** How long requests in flight may stay on the old processes. */
function drainSecondsOf(deployment: Deployment): number {
  const seconds = settingOf(deployment.cfg, 'drain_seconds')
  // State files may have set it to anything.
  return typeof seconds === 'number' && seconds >= 0 ? seconds : settings.drain_seconds.otherwise
}

/** A developer edits the tree in place: what runs is of the files as they were, and nothing else would tell. */
const startsAnew = ({ request, mode }: Deployment): boolean => request.restart === true || mode === 'editable'

/** What runs of a project now, according to the supervisor, without what only waits for its last visitors. */
export async function runningProcesses(layout: ProjectLayout, shell: Shell): Promise<readonly Running[]> {
  const all = await allProcesses(layout, shell)
  const ends = ({ state, leaving }: Running) => leaving || state === 'stopping' || state === 'stopped'
  const hasSuccessor = (one: Running) =>
    all.some(
      other => other.process === one.process && other.number === one.number && other.name !== one.name && !ends(other),
    )
  return all.filter(one => !one.leaving && !(ends(one) && hasSuccessor(one)))
}

/** The processes of a project, with those that only wait for their last visitors. */
export async function allProcesses(layout: ProjectLayout, shell: Shell): Promise<readonly Running[]> {
  if (!hasSupervised(layout)) return []
  return (await driverOf(layout.root, shell)).list(layout.name)
}

/** What a runner that died was to stop: of one project, or of all of a root. Returns the names. */
export async function finishLeaving(root: string, shell: Shell, project?: ProjectName): Promise<readonly string[]> {
  const driver = await driverOf(root, shell)
  const { begin, isLate, leave } = await import('../services/leaving.ts')
  const late = (await driver.list(project)).filter(one => isLate(one.leaving))
  const mine = late.filter(one => {
    const folder = driver.folder(one.name)
    const leaving = leave(folder, Date.now())
    return leaving !== null && begin(folder, leaving)
  })
  await driver.stop(mine.map(one => one.name))
  return mine.map(one => one.name)
}

export async function stopProcesses(layout: ProjectLayout, shell: Shell): Promise<void> {
  if (!hasSupervised(layout)) return
  const driver = await driverOf(layout.root, shell)
  await driver.stop((await driver.list(layout.name)).map(one => one.name))
}

export async function stopForDowntime(deployment: Deployment): Promise<void> {
  await stopProcesses(deployment.layout, deployment.shell)
}

/** Stops processes of a failed release, but for those that serve: they stay until the release before them does again. */
export async function withdrawProcesses(deployment: Deployment): Promise<void> {
  if (!hasSupervised(deployment.layout)) return
  const driver = await driverOf(deployment.layout.root, deployment.shell)
  const isReached = await reachedBy(deployment)
  const unwanted = (await driver.list(deployment.layout.name)).filter(
    one => deployment.previous === null || (!one.proven && !isReached(one)),
  )
  await driver.stop(unwanted.map(one => one.name))
}

/**
 * Whether traffic may reach a process: a runner that died right after it had moved traffic could not write down that the new ones
 * passed. While it is not known where traffic goes, none of those that have a port is taken away.
 */
async function reachedBy({ layout }: Deployment): Promise<(one: Running) => boolean> {
  if (!hasSite(layout)) return () => false
  const { servingPorts } = await import('../ingress/site-records.ts')
  const ports = servingPorts(ingressPlace(layout.root), layout.name)
  return one => one.address !== null && (ports === null || ports.has(one.address.port))
}

/** Whether visitors are led into the tree of a release, or to processes that run in it. */
export async function isServed(layout: ProjectLayout, release: ReleaseId, shell: Shell): Promise<boolean> {
  if (!hasSite(layout)) return false
  const { servedTrees } = await import('../ingress/site-records.ts')
  if (
    servedTrees(ingressPlace(layout.root), layout.name).some(tree => `${tree}/`.startsWith(`${layout.tree(release)}/`))
  )
    return true
  return treesOf(layout, await allProcesses(layout, shell)).includes(release)
}

/** Releases whose trees processes run from. */
export const treesOf = (layout: ProjectLayout, running: readonly Running[]): ReleaseId[] =>
  running.flatMap(one => releaseOfTree(layout, one.folder) ?? [])

/** The declarations of a tree: its Procfile, else what the installer starts, with `services` of the configuration over them. */
export function declarationsOf(deployment: Declares, tree: string): readonly Declaration[] {
  const procfile = procfileOf(deployment, tree).filter(entry => entry.name !== releaseLine)
  return declaredProcesses(procfile, plain(settingOf(deployment.cfg, 'services')), scaleOf(deployment))
}

const words = { keep: 'kept', start: 'started', healthy: 'healthy:', stop: 'stopped' } as const
const short = (name: string) => name.split('.').slice(2, 4).join('.')

async function driverOf(root: string, shell: Shell): Promise<Driver> {
  const { servicesDriver } = await import('../services/choose.ts')
  return servicesDriver(root, shell)
}

/** Nothing was ever supervised for a root without these folders; systemd keeps its own account. */
function hasSupervised(layout: ProjectLayout): boolean {
  return existsSync(join(layout.root, 'corpus', 'runit')) || existsSync('/run/systemd/system')
}

async function instancesOf(deployment: Deployment, tree: string): Promise<readonly Instance[]> {
  const declared = declarationsOf(deployment, tree)
  const isContainer = declared.some(one => one.command === containerCommand)
  const processes = isContainer
    ? (await import('./containers.ts')).keptContainers(deployment, tree, declared)
    : declared
  return plannedInstances({
    project: deployment.layout.name,
    release: deployment.release,
    tree,
    account: deployment.account,
    processes,
    environment: applicationEnvironment(deployment, tree),
    ...(startsAnew(deployment) ? { generation: deployment.release } : {}),
  })
}

/**
 * When nothing changed, what runs may stay where it is: in the tree of the release before. What a failed release started runs
 * in a tree of its own, and never stays.
 */
async function servingTree(deployment: Deployment, driver: Driver): Promise<string> {
  const own = applicationFolder(deployment)
  if (!isUnchanged(deployment)) return own
  const running = (await driver.list(deployment.layout.name)).filter(one => one.proven)
  const release = running[0] && releaseOfTree(deployment.layout, running[0].folder)
  const record = release ? readRecord(deployment.layout, release) : undefined
  const isSame =
    isSameTag(deployment.layout, release, deployment.release) &&
    record?.status === 'succeeded' &&
    (record.commit === deployment.commit || deployment.sameBelow === true)
  const tree = release && isSame ? join(deployment.layout.tree(release), applicationPath(deployment.cfg)) : own
  return existsSync(tree) && running.every(one => one.folder.startsWith(tree)) ? tree : own
}

/** Of PHP and Zope the server is no file of the project, and no line that a person would write. */
function hasOwnServer({ installer }: Pick<Deployment, 'installer'>): boolean {
  const own = installer.defaults.get('processes')
  return own instanceof Dict && own.has('web')
}

/** The line that asks Heroku's PHP for its server asks ours here. */
const isOwnServer = (deployment: Pick<Deployment, 'installer'>, { name, command }: ProcfileEntry): boolean =>
  name === 'web' && hasOwnServer(deployment) && /^(?:\.?\/?vendor\/bin\/)?heroku-php-(?:apache2|nginx)\b/.test(command)

/** What declarations are read from; the commit, where it is known, is that of the tree. */
type Declares = Pick<Deployment, 'cfg' | 'installer'> & Partial<Pick<Deployment, 'layout' | 'shell' | 'commit'>>

function procfileOf(deployment: Declares, tree: string): readonly ProcfileEntry[] {
  const entries = runsProcfile(deployment) ? writtenIn(deployment, tree) : undefined
  const written = entries?.filter(entry => entry.name !== releaseLine && !isOwnServer(deployment, entry)) ?? []
  const preset = [...presetProcesses(deployment)]
  // A release line alone says nothing of what runs; nor does any other of a server that is the installer's own.
  const isAdded = (name: string) =>
    written.length === 0 || (name === 'web' && hasOwnServer(deployment) && !written.some(one => one.name === 'web'))
  const lines = preset.filter(([name]) => isAdded(name)).map(([name, command]) => `${name}: ${command}`)
  const kept = entries?.filter(entry => !isOwnServer(deployment, entry)) ?? []
  return [...kept, ...(lines.length === 0 ? [] : parseProcfile(lines.join('\n')))]
}

/**
 * The Procfile of a tree; undefined where it has none. The tree of a release may be the account's, also that of an older one which
 * is gone back to: where what lies there cannot be read, what was committed counts.
 */
function writtenIn(deployment: Declares, tree: string): readonly ProcfileEntry[] | undefined {
  const read = (files: TreeFiles) => {
    const text = files.text('Procfile')
    return text === undefined ? undefined : parseProcfile(text)
  }
  const files = filesIn(tree, deployment.cfg)
  try {
    const entries = read(files)
    if (entries !== undefined || !files.has('Procfile')) return entries
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    return read(committedFiles(deployment) ?? files)
  }
  const committed = committedFiles(deployment)
  return committed === null ? undefined : read(committed)
}

function committedFiles({ layout, shell, commit, cfg }: Declares): TreeFiles | null {
  if (!layout || !shell || !commit) return null
  return subtree(commitFiles(shell, layout.projectGit, commit), applicationPath(cfg))
}

/** What runs where the project has no Procfile: as the installer says, with `processes` of the configuration over it. */
function presetProcesses({ cfg, installer }: Pick<Deployment, 'cfg' | 'installer'>): ReadonlyMap<string, string> {
  const preset = new Map(installer.processes)
  for (const name of containerWishes(cfg).keys()) preset.set(name, containerCommand)
  const configured = settingOf(cfg, 'processes')
  if (!(configured instanceof Dict)) return preset
  for (const [name, command] of configured) {
    if (command === null) preset.delete(String(name))
    else preset.set(String(name), String(command))
  }
  return preset
}

async function runReleaseLine(deployment: Deployment, tree: string): Promise<void> {
  const line = procfileOf(deployment, tree).find(entry => entry.name === releaseLine)
  if (!line || isUnchanged(deployment)) return
  const isContainer = line.command === containerCommand
  const once = isContainer ? (await import('./containers.ts')).containerOnce(deployment, tree, releaseLine) : null
  note(deployment, `runs the release line${isContainer ? ' in a container' : `: ${line.command}`}`)
  const { withinBuildLimits } = await import('./build-limits.ts')
  await stoppable(deployment, 'the release line of the Procfile', async () => {
    const [failure] = await withinBuildLimits(deployment, 'The release line', async shell => {
      const ended = await shell.run({
        ...(once === null
          ? {
              argv: ['/bin/sh', '-c', line.command],
              ofProject: true,
              cwd: tree,
              env: applicationEnvironment(deployment, tree),
              ...(deployment.account ? { user: atHome(deployment.account, deployment.layout) } : {}),
            }
          : { argv: once.argv, cwd: deployment.layout.home, env: { PATH: systemPath, ...once.environment } }),
        signal: deployment.signal,
        onOutput: piece => deployment.emit({ type: 'output', text: textOf(piece) }),
      })
      return ended.status === 0 ? [] : [`The release line of the Procfile ended with status ${ended.status}.`]
    })
    if (failure !== undefined) throw new CorpusError('RELEASE_LINE_FAILED', failure)
  })
}

function scaleOf(deployment: Pick<Deployment, 'cfg'>): Record<string, number> {
  const scale = settingOf(deployment.cfg, 'scale')
  if (!(scale instanceof Dict)) return {}
  return Object.fromEntries([...scale].map(([name, count]) => [String(name), Number(count)]))
}
