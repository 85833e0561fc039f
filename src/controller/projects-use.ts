/** What the projects of this machine count on beyond what every deployment needs: databases' programs, restic, a crond, an engine. */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSaved } from '../configuration/saved.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { engineAt } from '../containers/engine.ts'
import { hostName } from '../ingress/hosts.ts'
import { readTls } from '../ingress/site.ts'
import { catalogue, faultOf } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { installerFolders } from '../project/configuration.ts'
import { detectInstaller } from '../project/detection.ts'
import { treeInUse } from '../project/tree.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { program as pathOf } from '../shell/programs.ts'
import { isBootedWithSystemd } from '../shell/systemd.ts'
import { socketOf } from '../statefiles/container-functions.ts'
import { type Context, projectNames } from './context.ts'
import { type Finding, fine, isProgram, program, programOf, wrong } from './findings.ts'
import { installersOf } from './installed.ts'

/** One finding for each thing, whoever uses it. */
export async function usedByProjects(context: Context): Promise<Finding[]> {
  const uses = new Map<string, { use: Use; at: string; whys: string[] }>()
  const findings: Finding[] = []
  for (const name of projectNames(context)) {
    const used = await usesOf(context, projectLayout(context.root, name)).catch((error: unknown) => {
      // What cannot be read of one is told like the rest, and the others are looked at.
      const { message, wayOut } = faultOf(error)
      findings.push(wrong(`files of ${name}`, wayOut, 'useful')(message))
      return []
    })
    for (const { use, what, at = '' } of used) {
      const one = uses.get(`${use} ${at}`) ?? { use, at, whys: [] }
      uses.set(`${use} ${at}`, { ...one, whys: [...one.whys, `${what} of ${name}`] })
    }
  }
  for (const { use, at, whys } of uses.values())
    findings.push(...(await looks[use](context, [...new Set(whys)].join(', '), at)))
  return findings
}

type Use = keyof typeof looks
interface Used {
  readonly use: Use
  readonly what: string
  /** Where there may be several of the kind. */
  readonly at?: string
}

const looks = {
  restic: (context: Context, why: string) => needed(context, 'restic', 'restic', ['restic', 'version'], why),
  certbot: (context: Context, why: string) => needed(context, 'certbot', 'certbot', ['certbot', '--version'], why),
  ssh: (context: Context, why: string) => needed(context, 'ssh', 'openssh-client', ['ssh', '-V'], why),
  pg_dump: (context: Context, why: string) =>
    needed(context, 'pg_dump', 'postgresql-client', ['pg_dump', '--version'], why),
  'mariadb-dump': (context: Context, why: string) =>
    needed(context, 'mariadb-dump', 'mariadb-client', ['mariadb-dump', '--version'], why),
  'redis-cli': (context: Context, why: string) =>
    needed(context, 'redis-cli', 'redis-server', ['redis-cli', '--version'], why),
  sqlite3: (context: Context, why: string) => needed(context, 'sqlite3', 'sqlite3', ['sqlite3', '--version'], why),
  'salt-call': (context: Context, why: string) =>
    needed(context, 'salt-call', 'salt-minion', ['salt-call', '--version'], why),
  go: (context: Context, why: string) => needed(context, 'go', 'golang-go', ['go', 'version'], why),
  bundle: (context: Context, why: string) => needed(context, 'bundle', 'ruby-bundler', ['bundle', '--version'], why),
  composer: (context: Context, why: string) =>
    needed(context, 'composer', 'composer', ['composer', '--no-interaction', '--version'], why),
  'python3-venv': pythonEnvironments,
  'php-fpm': async (_: Context, why: string) => [phpFpm(why)],
  engine: async (_: Context, why: string, at: string) => [await containerEngine(why, at)],
  clock: async (_: Context, why: string) => [jobsClock(why)],
}

async function needed(
  context: Context,
  name: string,
  debian: string,
  argv: readonly [string, ...string[]],
  why: string,
): Promise<Finding[]> {
  return [await program(context, { name, package: debian, level: 'needed', why, argv })]
}

/** As the project was last deployed. */
async function usesOf(context: Context, layout: ProjectLayout): Promise<Used[]> {
  const cfg = configurationOf(layout)
  return [
    ...dataUses(cfg),
    ...backupUses(cfg),
    ...siteUses(cfg),
    ...otherUses(cfg),
    ...(await installerUses(context, layout, cfg)),
  ]
}

function configurationOf(layout: ProjectLayout): Dict {
  try {
    const { snapshot, settings } = readSaved(layout.savedConfiguration)
    return snapshot ?? settings
  } catch {
    // Damaged: every command about the project says so.
    return new Dict()
  }
}

const dumpers: Readonly<Record<string, Use>> = {
  postgresql: 'pg_dump',
  mariadb: 'mariadb-dump',
  redis: 'redis-cli',
  sqlite: 'sqlite3',
}

function dataUses(cfg: Dict): Used[] {
  const declared = settingOf(cfg, 'data_archives')
  const items = declared instanceof Dict ? [...declared.values()].filter(item => item instanceof Dict) : []
  return Object.entries(dumpers)
    .filter(([kind]) => items.some(item => item.has(kind)))
    .map(([, use]) => ({ use, what: 'data_archives' }))
}

