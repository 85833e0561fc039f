/** The stores that tests run on: SQLite in a folder of the test's own, and a real PostgreSQL of the test's own, ended with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findAccount } from '../../src/shell/account.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { eventually } from './world.ts'

/** A place for one store, which may be opened several times. */
export interface StorePlace {
  readonly kind: Store['kind']
  readonly root: string
  /** What CORPUS_STORE says there. */
  readonly url: string | undefined
  open(): Promise<Store>
  dispose(): void
}

export function sqlitePlace(): StorePlace {
  const root = mkdtempSync(join(tmpdir(), 'corpus-store-'))
  return placeOf('sqlite', root, undefined, () => rmSync(root, { recursive: true, force: true }))
}

export interface Postgres {
  /** A database of its own on it. */
  place(): StorePlace
  stop(): Promise<void>
  start(): Promise<void>
  dispose(): Promise<void>
}

const bin = existsSync('/usr/lib/postgresql')
  ? join('/usr/lib/postgresql', readdirSync('/usr/lib/postgresql').sort().at(-1) ?? '', 'bin')
  : ''

export const hasPostgres: boolean = bin !== ''
if (!hasPostgres) console.warn('skipped: the Debian package postgresql is not installed')

/** On a unix socket in a folder of its own; told by the kernel to end when this process dies. */
export async function startPostgres(): Promise<Postgres> {
  const top = mkdtempSync(join(tmpdir(), 'corpus-pg-'))
  chmodSync(top, 0o755)
  const folder = join(top, 'pg')
  mkdirSync(folder)
  // PostgreSQL refuses to run as root.
  const account = process.getuid?.() === 0 ? findAccount('nobody') : null
  if (account) chownSync(folder, account.uid, account.gid)
  const as = (argv: readonly string[]): string[] =>
    account ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...argv] : [...argv]
  const options = { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', HOME: folder } }
  const run = (...argv: string[]) => {
    const [file = '', ...args] = as(argv)
    return execFileSync(file, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }
  run(join(bin, 'initdb'), '-D', join(folder, 'db'), '-U', 'owner', '-A', 'trust', '--no-sync')
  let server: ChildProcess | undefined
  const start = async () => {
    const words = [join(bin, 'postgres'), '-D', join(folder, 'db'), '-k', folder, '-c', 'listen_addresses=']
    const [file = '', ...args] = as(['setpriv', '--pdeathsig', 'INT', ...words, '-c', 'fsync=off'])
    server = spawn(file, args, { ...options, stdio: 'ignore' })
    await eventually('PostgreSQL answers', () => {
      try {
        return run(join(bin, 'psql'), '-XAtq', '-h', folder, '-U', 'owner', '-d', 'postgres', '-c', 'select 1')
      } catch {
        return null
      }
    })
  }
  const stop = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const end = new Promise(resolve => server?.on('exit', resolve))
    // At once, whoever is connected.
    server.kill('SIGINT')
    await end
  }
  await start()
  let databases = 0
  return {
    place() {
      const name = `store${++databases}`
      run(join(bin, 'createdb'), '-h', folder, '-U', 'owner', name)
      const root = mkdtempSync(join(tmpdir(), 'corpus-store-'))
      const url = `postgres://owner@/${name}?host=${encodeURIComponent(folder)}`
      return placeOf('postgres', root, url, () => rmSync(root, { recursive: true, force: true }))
    },
    start,
    stop,
    async dispose() {
      await stop()
      rmSync(top, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

function placeOf(kind: Store['kind'], root: string, url: string | undefined, remove: () => void): StorePlace {
  const opened: Store[] = []
  return {
    kind,
    root,
    url,
    async open() {
      const store = await openStore({ root, url })
      opened.push(store)
      return store
    },
    dispose() {
      for (const store of opened) void store.close().catch(() => {})
      remove()
    },
  }
}
