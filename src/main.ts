/** Chooses an entry point: what a push needs is loaded before anything else is. */
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Caller } from './shell/environment.ts'

const home = packageFolder()
/** What nobody types. */
const ownWords = [
  'runner',
  'agent',
  'hook-check',
  'states-child',
  'container',
  'job-failed',
  'serve-entry-point',
  'ssh-request',
]
enableCompileCache(join(home, 'dist', '.compile-cache'))
void main(process.argv.slice(2)).then(status => {
  process.exitCode = status
})

async function main(argv: string[]): Promise<number> {
  const [word = '', ...rest] = argv
  const environment = process.env['CORPUS_ENV']
  if (isForAnother(word, environment)) {
    const { clientMain } = await import('./client.ts')
    return clientMain(argv, environment)
  }
  // Nothing of ours is loaded before the compile cache is on.
  const { rootFromEnvironment } = await import('./kernel/layout.ts')
  const { otherOwner, realRoot } = await import('./kernel/root.ts')
  // Words of our own: those that a person types may be another program's.
  const root = realRoot(rest.find(one => one.startsWith('--root='))?.slice('--root='.length) ?? rootFromEnvironment())
  const { settleEnvironment } = await import('./shell/environment.ts')
  settleEnvironment(root, callerOf(word))
  const installers = join(home, 'installers')
  const plain = rest.filter(one => !one.startsWith('--root='))
  // What people type is told of it in the command line's own words.
  if (callerOf(word) !== 'person' && word !== 'agent' && otherOwner(root) !== null) {
    process.stderr.write(
      `corpus: ${root} can be changed by others than root: nothing is done there as root. (ROOT_UNUSABLE)\n`,
    )
    return 6
  }
  if (word === 'runner') {
    const { runnerMain } = await import('./runner/runner.ts')
    await runnerMain(plain, { root, installers, home })
    return 0
  }
  if (word === 'hook-check') {
    const { checkPush } = await import('./hooks/check.ts')
    return checkPush(plain, { root, installers })
  }
  if (word === 'hook-locks') {
    const { freeRefs } = await import('./hooks/locks.ts')
    return freeRefs(plain, root)
  }
  if (word === 'states-child') {
    const { statesChild } = await import('./statefiles/child.ts')
    return statesChild(join(home, 'dist'))
  }
  if (word === 'container') {
    const { containerMain } = await import('./containers/command.ts')
    return containerMain(rest)
  }
  if (word === 'job-failed') {
    const { jobFailed } = await import('./deployment/job-failed.ts')
    return jobFailed(plain, root)
  }
  if (word === 'serve-entry-point') {
    const { serveEntryPoint } = await import('./serve/serve.ts')
    return serveEntryPoint()
  }
  // Whoever reads may stop reading: `corpus logs demo | head`.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    process.stderr.write(`corpus: The answer cannot be written: ${error.message}. (WRITE_FAILED)\n`)
    process.exit(6)
  })
  // Past the other commands: engines' tests call it a hundred times.
  if (word === 'states' && rest[0] === 'call' && !['--help', '-h'].includes(rest[1] ?? '')) {
    const { statesCall } = await import('./cli/states-call.ts')
    return statesCall(rest.slice(1))
  }
  const [{ runCommandLine }, { thisMachine }, { localShell }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/local.ts'),
    import('./shell/local.ts'),
  ])
  if (word === 'ssh-request') {
    const [{ answerForSomebody }, { forSomebody }] = await Promise.all([
      import('./serve/ssh-request.ts'),
      import('./cli/local.ts'),
    ])
    const context = { root, shell: localShell, home }
    return answerForSomebody(context, (words, somebody) =>
      runCommandLine(words, forSomebody(context, somebody), version()),
    )
  }
  const place = thisMachine(
    { root: rootFromEnvironment(), shell: localShell, home },
    {
      agent: async (below, options) => {
        const { agentMain } = await import('./agent/agent.ts')
        const metrics = options['metrics']
        const launcher = join(home, 'scripts', 'corpus')
        return agentMain({ root: below, launcher, ...(typeof metrics === 'string' ? { metrics } : {}) })
      },
      serve: async (context, { listen, domain }) => {
        const { serveMain } = await import('./serve/serve.ts')
        const options = {
          ...(listen === undefined ? {} : { listen }),
          ...(domain === undefined ? {} : { domains: domain }),
        }
        return serveMain({ context, version: version(), ...options })
      },
    },
  )
  return runCommandLine(argv, place, version())
}

/** What one's own programs call is never another machine's. */
function isForAnother(word: string, environment: string | undefined): boolean {
  if (/^(-e|--environment(=|$))/.test(word) || ['login', 'logout', 'environments'].includes(word)) return true
  return environment !== undefined && environment !== '' && !ownWords.includes(word)
}

/** What nobody types finds nothing of whoever happens to have caused it. */
function callerOf(word: string): Caller {
  if (word === 'hook-check' || word === 'hook-locks') return 'git'
  if (['container', 'states-child', 'serve-entry-point', 'ssh-request'].includes(word)) return 'corpus'
  return ['runner', 'agent', 'job-failed'].includes(word) ? 'nobody' : 'person'
}

/** `dist/` and `src/` both stand in the package's folder. */
function packageFolder(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)))
}

function version(): string {
  return (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }).version
}
