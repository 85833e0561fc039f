/** Data that only the project's own commands can dump and put back. */
import { CorpusError } from '../kernel/errors.ts'
import { program } from '../shell/programs.ts'
import type { CommandItem, DataKind } from './item.ts'
import { run } from './run.ts'

export const command: DataKind<CommandItem> = {
  suffix: '.dump',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    await run(
      {
        argv: [program('sh'), '-c', 'exec "$@"', 'sh', ...item.dump],
        cwd: context.dataFolder,
        outputFile: file,
        failed: `The data ${item.name} could not be dumped`,
      },
      context,
    )
  },
  async restore(item, file, context) {
    if (item.restore.length === 0)
      throw new CorpusError('BACKUP_FAILED', `No command is declared that puts the data ${item.name} back.`)
    await run(
      {
        argv: [program('sh'), '-c', 'exec "$@"', 'sh', ...item.restore],
        cwd: context.dataFolder,
        inputFile: file,
        failed: `The data ${item.name} could not be put back`,
      },
      context,
    )
  },
}
