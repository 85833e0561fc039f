/** Keeps the data of a project in a folder of dumps, all of them or none, and puts it back from there. */
import { createHash, randomBytes } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { hasProgram, program } from '../shell/programs.ts'
import type { Account, Shell } from '../shell/shell.ts'
import { command } from './command.ts'
import { presentIn, takeBackInterrupted } from './exchange.ts'
import type { DataContext, DataItem, DataKind, Restored } from './item.ts'
import { mariadb } from './mariadb.ts'
import { paths } from './paths.ts'
import { postgresql } from './postgresql.ts'
import { redis } from './redis.ts'
import { run } from './run.ts'
import { sqlite } from './sqlite.ts'

export interface DataWork {
  readonly shell: Shell
  readonly items: readonly DataItem[]
  /** The project's data. */
  readonly dataFolder: string
  /** A folder that the account does not reach, for the plans of what is moved in the data. */
  readonly records: string
  /** The folder of dumps. */
  readonly folder: string
  /** Whom all that touches the data runs as: the commands of databases and of the project as well. */
  readonly user?: Account
  readonly signal?: AbortSignal
}

/** `data.json` beside the dumps. */
export interface DataManifest {
  readonly format: 1
  readonly created_at: string
  readonly dumps: readonly {
    readonly name: string
    readonly kind: string
    readonly file: string
    readonly bytes: number
    readonly sha256: string
  }[]
}

const manifestName = 'data.json'

