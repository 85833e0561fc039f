/** A SQLite database, copied and put back by its own backup interface while the application has it open, as its account. */
import { type Program, program } from '../shell/programs.ts'
import { folderOf, newId } from './exchange.ts'
import type { DataKind, SqliteItem } from './item.ts'
import { run } from './run.ts'

export const sqlite: DataKind<SqliteItem> = {
  suffix: '.sqlite',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    const failed = `The SQLite database ${item.path} could not be dumped`
    await run({ argv: words(dumping, item), cwd: context.dataFolder, outputFile: file, failed }, context)
  },
  async restore(item, file, context) {
    const failed = `The SQLite database ${item.path} could not be put back`
    await run({ argv: words(restoring, item), cwd: context.dataFolder, inputFile: file, failed }, context)
    return undefined
  },
}

/** `$1` is a scratch folder beside the data, `$2` the database; nothing but the dump goes to the standard output. */
const scratch = `set -e
umask 077
mkdir "$1"
trap 'rm -rf -- "$1"' EXIT
trap 'exit 143' TERM INT
order() { sqlite3 -batch -bail -init /dev/null -cmd '.timeout 10000' "$2" "$1" </dev/null >&2; }
`
const dumping = `${scratch}
[ -f "$2" ] || { echo "there is no SQLite database $2 in the data" >&2; exit 1; }
order ".backup $1/copy" "$2"
cat -- "$1/copy"
`
const restoring = `${scratch}
cat >"$1/copy"
if [ -f "$2" ]; then
  order ".restore $1/copy" "$2"
else
  (umask 022; mkdir -p -- "$(dirname -- "$2")")
  mv -T -- "$1/copy" "$2"
fi
`

/** The database begins with a dot: neither an option nor a URI to sqlite3. */
const words = (script: string, item: SqliteItem): [Program, ...string[]] => [
  program('sh'),
  '-c',
  script,
  'sh',
  folderOf(newId()),
  `./${item.path}`,
]
