/** Data that only the project's own commands can dump and put back. */
import { CorpusError } from '../kernel/errors.ts'
import type { CommandItem, DataKind } from './item.ts'
import { run } from './run.ts'

export const command: DataKind<CommandItem> = {
  suffix: '.dump',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    await run(
      {
        argv: item.dump,
        cwd: context.dataFolder,
        outputFile: file,
        failed: `The data ${item.name} could not be dumped`,
      },
      context,
    )
  },
  async restore(item, file, context) {
    const [program, ...rest] = item.restore
    if (program === undefined)
      throw new CorpusError('BACKUP_FAILED', `No command is declared that puts the data ${item.name} back.`)
    await run(
      {
        argv: [program, ...rest],
        cwd: context.dataFolder,
        inputFile: file,
        failed: `The data ${item.name} could not be put back`,
      },
      context,
    )
  },
}