/** The folder is there when all is dumped, and not before. One that was there is replaced. */
export async function keepData(work: DataWork, options: { readonly packed?: boolean } = {}): Promise<DataManifest> {
  await takeBackInterrupted(contextOf(work))
  const fresh = join(dirname(work.folder), `.${basename(work.folder)}.${randomBytes(6).toString('hex')}.new`)
  mkdirSync(fresh, { recursive: true, mode: 0o700 })
  try {
    const dumps: DataManifest['dumps'][number][] = []
    for (const item of work.items) dumps.push(await dumped(item, fresh, work, options.packed ?? true))
    const manifest = manifestWith(dumps)
    writeFileSync(join(fresh, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
    rmSync(work.folder, { recursive: true, force: true })
    renameSync(fresh, work.folder)
    return manifest
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** What is kept in a folder, each dump held against its digest. */
export async function verifyData(folder: string): Promise<DataManifest> {
  const manifest = readDataManifest(folder)
  for (const dump of manifest.dumps) {
    const path = join(folder, dump.file)
    const sound = existsSync(path) && statSync(path).size === dump.bytes && (await sha256Of(path)) === dump.sha256
    if (!sound)
      throw new CorpusError(
        'BACKUP_DAMAGED',
        `The dump ${path} is not what was kept: its content is another, or it is gone.`,
      )
  }
  return manifest
}

/**
 * Puts every item back that has a dump. What cannot be taken back otherwise is dumped before, and when one item fails,
 * those that were changed become again what they were: the error says where that did not succeed.
 */
export async function restoreData(work: DataWork): Promise<DataManifest> {
  await takeBackInterrupted(contextOf(work))
  const manifest = await verifyData(work.folder)
  const has = (item: DataItem) => manifest.dumps.some(dump => dump.name === item.name && dump.kind === item.kind)
  const missing = work.items.filter(item => !has(item))
  if (missing.length > 0)
    throw new CorpusError(
      'BACKUP_DAMAGED',
      `There is no dump of ${missing.map(item => item.name).join(', ')} in ${work.folder}.`,
    )
  const safety = mkdtempSync(join(dirname(work.folder), '.before-restore-'))
  const now = { ...work, folder: join(safety, 'data') }
  try {
    const there = await itemsThere({ ...work, items: work.items.filter(item => !kindOf(item).takesBack) })
    await keepData({ ...now, items: there }, { packed: false })
    await putAllBack(work, { ...now, items: there })
  } finally {
    rmSync(safety, { recursive: true, force: true })
  }
  return manifest
}

async function putAllBack(work: DataWork, before: DataWork): Promise<void> {
  const done: [DataItem, Restored | undefined][] = []
  try {
    for (const item of work.items) {
      // In the list before it begins: what fails halfway has changed something, too.
      done.unshift([item, undefined])
      const restored = await putBack(item, work)
      done[0] = [item, restored]
    }
  } catch (error) {
    await takeBack(done, before, error)
  }
  for (const [, restored] of done) await restored?.finish()
}

const kinds: { readonly [Kind in DataItem['kind']]: DataKind<Extract<DataItem, { kind: Kind }>> } = {
  path: paths,
  postgresql,
  mariadb,
  sqlite,
  redis,
  command,
}

function kindOf(item: DataItem): DataKind<DataItem> {
  return kinds[item.kind] as DataKind<DataItem>
}

const manifestWith = (dumps: DataManifest['dumps']): DataManifest => ({
  format: 1,
  created_at: new Date().toISOString(),
  dumps,
})

/** The manifest of these files in a folder, each the dump of an item. */
export async function manifestOf(
  folder: string,
  files: readonly (readonly [DataItem, string])[],
): Promise<DataManifest> {
  return manifestWith(await Promise.all(files.map(([item, file]) => digested(item, folder, file))))
}

async function dumped(
  item: DataItem,
  folder: string,
  work: DataWork,
  packed: boolean,
): Promise<DataManifest['dumps'][number]> {
  const kind = kindOf(item)
  let file = `${item.name}${kind.suffix}`
  await kind.dump(item, join(folder, file), contextOf(work))
  if (packed && kind.packs && hasProgram('zstd')) {
    const failed = `The dump of ${item.name} could not be packed`
    await run(
      { argv: [program('zstd'), '-q', '--rm', '-T1', '--', join(folder, file)], failed },
      { ...contextOf(work), user: undefined },
    )
    file += '.zst'
  }
  return digested(item, folder, file)
}

async function digested(
  { name, kind }: DataItem,
  folder: string,
  file: string,
): Promise<DataManifest['dumps'][number]> {
  const path = join(folder, file)
  return { name, kind, file, bytes: statSync(path).size, sha256: await sha256Of(path) }
}

/** From a copy of its own: a dump may have to be unpacked, and kinds put files of theirs beside it. */
async function putBack(item: DataItem, work: DataWork): Promise<Restored | undefined> {
  const kind = kindOf(item)
  const dump = readDataManifest(work.folder).dumps.find(one => one.name === item.name)
  if (dump === undefined) return undefined
  const scratch = mkdtempSync(join(dirname(work.folder), '.restoring-'))
  try {
    const plain = join(scratch, `${item.name}${kind.suffix}`)
    const from = join(work.folder, dump.file)
    const unpacking = [program('zstd'), '-q', '-d', '-o', plain, '--', from] as const
    const copying = [program('cp'), '--reflink=auto', '--', from, plain] as const
    const argv = dump.file.endsWith('.zst') ? unpacking : copying
    await run(
      { argv, failed: `The dump of ${item.name} could not be unpacked` },
      { ...contextOf(work), user: undefined },
    )
    return await kind.restore(item, plain, contextOf(work))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Newest first, and not to be cancelled. */
async function takeBack(
  done: readonly [DataItem, Restored | undefined][],
  before: DataWork,
  error: unknown,
): Promise<never> {
  const faults: string[] = []
  const { signal: _, ...unstoppable } = before
  for (const [item, restored] of done) {
    try {
      if (restored) await restored.takeBack()
      else if (before.items.includes(item)) await putBack(item, unstoppable)
    } catch (fault) {
      faults.push(`${item.name}: ${faultOf(fault).message}`)
    }
  }
  if (faults.length === 0) throw error
  const sentence = `${faultOf(error).message} And what was there before could not be put back: ${faults[0]}`
  throw new CorpusError('RESTORE_HALF_DONE', sentence, { detail: faults.join('\n'), cause: error })
}

/** What a first deployment has not made yet cannot be dumped, and need not be. */
export async function itemsThere(work: Omit<DataWork, 'folder'>): Promise<DataItem[]> {
  const paths = [...new Set(work.items.flatMap(item => ('path' in item ? [item.path] : [])))]
  const present = await presentIn(contextOf(work), paths)
  return work.items.filter(item => {
    const entry = 'path' in item ? present[paths.indexOf(item.path)] : undefined
    return item.kind === 'sqlite' ? entry?.leadsSomewhere : item.kind === 'path' ? entry?.isThere : true
  })
}

export function readDataManifest(folder: string): DataManifest {
  const path = join(folder, manifestName)
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as DataManifest
    const sound =
      manifest.format === 1 &&
      Array.isArray(manifest.dumps) &&
      manifest.dumps.every(({ file }) => /^[A-Za-z0-9][\w.-]*$/.test(file))
    if (!sound) throw new Error('its format is unknown')
    return manifest
  } catch (cause) {
    const gone = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new CorpusError(
      'BACKUP_DAMAGED',
      gone ? `There is no data in ${folder}.` : `${path} is damaged: ${(cause as Error).message}.`,
      { cause },
    )
  }
}

export function contextOf({ shell, dataFolder, records, user, signal }: Omit<DataWork, 'folder'>): DataContext {
  return { shell, dataFolder, records, user, signal }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece as Buffer)
  return hash.digest('hex')
}
