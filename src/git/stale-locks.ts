/** Lock files of git whose owner is dead: git never takes them away itself, and refuses every push until somebody does. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { textIfThere } from '../kernel/files.ts'
import { processStat } from '../kernel/process-stat.ts'

/** The clock of a file and that of a process are read in different units. */
const slackMilliseconds = 2000
const ticksPerSecond = 100

/** The lock that git says it could not take, or null: it is one of this repository. */
export function lockInTheWay(gitDir: string, cwd: string, message: string): string | null {
  const named = /Unable to create '([^'\n]+\.lock)': File exists/.exec(message)?.[1]
  if (named === undefined) return null
  const file = resolve(cwd, named)
  return file.startsWith(`${repositoryOf(gitDir)}/`) ? file : null
}

/**
 * Takes a lock away whose owner is dead: it is there, and no process of git that is older works in its repository.
 * Returns whether it is out of the way. Whoever started this process waits for it, and holds none.
 */
export function releaseStaleLock(gitDir: string, file: string): boolean {
  const before = lstatSync(file, { throwIfNoEntry: false })
  if (before === undefined) return true
  if (!before.isFile()) return false
  const made = before.ctimeMs + slackMilliseconds
  if (startsOfWorkers(repositoryOf(gitDir), before.uid).some(start => start <= made)) return false
  const now = lstatSync(file, { throwIfNoEntry: false })
  // Another took it away meanwhile, and a third one holds it now.
  if (now !== undefined && (now.ino !== before.ino || now.ctimeMs !== before.ctimeMs)) return false
  rmSync(file, { force: true })
  return true
}

/** A tree's own folder lies in that of its repository, and shares its refs. */
const repositoryOf = (gitDir: string): string => resolve(gitDir).replace(/\/worktrees\/[^/]+$/, '')

/** When they started, in milliseconds of the clock: processes of git, of that account, that may hold a lock of this repository. */
function startsOfWorkers(repository: string, uid: number): number[] {
  const booted = Number(/^btime (\d+)$/m.exec(textIfThere('/proc/stat') ?? '')?.[1] ?? 0) * 1000
  const all = readdirSync('/proc').flatMap(pid => (/^\d+$/.test(pid) ? processOf(Number(pid)) : []))
  const ancestors = ancestorsOf(process.pid)
  // Git calls that hook when the refs have moved: whoever waits for one has let go of its locks.
  const behind = new Set(
    all.filter(one => one.words.some(word => word.includes('post-receive'))).map(one => one.stat.parent),
  )
  return all
    .filter(
      one =>
        one.isGit && !ancestors.has(one.pid) && !behind.has(one.pid) && worksIn(one.pid, one.words, repository, uid),
    )
    .map(one => booted + (Number(one.stat.startedTicks) * 1000) / ticksPerSecond)
}

function processOf(pid: number) {
  const stat = processStat(pid)
  if (stat === null || ['Z', 'X'].includes(stat.state)) return []
  const words = (textIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0')
  return [{ pid, stat, words, isGit: basename(words[0] ?? '').startsWith('git') }]
}

function worksIn(pid: number, words: readonly string[], repository: string, uid: number): boolean {
  const isIn = (path: string) => path === repository || path.startsWith(`${repository}/`)
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return false
    const stands = readlinkSync(`/proc/${pid}/cwd`)
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const named = environment.find(one => one.startsWith('GIT_DIR='))?.slice('GIT_DIR='.length)
    return (
      isIn(stands) ||
      (named !== undefined && isIn(resolve(stands, named))) ||
      words.some(word => word.includes(repository))
    )
  } catch {
    // It is gone.
    return false
  }
}

function ancestorsOf(pid: number): ReadonlySet<number> {
  const found = new Set<number>()
  for (let at = pid; at > 1 && !found.has(at); at = processStat(at)?.parent ?? 0) found.add(at)
  return found
}

/** Those that keep the refs of a push from moving: of each ref, of HEAD, which names one of them, and of what is packed. */
export const locksOfRefs = (gitDir: string, refs: readonly string[]): string[] =>
  [...refs, 'HEAD', 'packed-refs'].map(name => join(gitDir, `${name}.lock`))
