/** doctor: whether this machine and this root are as corpus needs them, and how to mend what is not. Changes nothing. */
import { constants, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSaved } from '../configuration/saved.ts'
import { readable, spaceAt } from '../disk/space.ts'
import { hookState } from '../git/bare.ts'
import { wideGates } from '../ingress/gates.ts'
import { ingressPlace } from '../ingress/place.ts'
import { recordOf } from '../ingress/site-records.ts'
import { faultOf } from '../kernel/errors.ts'
import { entryIfThere, textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout, type RootLayout, rootLayout } from '../kernel/layout.ts'
import { releaseTime } from '../kernel/release.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { currentRelease } from '../pipeline/history.ts'
import { circumstances, supervisorChoice } from '../services/choose.ts'
import { findAccount, isRoot, ownAccountNames, ownName, refusalOf } from '../shell/account.ts'
import { meansOfLimits } from '../shell/enclosure.ts'
import { isLocked } from '../shell/lock.ts'
import { type Context, isForgotten, projectNames } from './context.ts'
import { loginFindings } from './doctor-login.ts'
import { openPorts, portsOfTheDead } from './doctor-ports.ts'
import { sites } from './doctor-sites.ts'
import { storeFinding } from './doctor-store.ts'
import { allows, type Finding, fine, isProgram, type Program, program, searchPath, wrong } from './findings.ts'
import { launcherOf } from './installed.ts'
import { type Key, listKeys } from './keys.ts'
import { usedByProjects } from './projects-use.ts'

export type { Finding } from './findings.ts'

/** Every check, in the order in which one would mend them. */
export async function doctor(context: Context): Promise<Finding[]> {
  const layout = rootLayout(context.root)
  const findings = [
    node(),
    ...(await Promise.all(programs.map(one => program(context, one)))),
    supervisor(layout),
    buildLimits(),
    ...(await usedByProjects(context)),
    rootFolder(layout),
    disk(layout.root),
    clock(context),
    await storeFinding(context),
    ...(await loginFindings(context)),
    agent(layout),
    path(context),
    ...keys(context),
    ...(await sites(context)),
    ...(await openPorts(context)),
    ...(await portsOfTheDead(context)),
  ]
  for (const name of projectNames(context)) findings.push(...project(context, projectLayout(context.root, name)))
  return findings
}

export const healthy = (findings: readonly Finding[]): boolean =>
  findings.every(one => one.ok || one.level === 'useful')

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const right = major > 22 || (major === 22 && minor >= 13)
  return (right ? fine('node') : wrong('node', 'Run npm ci in the folder of corpus: it brings a Node.'))(
    process.version,
  )
}

const programs: readonly Program[] = [
  { name: 'git', package: 'git', level: 'needed', why: 'every push', argv: ['git', '--version'], least: [2, 30] },
  { name: 'perl', package: 'perl-base', level: 'needed', why: 'the hooks', argv: ['perl', '-e', 'printf "%vd", $^V'] },
  { name: 'flock', package: 'util-linux', level: 'needed', why: 'the lock', argv: ['flock', '--version'] },
  {
    name: 'setpriv',
    package: 'util-linux',
    level: 'needed',
    why: 'running as the account of a project',
    argv: ['setpriv', '--version'],
    onlyRoot: true,
  },
  { name: 'tar', package: 'tar', level: 'needed', why: 'release archives', argv: ['tar', '--version'] },
  { name: 'rsync', package: 'rsync', level: 'needed', why: 'release-sync', argv: ['rsync', '--version'] },
  {
    name: 'zstd',
    package: 'zstd',
    level: 'useful',
    why: 'smaller release archives (else gzip)',
    argv: ['zstd', '--version'],
  },
  { name: 'nginx', package: 'nginx-light', level: 'useful', why: 'host names and static sites', argv: ['nginx', '-v'] },
  {
    name: 'setfacl',
    package: 'acl',
    level: 'useful',
    why: 'letting nginx, and nobody else, through to the files that a site serves',
    argv: ['setfacl', '--version'],
    onlyRoot: true,
  },
  {
    name: 'nft',
    package: 'nftables',
    level: 'useful',
    why: 'keeping other machines from the ports of applications',
    argv: ['nft', '--version'],
    onlyRoot: true,
  },
  {
    name: 'openssl',
    package: 'openssl',
    level: 'useful',
    why: 'certificates of an authority of this machine, and passwords of sites',
    argv: ['openssl', 'version'],
  },
  { name: 'sshd', package: 'openssh-server', level: 'useful', why: 'pushes over ssh', argv: ['sshd', '-V'] },
  { name: 'curl', package: 'curl', level: 'useful', why: 'trying out what answers', argv: ['curl', '--version'] },
]

function supervisor({ root }: RootLayout): Finding {
  const { name, works, found, mend } = supervisorChoice(circumstances(root))
  const missing =
    name === 'runit' &&
    !searchPath()
      .split(':')
      .some(folder => isProgram(join(folder, 'runsvdir')))
  if (missing)
    return wrong(
      'supervisor',
      mend || 'apt-get install runit, or boot the machine with systemd',
    )('neither systemd nor runit')
  return mend === '' ? fine('supervisor')(found) : wrong('supervisor', mend, works ? 'useful' : 'needed')(found)
}

