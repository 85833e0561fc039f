/** The Perl that git calls, run against a folder that is laid out as a root is, with a package around it that only writes down what it is asked. */
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProjectLayout, projectLayout, rootLayout } from '../../src/kernel/layout.ts'
import { projectName } from '../../src/kernel/names.ts'

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What git says of a ref: old, new, name. */
export type Moved = readonly [string, string, string]

export interface Call {
  readonly kind?: 'project' | 'pillar'
  readonly options?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The process id of git; else this process. */
  readonly git?: number
}

export const hookFolder = join(import.meta.dirname, '../../src/hooks')
/** A runner is started within a second, on a machine that has nothing else to do. */
export const patience = { timeout: 15_000 }
export const none = '0'.repeat(40)
export const one = '1'.repeat(40)
export const two = '2'.repeat(40)

export interface Hooks {
  readonly home: string
  readonly layout: ProjectLayout
  /** Runs one as git does. */
  call(hook: 'pre-receive' | 'post-receive' | 'again', moved: readonly Moved[], call?: Call): Promise<Ended>
  /** Perl that has hook.pl loaded, and may load the others; arguments as words. */
  perl(code: string, ...words: string[]): Promise<Ended>
  /** Answers in the place of the agent; returns what it was told. */
  agent(answer: string): Promise<string[]>
  /** What the package's command was asked so far, a line each. */
  asked(): string[]
  /** Git in the project's repository, which is made by that. */
  git(...words: string[]): Promise<string>
  dispose(): void
}

export function makeHooks(): Hooks {
  const top = mkdtempSync(join(tmpdir(), 'corpus-hooks-'))
  const home = join(top, 'home')
  const layout = projectLayout(join(top, 'root'), projectName('shop'))
  const log = join(top, 'asked')
  cpSync(hookFolder, join(home, 'src', 'hooks'), { recursive: true })
  mkdirSync(join(home, 'scripts'))
  program(join(home, 'scripts', 'corpus'), `#!/bin/sh\necho "$*" >> '${log}'\n`)
  for (const folder of [layout.git, layout.queue, join(layout.root, 'corpus')]) mkdirSync(folder, { recursive: true })
  let server: Server | undefined
  const env = { PATH: '/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', HOME: top }
  const bare = (kind = 'project') => (kind === 'pillar' ? layout.pillarGit : layout.projectGit)
  return {
    home,
    layout,
    call(hook, moved, { kind = 'project', options = [], git = process.pid, ...given } = {}) {
      const pushOptions = options.map((option, at) => [`GIT_PUSH_OPTION_${at}`, option])
      const argv = [join(home, 'src/hooks/hook.pl'), home, layout.root, layout.name, kind, hook, String(git)]
      return run(['/usr/bin/perl', ...argv], moved.map(words => `${words.join(' ')}\n`).join(''), {
        ...env,
        GIT_DIR: bare(kind),
        GIT_PUSH_OPTION_COUNT: String(options.length),
        ...Object.fromEntries(pushOptions),
        ...given.env,
      })
    },
    perl(code, ...words) {
      const start = `our ($HOME, $ROOT, $NAME, $KIND, $HOOK) = (splice(@ARGV, 0, 3), 'project', 'answer'); our ($project, $launcher, $git, %settings, @deploying); require "$HOME/src/hooks/hook.pl"; know_project(); ${code}`
      return run(['/usr/bin/perl', '-w', '-e', start, home, layout.root, layout.name, ...words], '', {
        ...env,
        GIT_DIR: bare(),
      })
    },
    async agent(answer) {
      const told: string[] = []
      server = createServer(socket =>
        socket.on('data', line => {
          told.push(line.toString())
          socket.write(`${answer}\n`)
        }),
      )
      await new Promise<void>(resolve => server?.listen(rootLayout(layout.root).agentSocket, resolve))
      return told
    },
    asked: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
    async git(...words) {
      const identity = {
        GIT_AUTHOR_NAME: 'Ann',
        GIT_AUTHOR_EMAIL: 'a@b.c',
        GIT_COMMITTER_NAME: 'Ann',
        GIT_COMMITTER_EMAIL: 'a@b.c',
      }
      if (!existsSync(layout.projectGit))
        await run(['/usr/bin/git', 'init', '-q', '--bare', '-b', 'master', layout.projectGit], '', env)
      const ended = await run(['/usr/bin/git', ...words], '', { ...env, ...identity, GIT_DIR: layout.projectGit })
      if (ended.status !== 0) throw new Error(ended.stderr)
      return ended.stdout.trim()
    },
    dispose() {
      server?.close()
      // A runner that was to be started writes down still what it was asked.
      rmSync(top, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

export function program(path: string, text: string): void {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

export function run(argv: readonly [string, ...string[]], input: string, env: Record<string, string>): Promise<Ended> {
  const [file, ...words] = argv
  const child = spawn(file, words, { env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', piece => {
    stdout += piece
  })
  child.stderr.on('data', piece => {
    stderr += piece
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise(resolve => child.on('close', status => resolve({ status, stdout, stderr })))
}
