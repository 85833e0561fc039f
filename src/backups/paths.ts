/** Files and folders of the data, as a tar that keeps owners, modes, times and holes. */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textOf } from '../shell/shell.ts'
import type { DataContext, DataKind, PathItem } from './item.ts'
import { failure, run } from './run.ts'

export const paths: DataKind<PathItem> = {
  suffix: '.tar',
  packs: true,
  takesBack: true,
  /** An application goes on writing meanwhile: a file that changes while it is read is kept as it was read. */
  async dump(item, file, context) {
    if (!existsSync(join(context.dataFolder, item.path)))
      throw new CorpusError('BACKUP_FAILED', `There is no ${item.path} in the data to keep.`)
    const options = ['--create', '--format=posix', ...faithful, '--sort=name', '--exclude=./.corpus']
    const member = item.path === '.' ? '.' : `./${item.path}`
    await tar([...options, `--file=${file}`, '--', member], context, `${item.path} could not be kept`)
  },
  /**
   * All of it stands beside the old before anything is moved; then old and new change places.
   * `file` may be the folder that holds it (for `.`: that is it), too, which is then used up.
   */
  async restore(item, file, context) {
    const fresh = join(context.dataFolder, `.${randomBytes(6).toString('hex')}.restoring`)
    mkdirSync(fresh, { mode: 0o700 })
    try {
      await bring(item, file, fresh, context)
      const names = item.path === '.' ? contentOf(fresh, context.dataFolder) : [item.path]
      const exchanged = exchangeAll(names, fresh, context.dataFolder)
      return {
        takeBack: async () => {
          for (const undo of exchanged) undo()
          rmSync(fresh, { recursive: true, force: true })
        },
        finish: async () => rmSync(fresh, { recursive: true, force: true }),
      }
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true })
      throw error
    }
  },
}

const faithful = ['--xattrs', '--acls', '--numeric-owner', '--sparse']

async function bring(item: PathItem, file: string, fresh: string, context: DataContext): Promise<void> {
  const failed = `${item.path} could not be put back`
  if (!lstatSync(file).isDirectory())
    return tar(
      ['--extract', ...faithful, '--delay-directory-restore', `--directory=${fresh}`, `--file=${file}`],
      context,
      failed,
    )
  const to = join(fresh, item.path)
  mkdirSync(dirname(to), { recursive: true })
  const from = item.path === '.' ? file : join(file, basename(item.path))
  const move = ['mv', '--no-target-directory', '--', from, to] as const
  await run({ argv: move, failed }, { ...context, user: undefined })
}

async function tar(options: readonly string[], context: DataContext, failed: string): Promise<void> {
  const argv = ['tar', ...options] as [string, ...string[]]
  const { shell, signal, dataFolder } = context
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' }
  const outcome = await shell.run({ argv, cwd: dataFolder, env, ...(signal && { signal }) })
  const live = /: (file changed as we read it|File removed before we read it|socket ignored)$/
  const onlyLive = textOf(outcome.stderr)
    .trim()
    .split('\n')
    .every(line => live.test(line))
  if (outcome.status !== 0 && !(outcome.status === 1 && onlyLive)) throw failure({ argv, failed }, outcome, signal)
}

/** The data folder itself stays, for it may be a mount; and what corpus keeps in it is not the application's. */
function contentOf(fresh: string, dataFolder: string): string[] {
  const names = new Set([...readdirSync(fresh), ...readdirSync(dataFolder)])
  return [...names].filter(name => name !== '.corpus' && !/^\.[0-9a-f]{12}\.restoring$/.test(name))
}

/** Answers how each is taken back, latest first; when one fails, the others are taken back at once. */
function exchangeAll(names: readonly string[], fresh: string, dataFolder: string): (() => void)[] {
  const undo: (() => void)[] = []
  try {
    for (const [index, name] of names.entries())
      undo.unshift(exchange(join(fresh, name), join(dataFolder, name), join(fresh, `.old-${index}`)))
  } catch (error) {
    for (const step of undo) step()
    throw error
  }
  return undo
}

/** `from` comes to `to`, and what was there goes to `old`; either may be missing. */
function exchange(from: string, to: string, old: string): () => void {
  const there = isThere(to)
  const comes = isThere(from)
  mkdirSync(dirname(to), { recursive: true })
  if (there) renameSync(to, old)
  const putOldBack = () => {
    if (there) renameSync(old, to)
  }
  try {
    if (comes) renameSync(from, to)
  } catch (error) {
    putOldBack()
    throw error
  }
  return () => {
    if (comes) renameSync(to, from)
    putOldBack()
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
