/**
 * The way to a file, for root: where a folder can be written to by others, no link of theirs leads root elsewhere.
 *
 * A path is walked folder by folder. As long as only root writes to the folders, links are followed as ever. From the first
 * folder on that others may write to, each step is taken from an opened folder, so that nothing can be put in its place, and
 *
 *   a link of root's in a folder of root's (/tmp is one)   is followed
 *   a link of root's, or of the folder's owner             is followed where it leads to what is that owner's, who could do there
 *                                                          what root is asked to do
 *   any other link                                         is refused
 *   a file with further names that is not the owner's      is refused: one of them may be where the owner must not reach
 *   a pipe, a socket, a device                             is neither read nor written
 *
 * For an ordinary user there is nothing to guard: what others could make them do, they could do to their own files only.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { accountName } from '../../shell/account.ts'
import { Refusal, type StateException } from '../definition/exceptions.ts'

/** A place to act on by name. */
export interface Way {
  /** What the system is asked for: stays what it is whatever others do meanwhile. */
  readonly path: string
  /** As people know it: links resolved, absolute. */
  readonly name: string
  /** Whose the folder is, where others than root may write to it; null where only root does. */
  readonly holder: Holder | null
  /** What stood there, a link itself; undefined for nothing. */
  readonly entry: Stats | undefined
  /** An account whose folders were passed on the way: null where there was none, or one that nobody owns alone. */
  readonly account: number | null
  close(): void
}

interface Holder {
  readonly uid: number
  readonly sticky: boolean
}

/** `end`: whether a link that stands at the end is meant, or what it leads to. `anyOfRoots`: links of root's lead anywhere. */
export interface WayOptions {
  readonly end: 'itself' | 'target'
  readonly anyOfRoots?: boolean
}

const mostLinks = 40
/** A handle on what stands there, which opens nothing: no pipe waits, no device starts. */
const O_PATH = 0o10000000
const openThing = O_PATH | constants.O_NOFOLLOW
const openDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

export const isGuarded = (): boolean => process.geteuid?.() === 0

/** Throws what the system says of a way that is none (ENOTDIR, ELOOP), and a StateException where a link is not followed. */
export function wayTo(path: string, options: WayOptions): Way {
  let sought = resolve(path)
  /** Whose a link was that led here: what is at the end must be theirs. */
  let led: number | null = null
  let account: number | null = null
  for (let links = 0; links <= mostLinks; links++) {
    const walked = walk(sought, options.end, led)
    account ??= walked.account
    if (!('link' in walked)) {
      const { fd, ...way } = walked
      const close = () => (fd === null ? undefined : closeSync(fd))
      if (led !== null && !isOf(led, way)) {
        close()
        throw refused(path, `leads to ${way.name}, which is not ${accountName(led)}'s`)
      }
      return { ...way, account, close }
    }
    const { link, holder } = walked
    led = followed(link, holder, led, options)
    sought = resolve(dirname(link.name), join(link.target, walked.rest))
    if (link.target.startsWith('/')) sought = normalize(join(link.target, walked.rest))
  }
  throw Object.assign(new Error(`ELOOP: too many symbolic links, '${path}'`), { code: 'ELOOP', path })
}

/** The account that may write to a folder or on the way to it; null where only root does, or nobody alone. */
export const writerOf = (folder: string): number | null =>
  along(folder, { end: 'target' }, ({ account, entry }) => account ?? (entry && entry.uid !== 0 ? entry.uid : null))

/** Works on a way, and lets it go. */
export function along<T>(path: string, options: WayOptions, work: (way: Way) => T): T {
  const way = wayTo(path, options)
  try {
    return work(way)
  } catch (error) {
    throw named(error, way)
  } finally {
    way.close()
  }
}

/** Errors of the system name the path as people know it. */
function named(error: unknown, way: Way): unknown {
  const told = error as NodeJS.ErrnoException
  if (way.path === way.name || typeof told.path !== 'string') return error
  told.message = told.message.replaceAll(way.path, way.name)
  told.path = told.path.replaceAll(way.path, way.name)
  return told
}

/** The file, opened as it stands there; refused where root must not touch it. The caller closes. Throws ENOENT. */
export function openedThing(way: Way): { readonly fd: number; readonly stats: Stats } {
  const fd = openSync(way.path, openThing)
  const stats = fstatSync(fd)
  const why = refusal(way, stats)
  if (why === null) return { fd, stats }
  closeSync(fd)
  throw refused(way.name, why)
}

