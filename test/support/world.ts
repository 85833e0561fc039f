/** A corpus of a test's own: a temporary root, the real command, real git; all gone afterwards, even when the test was killed. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, type Options } from 'execa'

/** The package under test; the built product, as a user has it. */
export const home = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const corpusCommand = join(home, 'scripts', 'corpus')
const prefix = 'corpus-story-'

export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Of execa. */
export type RunOptions = Pick<
  Options,
  'cwd' | 'env' | 'input' | 'timeout' | 'detached' | 'uid' | 'gid' | 'cancelSignal'
>

export interface World {
  readonly root: string
  /** A folder for clones and fixtures. */
  readonly scratch: string
  readonly env: NodeJS.ProcessEnv
  /** Words in front of a command, where another account runs them. */
  readonly front: readonly string[]
  /** Runs the command and waits. */
  corpus(...args: string[]): Promise<Ended>
  /** Runs the command, waits, and fails when its status is not 0. */
  must(...args: string[]): Promise<Ended>
  json<T = Record<string, unknown>>(...args: string[]): Promise<T>
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>
  /** A clone with a commit of these files, and the remote `corpus` set up. */
  clone(name: string, files: Readonly<Record<string, string>>): Promise<Clone>
  /** A clone of the project's pillar, with the remote `corpus-pillar` set up. */
  clonePillar(name: string): Promise<Clone>
  /** The commit that a ref of the project's (or pillar's) repository names, or '' where there is none. */
  ref(name: string, ref: string, repository?: 'project' | 'pillar'): Promise<string>
  /** Below `<root>/projects/NAME`. */
  path(name: string, ...parts: string[]): string
  dispose(): Promise<void>
}

