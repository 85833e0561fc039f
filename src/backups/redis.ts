/** A Redis server's data: dumped as its own RDB file, put back by making it for a moment the replica of a server that has it. */
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textOf } from '../shell/shell.ts'
import type { DataContext, DataKind, RedisItem } from './item.ts'
import { run } from './run.ts'

const patienceSeconds = 120

export const redis: DataKind<RedisItem> = {
  suffix: '.rdb',
  packs: false,
  takesBack: false,
  async dump(item, file, context) {
    await ask(item, ['--rdb', file], 'The data of Redis could not be dumped', context)
  },
  async restore(item, file, context) {
    const failed = 'The data of Redis could not be put back'
    const port = freePort(item)
    const password = randomBytes(24).toString('hex')
    const folder = join(dirname(file), `redis-${randomBytes(6).toString('hex')}`)
    mkdirSync(folder, { mode: 0o700 })
    copyFileSync(file, join(folder, 'dump.rdb'))
    const source: RedisItem = { kind: 'redis', name: item.name, host: '127.0.0.1', port, socket: '', password }
    const stop = new AbortController()
    const serving = serve(folder, port, password, { ...context, signal: stop.signal })
    try {
      await until(
        'the server with the dump answers',
        failed,
        async () => (await reply(source, ['PING'], context)) === 'PONG',
        context,
      )
      await follow(item, source, failed, context)
    } finally {
      stop.abort()
      await serving
      rmSync(folder, { recursive: true, force: true })
    }
    return undefined
  },
}

/** After the copy it is its own master again, with the password for masters that it had. */
async function follow(item: RedisItem, source: RedisItem, failed: string, context: DataContext): Promise<void> {
  const tell = (...words: string[]) => ask(item, words, failed, context)
  const before = (await reply(item, ['CONFIG', 'GET', 'masterauth'], context)).split('\n')[1] ?? ''
  await tell('CONFIG', 'SET', 'masterauth', source.password)
  try {
    await tell('REPLICAOF', source.host, source.port)
    const inStep = async () => /master_link_status:up/.test(await reply(item, ['INFO', 'replication'], context))
    await until('Redis has the dump', failed, inStep, context)
  } finally {
    await tell('REPLICAOF', 'NO', 'ONE')
    await tell('CONFIG', 'SET', 'masterauth', before)
  }
}

async function serve(folder: string, port: string, password: string, context: DataContext): Promise<void> {
  const config = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${JSON.stringify(folder)}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    'repl-diskless-sync-delay 0',
  ]
  writeFileSync(join(folder, 'redis.conf'), `${config.join('\n')}\n`, { mode: 0o600 })
  await context.shell.run({
    argv: ['redis-server', join(folder, 'redis.conf')],
    cwd: folder,
    keepBytes: 64 * 1024,
    ...(context.signal && { signal: context.signal }),
    timeoutSeconds: 2 * patienceSeconds,
  })
}

async function until(what: string, failed: string, holds: () => Promise<boolean>, context: DataContext): Promise<void> {
  for (let waited = 0; waited < patienceSeconds * 10; waited++) {
    if (context.signal?.aborted) throw new CorpusError('CANCELLED', `${failed}: it was cancelled.`)
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new CorpusError('BACKUP_FAILED', `${failed}: it took longer than ${patienceSeconds} seconds until ${what}.`)
}

/** As whoever runs this, for it writes the dump itself. redis-cli ends 0 when the server refuses: its words say so. */
async function ask(item: RedisItem, words: readonly string[], failed: string, context: DataContext): Promise<string> {
  const outcome = await run(
    { argv: client(item, words), env: environment(item), failed },
    { ...context, user: undefined },
  )
  const answer = textOf(outcome.stdout).trim()
  if (/^(ERR|NOAUTH|NOPERM|WRONGPASS|READONLY|MISCONF)\b/.test(answer))
    throw new CorpusError('BACKUP_FAILED', `${failed}: ${answer.slice(0, 200)}.`)
  return answer
}

/** What it says, or nothing where it cannot be reached yet. */
async function reply(item: RedisItem, words: readonly string[], context: DataContext): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...environment(item) }
  const outcome = await context.shell.run({
    argv: client(item, words),
    env,
    ...(context.signal && { signal: context.signal }),
  })
  return outcome.status === 0 ? textOf(outcome.stdout).replaceAll('\r', '').trim() : ''
}

function client(item: RedisItem, words: readonly string[]): [string, ...string[]] {
  const place = item.socket === '' ? ['-h', item.host, '-p', item.port] : ['-s', item.socket]
  return ['redis-cli', '--no-auth-warning', ...place, ...words]
}

function environment(item: RedisItem): Record<string, string> {
  return item.password === '' ? {} : { REDISCLI_AUTH: item.password }
}

/** Any that is not the server's own; one that is taken makes the restore fail before anything was changed. */
function freePort(item: RedisItem): string {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  return String(port === Number(item.port) ? port + 1 : port)
}
