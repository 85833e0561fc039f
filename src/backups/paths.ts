/** Files and folders of the data, as a tar that keeps owners, modes, times and holes. */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textOf } from '../shell/shell.ts'
import { abandon, exchangeName, finish, moveAll, moveAllBack, newOf } from './exchange.ts'
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
    const options = [
      '--create',
      '--format=posix',
      ...faithful,
      '--sort=name',
      '--exclude=./.corpus',
      '--exclude=./.????????????.restoring',
    ]
    const member = item.path === '.' ? '.' : `./${item.path}`
    await tar([...options, `--file=${file}`, '--', member], context, `${item.path} could not be kept`)
  },
  /**
   * All of it stands beside the old before anything is moved; then old and new change places.
   * `file` may be the folder that holds it (for `.`: that is it), too, which is then used up.
   */
  async restore(item, file, context) {
    const { dataFolder } = context
    const exchange = { folder: join(dataFolder, `.${randomBytes(6).toString('hex')}.restoring`), target: dataFolder }
    mkdirSync(newOf(exchange), { recursive: true, mode: 0o700 })
    try {
      await bring(item, file, newOf(exchange), context)
      moveAll(exchange, item.path === '.' ? contentOf(newOf(exchange), dataFolder) : [item.path])
    } catch (fault) {
      abandon(exchange)
      throw fault
    }
    return {
      takeBack: async () => {
        moveAllBack(exchange)
        finish(exchange)
      },
      finish: async () => finish(exchange),
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
  return [...names].filter(name => name !== '.corpus' && !exchangeName.test(name))
}