function backupUses(cfg: Dict): Used[] {
  const backup = settingOf(cfg, 'backup')
  if (!(backup instanceof Dict)) return []
  const target = String(backup.get('target') ?? '')
  const byssh = target.startsWith('sftp:') || (target.startsWith('rsync:') && !target.startsWith('rsync://'))
  return [
    { use: 'restic', what: 'backups' },
    ...(byssh ? [{ use: 'ssh', what: 'backups' } as const] : []),
    ...(backup.get('schedule') ? [{ use: 'clock', what: 'backups by the clock' } as const] : []),
  ]
}

/** What does not hold as names or settings of a site is told when it is deployed. */
function siteUses(cfg: Dict): Used[] {
  const site = settingOf(cfg, 'ingress')
  const domains = texts(settingOf(cfg, 'domains')).flatMap(text => text.split(/[\s,]+/).filter(Boolean))
  if (site === false || domains.length === 0) return []
  try {
    const tls = readTls(site instanceof Dict ? site.get('tls') : null, domains.map(hostName))
    return tls === 'acme' ? [{ use: 'certbot', what: 'certificates' }] : []
  } catch {
    return []
  }
}

function otherUses(cfg: Dict): Used[] {
  const schedule = settingOf(cfg, 'schedule')
  const urls = [settingOf(cfg, 'release_artifacts_urls'), cfg.get('release_artifacs_urls')].flatMap(texts)
  return [
    ...(schedule instanceof Dict && schedule.size > 0 ? [{ use: 'clock', what: 'schedule' } as const] : []),
    ...(urls.some(url => url.startsWith('ssh:')) ? [{ use: 'ssh', what: 'release artifacts' } as const] : []),
    ...(settingOf(cfg, 'engine') === 'salt' ? [{ use: 'salt-call', what: 'state files' } as const] : []),
  ]
}

const texts = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []

/** What is only built with is not needed where nothing is built. */
async function installerUses(context: Context, layout: ProjectLayout, cfg: Dict): Promise<Used[]> {
  const named = settingOf(cfg, 'installer')
  const installer = named === 'auto' ? await detected(context, layout) : named
  const own = cfg.get(installer)
  const builds = settingOf(cfg, 'mode') !== 'final' || (own instanceof Dict && own.get('build_in_final') === true)
  const what = `the installer ${installer}`
  switch (installer) {
    case 'php':
      return [
        { use: 'php-fpm', what },
        ...(builds && existsSync(join(layout.project, 'composer.json')) ? [{ use: 'composer', what } as const] : []),
      ]
    case 'python':
    case 'zope':
      return [{ use: 'python3-venv', what }]
    case 'ruby':
      return [{ use: 'bundle', what }]
    case 'go':
      return builds ? [{ use: 'go', what }] : []
    case 'docker':
      return [{ use: 'engine', what, at: socketOf(own instanceof Dict ? (own.get('engine') ?? null) : null) }]
    default:
      return []
  }
}

const detected = (context: Context, layout: ProjectLayout): Promise<string> =>
  detectInstaller(
    installerFolders(layout, treeInUse(layout).salt, installersOf(context)),
    treeInUse(layout).files,
  ).then(
    found => found.name,
    () => 'generic',
  )

/** Debian has the module for virtual environments in a package of its own. */
async function pythonEnvironments(context: Context, why: string): Promise<Finding[]> {
  const name = 'python3-venv'
  const mend = `apt-get install python3-venv (for ${why})`
  const ended = await context.shell.run({
    argv: [pathOf('python3'), '-c', 'import venv, ensurepip'],
    timeoutSeconds: 20,
  })
  return [ended.status === 0 ? fine(name)('here') : wrong(name, mend)('not here')]
}

function phpFpm(why: string): Finding {
  const found = ['/usr/sbin', '/usr/local/sbin'].flatMap(folder =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter(name => /^php-fpm[\d.]*$/.test(name))
      .map(name => join(folder, name)),
  )
  const newest = found.filter(isProgram).sort().at(-1)
  return newest === undefined
    ? wrong('php-fpm', `apt-get install php-fpm (for ${why})`)('not here')
    : fine('php-fpm')(newest)
}

async function containerEngine(why: string, socket: string): Promise<Finding> {
  try {
    return fine('container engine')(`${await engineAt(socket).version()} at ${socket}`)
  } catch (error) {
    const mend = `${catalogue.ENGINE_MISSING.wayOut} (for ${why})`
    return wrong('container engine', mend)(faultOf(error).message)
  }
}

/** Jobs are handed to systemd, or to the crond that runs. */
function jobsClock(why: string): Finding {
  if (isBootedWithSystemd()) return fine('clock of jobs')('systemd')
  if (programOf('cron') === undefined && programOf('crond') === undefined)
    return wrong('clock of jobs', `apt-get install cron (for ${why})`)('neither systemd nor a crond')
  return crondRuns()
    ? fine('clock of jobs')('cron')
    : wrong('clock of jobs', `service cron start (for ${why})`)('a crond is here, and does not run')
}

const crondRuns = (): boolean =>
  readdirSync('/proc').some(pid => /^\d+$/.test(pid) && /^crond?\n$/.test(textIfGone(`/proc/${pid}/comm`)))

/** A process may end while it is looked at. */
function textIfGone(path: string): string {
  try {
    return textIfThere(path) ?? ''
  } catch {
    return ''
  }
}