/** Time and niceness hold everywhere. */
function buildLimits(): Finding {
  const { by, memory, cpu } = meansOfLimits()
  if (memory === 'together' && cpu === 'together')
    return fine('build limits', 'useful')(`memory and processors by ${by}`)
  const found = `memory of ${memory === 'together' ? 'all of a build' : 'each process alone'}, processors ${cpu === 'together' ? 'too' : 'not'}`
  const mend = isRoot()
    ? 'Boot the machine with systemd, or let corpus write to /sys/fs/cgroup; build.nice and build.time hold anyway.'
    : 'Run corpus as root, or below a systemd of your own; build.nice and build.time hold anyway.'
  return wrong('build limits', mend, 'useful')(found)
}

function rootFolder({ root }: RootLayout): Finding {
  const mend = 'Set CORPUS_ROOT to a folder of yours (export CORPUS_ROOT=$HOME/corpus), or run corpus as root.'
  for (let at = root; ; at = dirname(at)) {
    if (!existsSync(at)) continue
    if (!statSync(at).isDirectory()) return wrong('root', mend)(`${at} is no folder`)
    if (!allows(at, constants.W_OK | constants.X_OK)) return wrong('root', mend)(`${at} cannot be written to`)
    break
  }
  const shut = isRoot() ? shutFolder(root) : null
  if (shut !== null)
    return wrong(
      'root',
      `chmod o+x ${shut}, or choose another CORPUS_ROOT.`,
    )(`accounts of projects cannot pass ${shut}`)
  return fine('root')(existsSync(root) ? root : `${root}, made by the first init`)
}

/** A folder on the way that other accounts cannot pass. */
function shutFolder(path: string): string | null {
  for (let at = path; at !== '/'; at = dirname(at)) {
    if (existsSync(at) && !(statSync(at).mode & 0o001)) return at
  }
  return null
}

const leastFreeBytes = 256 * 1024 ** 2

function disk(root: string): Finding {
  const { freeBytes, freeFiles } = spaceAt(root)
  const found = `${readable(freeBytes)} free below ${root}`
  if (freeFiles < 10_000)
    return wrong('disk', 'Remove files: the disk takes hardly any more of them.')(`${freeFiles} inodes free`)
  return freeBytes < leastFreeBytes
    ? wrong('disk', 'Make room: fewer keep_archives, or a larger disk.')(found)
    : fine('disk')(found)
}

/** Releases sort by their time: a clock that went back would make a new release look older than the one that runs. */
function clock(context: Context): Finding {
  const now = Date.now()
  const newest = projectNames(context)
    .map(name => currentRelease(projectLayout(context.root, name)))
    .flatMap(release => (release === null ? [] : [releaseTime(release).getTime()]))
  const built = statSync(join(context.home, 'package.json')).mtimeMs
  const latest = Math.max(built, ...newest)
  const found = new Date(now).toISOString()
  return now + 60_000 < latest
    ? wrong(
        'clock',
        'Set the clock (timedatectl set-ntp true).',
      )(`${found}, before ${new Date(latest).toISOString()}, when something here was made`)
    : fine('clock')(found)
}

function agent({ root, agentSocket }: RootLayout): Finding {
  const listens = (textIfThere('/proc/net/unix') ?? '').split('\n').some(line => line.endsWith(` ${agentSocket}`))
  return listens
    ? fine('agent', 'useful')('runs')
    : wrong(
        'agent',
        `Pushes start faster with one, and it brings back what a restart of the machine ended: corpus agent --enable --root=${shellWord(root)}`,
        'useful',
      )('does not run')
}

function path(context: Context): Finding {
  const launcher = launcherOf(context)
  const found = (process.env['PATH'] ?? '')
    .split(':')
    .map(folder => join(folder, 'corpus'))
    .find(isProgram)
  const link = `ln -s ${shellWord(launcher)}`
  const mend = isRoot() ? `${link} /usr/local/bin/corpus` : `mkdir -p ~/.local/bin && ${link} ~/.local/bin/corpus`
  if (found === undefined) return wrong('PATH', mend, 'useful')('corpus is not on it')
  return realpathSync(found) === realpathSync(launcher)
    ? fine('PATH', 'useful')(found)
    : wrong('PATH', mend, 'useful')(`${found} is another corpus`)
}

/** Nothing to say where nobody pushes by ssh. */
function keys(context: Context): Finding[] {
  const all = listKeys(context)
  const names = (some: readonly Key[]) => some.map(one => one.name).join(', ')
  const lost = all.filter(one => !isProgram(one.door))
  const unlimited = all.filter(one => one.unlimited)
  if (lost.length > 0) {
    const mend = `corpus keys add ${lost[0]?.name} --project GLOB (for each of them: the file of the key is not needed)`
    return [wrong('keys', mend)(`${names(lost)}: ${lost[0]?.door} is not here`)]
  }
  if (unlimited.length > 0) {
    const mend = `corpus keys add ${unlimited[0]?.name} --project GLOB (for each of them; \`*\` is every project)`
    const as = isRoot() ? 'root' : ownName()
    return [
      wrong(
        'keys',
        mend,
        'useful',
      )(`added before keys had rights, and may do everything as ${as}: ${names(unlimited)}`),
    ]
  }
  return all.length === 0 ? [] : [fine('keys', 'useful')(`${all.length}, each bound to what it may do`)]
}