export const refused = (path: string, why: string): StateException =>
  new Refusal('salt.exceptions.CommandExecutionError', `${path} ${why}`)

/** The system's name of an opened thing: reached without another look at a path. */
export const handle = (fd: number): string => `/proc/self/fd/${fd}`

interface Link {
  readonly name: string
  readonly target: string
  readonly uid: number
}

type Walked =
  | (Omit<Way, 'close'> & { readonly fd: number | null })
  | { readonly link: Link; readonly holder: Holder | null; readonly rest: string; readonly account: number | null }

/** To the end, or to the first link that is to be followed. */
function walk(path: string, end: 'itself' | 'target', led: number | null): Walked {
  const parts = path.split('/').filter(part => part !== '')
  /** Of the folder that is stepped from; null where its path does as well. */
  let fd: number | null = null
  let name = '/'
  let holder: Holder | null = null
  let account: number | null = null
  /** Nobody else can put something in the place of the folders so far. */
  let stable = true
  const free = () => (fd === null ? undefined : closeSync(fd))
  try {
    for (const [at, part] of parts.entries()) {
      const next = join(name, part)
      const spot = fd === null ? next : `${handle(fd)}/${part}`
      const entry = lstatSync(spot, { throwIfNoEntry: false })
      const isLast = at === parts.length - 1
      if (entry?.isSymbolicLink() && !(isLast && end === 'itself')) {
        const link = { name: next, target: readlinkSync(spot), uid: entry.uid }
        free()
        return { link, holder, rest: parts.slice(at + 1).join('/'), account }
      }
      if (isLast) return { path: spot, name: next, holder, entry, account, fd }
      if (entry === undefined) throw missing(path)
      if (!entry.isDirectory()) throw notFolder(path)
      if (led !== null && isClosedTo(led, entry)) throw refused(path, `is out of reach for ${accountName(led)}`)
      stable &&= holder === null || (holder.uid === 0 && holder.sticky && entry.uid === 0)
      name = next
      if (stable && isRoots(entry)) {
        free()
        fd = null
        holder = null
        continue
      }
      const opened = openSync(spot, openDirectory)
      free()
      fd = opened
      const stats = fstatSync(fd)
      holder = isRoots(stats) ? null : { uid: stats.uid, sticky: (stats.mode & 0o1000) !== 0 }
      if (stats.uid !== 0) account ??= stats.uid
    }
    return { path: '/', name: '/', holder: null, entry: lstatSync('/'), account: null, fd: null }
  } catch (error) {
    free()
    throw error
  }
}

/** Only root writes to it. Bits of the group are also those of an access control list, and of whoever is in the group. */
const isRoots = (stats: Stats): boolean => stats.uid === 0 && (stats.mode & 0o022) === 0

/** Who the next folders must belong to from here on. Throws where the link is not followed. */
function followed(link: Link, holder: Holder | null, led: number | null, options: WayOptions): number | null {
  if (holder === null) return led
  const isOwn = link.uid === 0
  if (isOwn && (holder.uid === 0 || options.anyOfRoots)) return led
  if (!isOwn && (holder.uid === 0 || link.uid !== holder.uid))
    throw refused(link.name, `is a link of ${accountName(link.uid)}'s: not followed`)
  if (led !== null && led !== holder.uid)
    throw refused(link.name, `is reached by a link of ${accountName(led)}'s: not followed`)
  return holder.uid
}

const isOf = (uid: number, { holder, entry }: Pick<Way, 'holder' | 'entry'>): boolean =>
  holder?.uid === uid || (entry !== undefined && entry.uid === uid && !entry.isSymbolicLink())

const isClosedTo = (uid: number, { uid: owner, mode }: Stats): boolean => owner !== uid && (mode & 0o011) === 0

/** Why root must not read, write or give away what stands there. */
function refusal({ holder }: Way, stats: Stats): string | null {
  if (holder === null) return null
  if (stats.isSymbolicLink()) return `is a link of ${accountName(stats.uid)}'s: not followed`
  if (stats.isFile() && stats.nlink > 1 && (holder.uid === 0 || stats.uid !== holder.uid))
    return `is a file of ${accountName(stats.uid)}'s with further names, in a folder that others write to: not touched`
  return null
}

const missing = (path: string): Error =>
  Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT', path })
const notFolder = (path: string): Error =>
  Object.assign(new Error(`ENOTDIR: not a directory, '${path}'`), { code: 'ENOTDIR', path })
