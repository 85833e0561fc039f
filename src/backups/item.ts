/** What a kind of data is: how it is dumped to one file, and how it is put back from it. */
import type { Account, Shell } from '../shell/shell.ts'

export interface DataContext {
  readonly shell: Shell
  readonly signal: AbortSignal | undefined
  /** Where paths of the project's data are below. */
  readonly dataFolder: string
  /** A folder that the account does not reach: what is moved in the data stands here, not there. */
  readonly records: string
  /** Whom all that touches the data runs as, and the commands of databases; default: whoever runs this. */
  readonly user: Account | undefined
}

interface Common {
  /** The name under which it is kept: letters, digits, `-` and `_`. */
  readonly name: string
}

/** A file or folder below the project's data. */
export interface PathItem extends Common {
  readonly kind: 'path'
  /** Relative to the data folder; `.` is all of it. */
  readonly path: string
}

export interface DatabaseItem extends Common {
  readonly kind: 'postgresql' | 'mariadb'
  readonly database: string
  /** Empty for the local socket. */
  readonly host: string
  readonly port: string
  readonly user: string
  readonly password: string
  /** The account of the machine that asks, where the database goes by that. */
  readonly account: string
}

export interface SqliteItem extends Common {
  readonly kind: 'sqlite'
  /** Relative to the data folder. */
  readonly path: string
}

export interface RedisItem extends Common {
  readonly kind: 'redis'
  readonly host: string
  readonly port: string
  /** A unix socket, instead of host and port. */
  readonly socket: string
  readonly password: string
}

/** Commands of the project: one writes to its standard output what the other reads from its standard input. */
export interface CommandItem extends Common {
  readonly kind: 'command'
  readonly dump: readonly [string, ...string[]]
  /** Empty where nothing can be put back. */
  readonly restore: readonly string[]
}

export type DataItem = PathItem | DatabaseItem | SqliteItem | RedisItem | CommandItem

export interface DataKind<Item extends DataItem> {
  /** What the file's name ends with. */
  readonly suffix: string
  /** Whether packing the dump makes it smaller: some are packed already. */
  readonly packs: boolean
  /** Writes `file`, which is not there yet. Throws, and whatever it wrote is thrown away. */
  dump(item: Item, file: string, context: DataContext): Promise<void>
  /**
   * Makes the data what it was when `file` was dumped: nothing that came later stays. What can be taken back without a
   * dump of the present answers how; for all else the present is dumped first.
   */
  restore(item: Item, file: string, context: DataContext): Promise<Restored | undefined>
  readonly takesBack: boolean
}

/** A restore that is done, and not yet for good. Exactly one of the two is called. */
export interface Restored {
  takeBack(): Promise<void>
  finish(): Promise<void>
}
