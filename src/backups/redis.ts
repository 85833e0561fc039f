/** A Redis server's data: dumped as its own RDB file, put back by making it for a moment the replica of a server that has it. */

import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { type Program, program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { folderOf, newId } from './exchange.ts'
import type { DataContext, DataKind, RedisItem } from './item.ts'
import { baseEnvironment, run } from './run.ts'

const patienceSeconds = 120

export const redis: DataKind<RedisItem> = {
  suffix: '.rdb',
  packs: false,
  takesBack: false,
  async dump(item, file, context) {
    const failed = 'The data of Redis could not be dumped'
    await run({ argv: client(item, ['--rdb', '-']), env: environment(item), outputFile: file, failed }, context)
    // It ends with 0, too, where the server refuses.
    if (!beginsWith(file, 'REDIS')) throw new CorpusError('BACKUP_FAILED', `${failed}: the server gave no dump.`)
  },
  async restore(item, file, context) {
    const failed = 'The data of Redis could not be put back'
    const port = freePort(item)
    const password = randomBytes(24).toString('hex')
    const folder = folderOf(newId())
    const bringing = 'umask 077; mkdir "$1" && exec cat >"$1/dump.rdb"'
    const argv: [Program, ...string[]] = [program('sh'), '-c', bringing, 'sh', folder]
    await run({ argv, cwd: context.dataFolder, inputFile: file, failed }, context)
    const source: RedisItem = { kind: 'redis', name: item.name, host: '127.0.0.1', port, socket: '', password }
    const stop = new AbortController()
    const unstoppable = { ...context, signal: undefined }
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
      await run({ argv: [program('rm'), '-rf', '--', folder], cwd: context.dataFolder, failed }, unstoppable)
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

/** As the account: what it reads comes from a server of the account's. The password goes by standard input. */
async function serve(folder: string, port: string, password: string, context: DataContext): Promise<void> {
  const config = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ./${folder}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    'repl-diskless-sync-delay 0',
  ]
  await context.shell.run({
    argv: [program('redis-server'), '-'],
    cwd: context.dataFolder,
    env: baseEnvironment(context.user),
    input: `${config.join('\n')}\n`,
    keepBytes: 64 * 1024,
    ...(context.user && { user: context.user }),
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

/** redis-cli ends 0 when the server refuses: its words say so. */
async function ask(item: RedisItem, words: readonly string[], failed: string, context: DataContext): Promise<string> {
  const outcome = await run({ argv: client(item, words), env: environment(item), failed }, context)
  const answer = textOf(outcome.stdout).trim()
  if (/^(ERR|NOAUTH|NOPERM|WRONGPASS|READONLY|MISCONF)\b/.test(answer))
    throw new CorpusError('BACKUP_FAILED', `${failed}: ${answer.slice(0, 200)}.`)
  return answer
}

/** What it says, or nothing where it cannot be reached yet. */
async function reply(item: RedisItem, words: readonly string[], context: DataContext): Promise<string> {
  const outcome = await context.shell.run({
    argv: client(item, words),
    env: { ...baseEnvironment(context.user), ...environment(item) },
    ...(context.user && { user: context.user }),
    ...(context.signal && { signal: context.signal }),
  })
  return outcome.status === 0 ? textOf(outcome.stdout).replaceAll('\r', '').trim() : ''
}

function client(item: RedisItem, words: readonly string[]): [Program, ...string[]] {
  const place = item.socket === '' ? ['-h', item.host, '-p', item.port] : ['-s', item.socket]
  return [program('redis-cli'), '--no-auth-warning', ...place, ...words]
}

function environment(item: RedisItem): Record<string, string> {
  return item.password === '' ? {} : { REDISCLI_AUTH: item.password }
}

/** Any that is not the server's own; one that is taken makes the restore fail before anything was changed. */
function freePort(item: RedisItem): string {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  return String(port === Number(item.port) ? port + 1 : port)
}

function beginsWith(file: string, text: string): boolean {
  const head = Buffer.alloc(text.length)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, head, 0, head.length, 0)
  } finally {
    closeSync(handle)
  }
  return head.toString('latin1') === text
}
