/** What SQLite and PostgreSQL say, as errors of the catalogue. */
import { CorpusError } from '../kernel/errors.ts'

/** What is none of theirs comes back as it is: a broken constraint, too, is for whoever asked. */
export function asFault(error: unknown): unknown {
  if (error instanceof CorpusError || !(error instanceof Error)) return error
  const code = (error as { readonly code?: unknown }).code
  if (typeof code !== 'string') return error
  return (code.startsWith('SQLITE_') ? ofSqlite(code, error) : ofPostgres(code, error)) ?? error
}

/** Whether a row with the same key was there already. */
export const isTaken = (error: unknown): boolean =>
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE', '23505'].includes(
    String((error as { code?: unknown }).code),
  )

function ofSqlite(code: string, error: Error): CorpusError | undefined {
  const told = { detail: `${error.message} (${code})`, cause: error }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new CorpusError('STORE_BUSY', 'Another holds the store.', told)
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(code))
    return new CorpusError('STORE_DAMAGED', 'The file of the store is damaged.', told)
  if (code === 'SQLITE_FULL') return new CorpusError('DISK_FULL', 'There is no room for the store to grow.', told)
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH|NOLFS)/.test(code))
    return new CorpusError('STORE_UNREADABLE', 'The store cannot be read or written.', told)
  // A table or a column that migrations made is not there.
  if (code === 'SQLITE_ERROR' && /no such (table|column)/.test(error.message))
    return new CorpusError('STORE_DAMAGED', 'The store is not what this corpus made.', told)
  return undefined
}

/** Classes of PostgreSQL's SQLSTATE, and what the system says of a connection. */
function ofPostgres(code: string, error: Error): CorpusError | undefined {
  const told = { detail: `${error.message} (${code})`, cause: error }
  if (/^(ECONN|ENOTFOUND|ENOENT|EPIPE|EHOST|ENET|ETIMEDOUT|EAI_|EACCES|CERT_|ERR_TLS|SELF_SIGNED|UNABLE_TO)/.test(code))
    return new CorpusError('STORE_UNREACHABLE', 'The database of the store does not answer.', told)
  if (/^(08|28|57P|3D|53)/.test(code))
    return new CorpusError('STORE_UNREACHABLE', 'The database of the store refuses.', told)
  if (code === '55P03' || code === '57014') return new CorpusError('STORE_BUSY', 'Another holds the store.', told)
  if (code === '42501') return new CorpusError('STORE_UNREADABLE', 'The database lets this user not in.', told)
  if (code === '42P01' || code === '42703')
    return new CorpusError('STORE_DAMAGED', 'The store is not what this corpus made.', told)
  return undefined
}
