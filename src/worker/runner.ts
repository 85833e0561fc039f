/** The runner: holds a project's lock, takes back what a crash left, and serves the line until it is empty. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { exitOf } from '../kernel/events.ts'
import { writeWhole } from '../kernel/files.ts'
import { projectLayout, type ProjectLayout } from '../kernel/layout.ts'
import { type ProjectName, projectName } from '../kernel/names.ts'
import { writeRecord } from '../pipeline/history.ts'
import { openOutput } from '../pipeline/output.ts'
import { leaveQueue, nextRequest, type Request, waiting } from '../pipeline/queue.ts'
import { takeLock } from '../shell/lock.ts'
import { leftBehind, recover } from './recover.ts'
import { serveRequest } from './serve.ts'

export interface RunnerOptions {
  readonly root: string
  readonly installers: string
}

/** Ends when nothing waits. When another runner holds the lock there is nothing to do: it takes the line. */
export async function runProject(name: ProjectName, options: RunnerOptions): Promise<void> {
  forgetTheHook()
  const layout = projectLayout(options.root, name)
  mkdirSync(layout.queue, { recursive: true })
  while (waiting(layout).length > 0 || leftBehind(layout) !== null) {
    const lock = takeLock(layout.lock, 0)
    if (lock === null) return
    try {
      await drain(layout, options)
    } finally {
      lock.release()
    }
  }
}

async function drain(layout: ProjectLayout, options: RunnerOptions): Promise<void> {
  const cancelled = new AbortController()
  let serving = { layout, installers: options.installers, signal: cancelled.signal }
  await recover({ ...serving, signal: new AbortController().signal })
  for (;;) {
    const taken = nextRequest(layout)
    if (!taken) return
    for (const older of taken.superseded) tellSuperseded(layout, older, taken.request)
    const controller = new AbortController()
    serving = { ...serving, signal: controller.signal }
    const stop = () => controller.abort()
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    try {
      if (existsSync(join(layout.deployment(taken.request.release).folder, 'cancel'))) stop()
      await serveRequest(serving, taken.request)
    } finally {
      process.off('SIGTERM', stop)
      process.off('SIGINT', stop)
    }
  }
}

function tellSuperseded(layout: ProjectLayout, older: Request, newer: Request): void {
  const output = openOutput(layout, older.release)
  output.emit({ type: 'note', level: 'notice', text: `superseded by the newer push of ${newer.by} (release ${newer.release}), which deploys instead` })
  output.close()
  const at = new Date().toISOString()
  writeRecord(layout, {
    release: older.release,
    kind: older.kind,
    mode: '',
    status: 'superseded',
    commit: older.commit,
    pillar_commit: null,
    by: older.by,
    started_at: at,
    seconds: 0,
    previous: null,
    tree: null,
    branch: older.branch,
    before: older.before,
    procedures: [],
    url: null,
  })
  writeWhole(layout.deployment(older.release).verdict, `${exitOf('superseded')} superseded\n`)
  leaveQueue(layout, older.release)
}

/** A hook hands down its repository and quarantine: no git of ours may believe that it is in there. */
function forgetTheHook(): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('GIT_') && name !== 'GIT_SSH_COMMAND' && name !== 'GIT_SSL_CAINFO' && name !== 'GIT_CONFIG_NOSYSTEM') delete process.env[name]
  }
  process.env['LC_ALL'] = 'C.UTF-8'
  process.umask(0o022)
}

/** `runner NAME`, or `runner --warm`: waits, loaded, for a name on standard input. */
export async function runnerMain(argv: readonly string[], options: RunnerOptions): Promise<void> {
  const warm = argv[0] === '--warm'
  const name = warm ? await firstLine() : (argv[0] ?? '')
  if (name !== '') await runProject(projectName(name), options)
}

function firstLine(): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    process.stdin.setEncoding('utf8')
    process.stdin.on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end < 0) return
      process.stdin.destroy()
      resolve(text.slice(0, end))
    })
    process.stdin.on('end', () => resolve(''))
    process.stdin.on('error', () => resolve(''))
  })
}
