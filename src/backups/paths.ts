/** Files and folders of the data, as a tar that keeps owners, modes, times and holes. */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textOf } from '../shell/shell.ts'
import type { DataContext, DataKind, PathItem } from './item.ts'
import { failure } from './run.ts'

export const paths: DataKind<PathItem> = {
  suffix: '.tar',
  packs: true,
  /** An application goes on writing meanwhile: a file that changes while it is read is kept as it was read. */
  async dump(item, file, context) {
    if (!existsSync(join(context.dataFolder, item.path)))
      throw new CorpusError('BACKUP_FAILED', `There is no ${item.path} in the data to keep.`)
    const options = [
      '--create',
      '--format=posix',
      '--xattrs',
      '--acls',
      '--numeric-owner',
      '--sparse',
      '--sort=name',
      '--exclude=./.corpus',
    ]
    await tar([...options, `--file=${file}`, '--', member(item)], context, `${item.path} could not be kept`)
  },
  /** All of it is unpacked beside the old before anything is moved; then old and new change places. */
  async restore(item, file, context) {
    const fresh = join(context.dataFolder, `.${randomBytes(6).toString('hex')}.restoring`)
    mkdirSync(fresh, { mode: 0o700 })
    try {
      const options = [
        '--extract',
        '--xattrs',
        '--acls',
        '--numeric-owner',
        '--sparse',
        '--delay-directory-restore',
        `--directory=${fresh}`,
      ]
      await tar([...options, `--file=${file}`], context, `${item.path} could not be put back`)
      if (item.path === '.') exchangeContent(fresh, context.dataFolder)
      else exchange(join(fresh, item.path), join(context.dataFolder, item.path), fresh)
    } finally {
      rmSync(fresh, { recursive: true, force: true })
    }
  },
}

function member(item: PathItem): string {
  return item.path === '.' ? '.' : `./${item.path}`
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

/** What was there is gone when `fresh` is removed; when the second rename fails it is put back. */
function exchange(from: string, to: string, fresh: string): void {
  const old = join(fresh, `.old-${basename(to)}`)
  mkdirSync(dirname(to), { recursive: true })
  const there = lstatSync(to, { throwIfNoEntry: false }) !== undefined
  if (there) renameSync(to, old)
  try {
    renameSync(from, to)
  } catch (error) {
    if (there) renameSync(old, to)
    throw error
  }
}

/** The data folder itself stays: it may be a mount, and what corpus keeps in it is not the application's. */
function exchangeContent(fresh: string, folder: string): void {
  const names = new Set([...readdirSync(fresh), ...readdirSync(folder)])
  for (const name of names) {
    if (name === '.corpus' || name === basename(fresh) || name.startsWith('.old-')) continue
    if (existsSync(join(fresh, name)) || lstatSync(join(fresh, name), { throwIfNoEntry: false }))
      exchange(join(fresh, name), join(folder, name), fresh)
    else renameSync(join(folder, name), join(fresh, `.old-${name}`))
  }
}
