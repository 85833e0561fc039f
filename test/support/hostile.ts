/** A tenant who wants more than is his, while his project is deployed; and whether he got anything. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { World } from './world.ts'

const program = fileURLToPath(new URL('hostile-tenant.pl', import.meta.url))

/** A file or folder of somebody else, as it was before. */
interface Canary {
  readonly path: string
  readonly was: string
}

export interface Hunt {
  /** Everybody writes here: programs of the tenant that root runs leave their mark. */
  readonly evidence: string
  /** Starts another of him, as the account; `home` is the folder of his project. */
  start(account: { uid: number; gid: number }, home: string, seed: number): void
  stop(): Promise<void>
  /** A sentence for everything that he got, of what belongs to others. */
  found(home: string): string[]
  dispose(): void
}

/** `victims`: projects of others, whose settings, data and hooks he is after. */
export function openHunt(world: World, victims: readonly string[]): Hunt {
  const top = mkdtempSync(join(tmpdir(), 'corpus-hostile-'))
  chmodSync(top, 0o755)
  const evidence = join(top, 'evidence')
  mkdirSync(evidence)
  chmodSync(evidence, 0o1777)
  const token = randomBytes(8).toString('hex')
  const word = (of: string): string => `canary-of-${of}-${token}`
  const secret = join(top, 'secret')
  mkdirSync(secret, { mode: 0o700 })
  writeFileSync(join(secret, 'key'), `${word('root')}\n`, { mode: 0o600 })
  // Everybody may read it, nobody but root change it.
  const open = join(top, 'open')
  mkdirSync(open, { mode: 0o755 })
  writeFileSync(join(open, 'file'), 'of root, for all to read\n', { mode: 0o644 })
  mkdirSync(join(open, 'folder'))
  const files = [join(secret, 'key'), join(open, 'file')]
  const folders = [secret, open]
  for (const victim of victims) {
    const data = world.path(victim, 'data')
    const made = spawnSync('/usr/bin/sqlite3', [
      join(data, 'canary.db'),
      `create table a (b); insert into a values ('${word('data')}')`,
    ])
    if (made.status !== 0) throw new Error(`sqlite3: ${made.stderr}`)
    chmodSync(join(data, 'canary.db'), 0o600)
    writeFileSync(world.path(victim, 'pillar', 'canary.sls'), `secret: ${word('pillar')}\n`, { mode: 0o640 })
    files.push(join(data, 'canary.db'), world.path(victim, 'pillar', 'canary.sls'))
    files.push(world.path(victim, 'git', 'project.git', 'hooks', 'pre-receive'))
    folders.push(data, world.path(victim, 'pillar'), world.path(victim, 'git', 'project.git', 'hooks'))
  }
  const canaries: Canary[] = [...files, ...folders].map(path => ({ path, was: looksLike(path) }))
  const running: ChildProcess[] = []
  return {
    evidence,
    start({ uid, gid }, home, seed) {
      const drop = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--']
      const words = [program, String(seed), home, evidence, ...files, ...folders.map(folder => `${folder}/`)]
      const script = readFileSync(program)
      // By standard input: the folder of the test need not be readable for the account.
      const child = spawn('/usr/bin/setpriv', [...drop, '/usr/bin/perl', '-', ...words.slice(1)], {
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      })
      child.stdin?.on('error', () => {})
      child.stdin?.end(script)
      running.push(child)
    },
    async stop() {
      for (const child of running.splice(0)) {
        const ended = new Promise(resolve => (child.exitCode === null ? child.once('exit', resolve) : resolve(null)))
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        } catch {
          // ended by corpus already
        }
        if (child.signalCode === null) await ended
      }
    },
    found(home) {
      const faults = canaries.flatMap(({ path, was }) => {
        const is = looksLike(path)
        return is === was ? [] : [`${path} was changed:\n  was ${was}\n  is  ${is}`]
      })
      if (!readdirSync(evidence).some(name => name.startsWith('lives.'))) faults.push('he never came to life')
      for (const name of readdirSync(evidence))
        if (/^(root-ran|leaked|locked)/.test(name))
          faults.push(`${name}: ${readFileSync(join(evidence, name), 'utf8').trim()}`)
      if (existsSync(home)) faults.push(...quoting(home, token))
      return faults
    },
    dispose() {
      rmSync(top, { recursive: true, force: true })
    },
  }
}

/** Owner, permissions, and what is in it. */
function looksLike(path: string): string {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  if (entry === undefined) return 'gone'
  const content = entry.isDirectory() ? readdirSync(path).sort().join(' ') : readFileSync(path, 'utf8')
  return [entry.uid, entry.gid, entry.mode.toString(8), entry.ino, entry.nlink, content].join(' ')
}

/** Files below a folder, no link followed, in which the word stands. Names are any bytes. */
function quoting(folder: string | Buffer, word: string): string[] {
  return readdirSync(folder, { encoding: 'buffer', withFileTypes: true }).flatMap(entry => {
    const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), entry.name])
    if (entry.isDirectory()) return quoting(path, word)
    if (!entry.isFile()) return []
    // A hard link of the canary's own file shows nothing that was copied; nothing that was is large.
    const { nlink, size } = lstatSync(path)
    if (nlink > 1 || size > 100_000_000) return []
    const isPacked = path.subarray(-4).toString() === '.zst'
    const content = isPacked
      ? spawnSync('/usr/bin/zstd', ['-dcq'], { input: readFileSync(path) }).stdout
      : readFileSync(path)
    return content.includes(word) ? [`${path} quotes what is another's`] : []
  })
}