/** What can go wrong with one project. */
const projectChecks = { hooks, wiring, settings, account, line, gates, freeze } as const

function project(context: Context, layout: ProjectLayout): Finding[] {
  return Object.entries(projectChecks).flatMap(([what, check]) => {
    const name = `${what} of ${layout.name}`
    try {
      return check(name, layout, context) ?? []
    } catch (error) {
      // What cannot be looked at is told like the rest of it, and the rest is looked at.
      const { message, wayOut } = faultOf(error)
      return wrong(name, wayOut)(message)
    }
  })
}

function hooks(name: string, layout: ProjectLayout, context: Context): Finding {
  const common = { name: layout.name, root: context.root, home: context.home }
  const repositories = [
    { ...common, path: layout.projectGit, kind: 'project' as const },
    { ...common, path: layout.pillarGit, kind: 'pillar' as const },
  ]
  const faults = repositories.flatMap(spec =>
    (['pre-receive', 'post-receive'] as const).flatMap(hook => {
      const state = hookState(spec, hook)
      return state === 'right' ? [] : [`${join(spec.path, 'hooks', hook)} is ${stateWords[state]}`]
    }),
  )
  const foreign = faults.some(one => one.endsWith(stateWords.foreign))
  const mend = `${foreign ? 'Move the hook that is not ours away, then: ' : ''}corpus init ${layout.name}`
  return faults.length === 0 ? fine(name)('right') : wrong(name, mend)(faults.join('; '))
}

const stateWords = {
  missing: 'missing',
  stale: 'made by another corpus, or for another root',
  foreign: 'not one of ours',
} as const

function wiring(name: string, layout: ProjectLayout): Finding {
  const mend = `corpus init ${layout.name}`
  const missing = [layout.pillarLink, layout.saltLink, layout.project].filter(link => entryIfThere(link) === undefined)
  if (missing.length > 0) return wrong(name, mend)(`${missing.join(', ')} leads nowhere`)
  const top = join(layout.root, 'pillar', 'top.sls')
  const wired = textIfThere(top)?.includes(`makina-projects.${layout.name}\n`)
  return wired
    ? fine(name)('right')
    : wrong(name, `Add "    - makina-projects.${layout.name}" to ${top}`, 'useful')(`${top} does not name its pillar`)
}

/** Throws where they are damaged. */
function settings(name: string, layout: ProjectLayout): Finding {
  readSaved(layout.savedConfiguration)
  return fine(name)('right')
}

function account(name: string, layout: ProjectLayout): Finding | null {
  if (!isRoot()) return null
  const saved = readSaved(layout.savedConfiguration).settings.get('user')
  const user = typeof saved === 'string' ? saved : ownAccountNames(layout).user
  const mend = `corpus init ${layout.name}`
  const there = findAccount(user)
  if (there === null) return wrong(name, mend)(`there is no user ${user}`)
  const refused = refusalOf(layout, there)
  return refused === undefined
    ? fine(name)(user)
    : wrong(name, `corpus config unset ${layout.name} user group && ${mend}`)(refused)
}

/** What was asked for and nobody serves; what a runner or a git that died left half done. */
function line(name: string, layout: ProjectLayout): Finding | null {
  if (isLocked(layout.lock)) return null
  const left = [
    ...(existsSync(layout.running) ? ['a deployment whose runner died is to be taken back'] : []),
    ...(isForgotten(layout) ? ['a push or another request waits, and nobody serves it'] : []),
  ]
  const mend = `corpus status ${layout.name} (every command about the project begins it, and so does the agent)`
  return left.length === 0 ? fine(name)('nothing waits') : wrong(name, mend)(left.join('; '))
}

/** Where files are served, nginx's account passes by an ACL; where there can be none, everybody does. */
function gates(name: string, layout: ProjectLayout): Finding | null {
  const place = ingressPlace(layout.root)
  const put = isRoot() ? recordOf(place, layout.name) : null
  const wide = put === null ? [] : wideGates(place, put.site, put.target)
  if (wide.length === 0) return null
  const mend = `Install acl (on a file system that has ACLs), then: chmod o-x ${wide.map(shellWord).join(' ')} and corpus deploy ${layout.name}`
  return wrong(name, mend, 'useful')(`every account can pass ${wide.join(', ')}, where nginx alone needs to`)
}

function freeze(name: string, layout: ProjectLayout): Finding | null {
  if (!existsSync(layout.frozen)) return null
  return wrong(name, `corpus thaw ${layout.name}`, 'useful')('pushes are refused')
}