export interface Clone {
  readonly folder: string
  git(...args: string[]): Promise<Ended>
  /** Writes files (null removes one) and commits. Returns the commit. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>
  push(...args: string[]): Promise<Ended>
}

/** Project names are the test's own too: as root they become accounts of the machine. */
export const uniqueName = (word: string): string =>
  `${word}-${process.pid.toString(36)}${Math.random().toString(36).slice(2, 7)}`

/** Another account that runs the commands of a world; the test itself is root. */
export interface RunsAs {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

export function makeWorld(as?: RunsAs): World {
  sweepDead()
  const top = realpathSync(mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`)))
  // Accounts of projects reach what is theirs in it.
  chmodSync(top, 0o755)
  const root = join(top, 'root')
  const scratch = join(top, 'scratch')
  mkdirSync(root)
  mkdirSync(scratch)
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') && !name.startsWith('VITEST')),
    ),
    CORPUS_ROOT: root,
    HOME: scratch,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
    GIT_TERMINAL_PROMPT: '0',
  }
  delete env['NODE_EXTRA_CA_CERTS']
  delete env['NODE_OPTIONS']
  writeFileSync(join(scratch, '.gitconfig'), '[init]\n\tdefaultBranch = master\n[protocol "file"]\n\tallow = always\n')
  const before = as ? ['setpriv', `--reuid=${as.uid}`, `--regid=${as.gid}`, '--init-groups', '--'] : []
  if (as) Object.assign(env, { USER: as.name, LOGNAME: as.name })
  const run: World['run'] = (argv, options = {}) =>
    execute([...before, ...argv], { cwd: scratch, ...options, env: { ...env, ...options.env } })
  // A story that names no installer is about the pipeline alone: nothing is to be found in what it pushes.
  const isPlainInit = ([word, name = '', ...rest]: readonly string[]) =>
    word === 'init' && /^[a-z]/.test(name) && !rest.includes('--installer') && !existsSync(join(root, 'projects', name))
  const corpus = (...args: string[]) =>
    run([corpusCommand, ...args, ...(isPlainInit(args) ? ['--installer', 'generic'] : [])])
  const freshFolder = (beginning: string): string => {
    const folder = mkdtempSync(join(scratch, beginning))
    if (as) chownSync(folder, as.uid, as.gid)
    return folder
  }
  const cloneIn = (folder: string, remote: string): Clone => {
    const git = (...args: string[]) => run(['git', '-C', folder, ...args])
    return {
      folder,
      git,
      async commit(changes, message = 'Change') {
        for (const [path, text] of Object.entries(changes)) {
          const file = join(folder, path)
          if (text === null) rmSync(file, { recursive: true, force: true })
          else {
            mkdirSync(dirname(file), { recursive: true })
            writeFileSync(file, text)
          }
        }
        await git('add', '-A', '-f')
        const ended = await git('commit', '-q', '--allow-empty', '-m', message)
        if (ended.status !== 0) throw new Error(ended.stderr)
        return (await git('rev-parse', 'HEAD')).stdout.trim()
      },
      push: (...args) => git('push', ...(args.length > 0 ? args : [remote, 'HEAD:master'])),
    }
  }
  const world: World = {
    root,
    scratch,
    env,
    front: before,
    corpus,
    run,
    async must(...args) {
      const ended = await corpus(...args)
      if (ended.status !== 0)
        throw new Error(`corpus ${args.join(' ')} ended with ${ended.status}\n${ended.stdout}${ended.stderr}`)
      return ended
    },
    async json(...args) {
      return JSON.parse((await world.must(...args, '--json')).stdout)
    },
    path: (name, ...parts) => join(root, 'projects', name, ...parts),
    async ref(name, ref, repository = 'project') {
      const gitDir = world.path(name, 'git', `${repository}.git`)
      return (await run(['git', '--git-dir', gitDir, 'rev-parse', '--verify', '--quiet', ref])).stdout.trim()
    },
    async clone(name, files) {
      const folder = freshFolder(`${name}-`)
      const clone = cloneIn(folder, 'corpus')
      await clone.git('init', '-q', '-b', 'master')
      await clone.commit(files, 'First')
      await world.must('remote', 'add', name, '--folder', folder)
      return clone
    },
    async clonePillar(name) {
      const folder = freshFolder(`${name}-pillar-`)
      const clone = cloneIn(folder, 'corpus-pillar')
      const made = await run(['git', 'clone', '-q', world.path(name, 'git', 'pillar.git'), folder])
      if (made.status !== 0) throw new Error(made.stderr)
      await world.must('remote', 'add', name, '--pillar', '--folder', folder)
      return clone
    },
    async dispose() {
      for (const name of existsSync(join(root, 'projects')) ? readdirSync(join(root, 'projects')) : []) {
        await corpus('destroy', name, '--confirm', name)
      }
      removeAccounts(folder => folder.startsWith(`${top}/`))
      clean(top)
    },
  }
  return world
}

export async function execute(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [file = '', ...words] = argv
  const ended = await execa(file, words, {
    input: '',
    ...options,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  })
  if (ended.exitCode === undefined && ended.signal === undefined) throw ended
  return { status: ended.exitCode ?? 128, stdout: String(ended.stdout), stderr: String(ended.stderr) }
}

/** Waits until something is true; throws what it was waiting for when it takes too long. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`It did not come to pass within ${seconds} s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}

/** Whether a process still runs; one that is dead and only waits to be fetched by its parent does not. */
export function isAlive(pid: number | string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** What a test that failed left of its projects' accounts, with all that runs as them. */
function removeAccounts(isMeant: (home: string) => boolean): void {
  if (process.getuid?.() !== 0) return
  for (const account of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, , , folder] = account.split(':')
    if (!user || !folder || Number(uid) < 100 || !isMeant(folder)) continue
    spawnSync('/usr/bin/pkill', ['-KILL', '-U', uid as string])
    spawnSync('/usr/sbin/userdel', [user])
    spawnSync('/usr/sbin/groupdel', [user.replace(/-(user|dev)$/, '-grp')])
  }
}

/** Ends what runs below a root (runners, supervisors, agents) with its children, then removes it. */
function clean(top: string): void {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const parents = new Map(all.map(pid => [pid, parentOf(pid)]))
  const belongs = (pid: string | undefined): boolean =>
    pid !== undefined && pid !== '1' && (mentions(pid, `${top}/`) || belongs(parents.get(pid)))
  // Known before the first of them dies: a worker of nginx does not say whose it is, and outlives its master.
  for (const pid of all.filter(belongs)) {
    try {
      if (Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // gone, or another's
    }
  }
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
    const folder = line.split(' ')[1] ?? ''
    if (folder.startsWith(`${top}/`)) spawnSync('umount', ['-l', folder])
  }
  for (const name of existsSync('/etc/cron.d') ? readdirSync('/etc/cron.d') : []) {
    const file = join('/etc/cron.d', name)
    if (name.startsWith('corpus-_agent-') && readFileSync(file, 'utf8').includes(`${top}/`))
      rmSync(file, { force: true })
  }
  rmSync(top, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** Processes whose command line has this word. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc').flatMap(pid => (/^\d+$/.test(pid) && mentions(pid, word) ? [Number(pid)] : []))
}

function mentions(pid: string, word: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
  } catch {
    return false
  }
}

function parentOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
  } catch {
    return undefined
  }
}

/** A test that was killed could not clean up: the next one does, accounts included. */
function sweepDead(): void {
  removeAccounts(folder => {
    const owner = new RegExp(`^${realpathSync(tmpdir())}/${prefix}(\\d+)-`).exec(folder)?.[1]
    return owner !== undefined && !existsSync(`/proc/${owner}`)
  })
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue
    const top = join(tmpdir(), name)
    try {
      for (const line of readFileSync('/proc/mounts', 'utf8').split('\n'))
        if (line.split(' ')[1]?.startsWith(`${top}/`)) spawnSync('umount', ['-l', line.split(' ')[1] as string])
      clean(top)
    } catch {
      // another's, or swept by another test at this moment
    }
  }
}
