/** Files and folders of the data, as a tar that keeps modes, times and holes: read and written as the project's account. */
import { CorpusError } from '../kernel/errors.ts'
import { program } from '../shell/programs.ts'
import { type Outcome, textOf } from '../shell/shell.ts'
import { abandon, beginExchange, finish, moveAll, moveAllBack, newOf, presentIn, topNames } from './exchange.ts'
import type { DataContext, DataKind, PathItem } from './item.ts'
import { run } from './run.ts'

export const paths: DataKind<PathItem> = {
  suffix: '.tar',
  packs: true,
  takesBack: true,
  /** An application goes on writing meanwhile: a file that changes while it is read is kept as it was read. */
  async dump(item, file, context) {
    const [entry] = await presentIn(context, [item.path])
    if (!entry?.isThere) throw new CorpusError('BACKUP_FAILED', `There is no ${item.path} in the data to keep.`)
    const options = [
      '--create',
      '--file=-',
      '--format=posix',
      // The same content gives the same bytes: what keeps many dumps keeps a file once.
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      ...faithful,
      '--sort=name',
      '--exclude=./.corpus',
      '--exclude=./.????????????.restoring',
    ]
    const member = item.path === '.' ? '.' : `./${item.path}`
    await run(
      {
        argv: [program('tar'), ...options, '--', member],
        cwd: context.dataFolder,
        outputFile: file,
        failed: `${item.path} could not be kept`,
        forgives: isOfLiveData,
      },
      context,
    )
  },
  /** All of it stands beside the old before anything is moved; then old and new change places. */
  async restore(item, file, context) {
    const exchange = await beginExchange(context)
    try {
      await extract(item, file, newOf(exchange), context)
      await moveAll(
        exchange,
        item.path === '.' ? await topNames(exchange) : [Buffer.from(item.path).toString('latin1')],
      )
    } catch (fault) {
      await abandon(exchange)
      throw fault
    }
    return {
      takeBack: async () => {
        await moveAllBack(exchange)
        await finish(exchange)
      },
      finish: () => finish(exchange),
    }
  },
}

const faithful = ['--xattrs', '--acls', '--numeric-owner', '--sparse']

async function extract(item: PathItem, file: string, into: string, context: DataContext): Promise<void> {
  const options = ['--extract', '--file=-', ...faithful, '--same-permissions', '--delay-directory-restore']
  await run(
    {
      argv: [program('tar'), ...options, `--directory=${into}`],
      cwd: context.dataFolder,
      inputFile: file,
      failed: `${item.path} could not be put back`,
      forgives: isOfLiveData,
    },
    context,
  )
}

/** What tar says of files that an application goes on writing. */
function isOfLiveData(outcome: Outcome): boolean {
  const live = /: (file changed as we read it|File removed before we read it|socket ignored)$/
  const lines = textOf(outcome.stderr).trim().split('\n')
  return outcome.status === 1 && lines.every(line => live.test(line))
}
