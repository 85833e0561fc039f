/** A SQLite database, copied and put back by its own backup interface while the application has it open. */
import { chownSync, copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { DataContext, DataKind, SqliteItem } from './item.ts'
import { run } from './run.ts'

export const sqlite: DataKind<SqliteItem> = {
  suffix: '.sqlite',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    const database = join(context.dataFolder, item.path)
    if (!existsSync(database))
      throw new CorpusError('BACKUP_FAILED', `There is no SQLite database ${item.path} in the data.`)
    await sqlite3(
      database,
      `.backup ${basename(file)}`,
      dirname(file),
      `The SQLite database ${item.path} could not be dumped`,
      context,
    )
  },
  async restore(item, file, context) {
    const database = join(context.dataFolder, item.path)
    const failed = `The SQLite database ${item.path} could not be put back`
    if (existsSync(database)) {
      await sqlite3(database, `.restore ${basename(file)}`, dirname(file), failed, context)
      return undefined
    }
    mkdirSync(dirname(database), { recursive: true })
    copyFileSync(file, database)
    const { uid, gid } = statSync(dirname(database))
    if (process.getuid?.() === 0) chownSync(database, uid, gid)
    return undefined
  },
}

/** The dump is named without its folder, so that no name of a folder has to be quoted in sqlite3's own language. */
async function sqlite3(
  database: string,
  order: string,
  cwd: string,
  failed: string,
  context: DataContext,
): Promise<void> {
  const argv = ['sqlite3', '-batch', '-bail', '-cmd', '.timeout 10000', database, order] as const
  // As whoever runs this: it must write both here and there, and gives new journals to the owner of the database.
  await run({ argv, cwd, failed }, { ...context, user: undefined })
}
