/** A PostgreSQL database, as plain SQL that goes back in one transaction: all of it or nothing. */
import { writeFileSync } from 'node:fs'
import { program } from '../shell/programs.ts'
import type { DatabaseItem, DataKind } from './item.ts'
import { run } from './run.ts'

export const postgresql: DataKind<DatabaseItem> = {
  suffix: '.sql',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    const options = ['--no-password', '--format=plain', '--encoding=UTF8', '--quote-all-identifiers'] as const
    const argv = [program('pg_dump'), ...options] as const
    const failed = `The PostgreSQL database ${item.database} could not be dumped`
    await run({ argv, env: environment(item), account: item.account, outputFile: file, failed }, context)
  },
  async restore(item, file, context) {
    const whole = `${file}.whole`
    const failed = `The PostgreSQL database ${item.database} could not be put back`
    const argv = [
      program('psql'),
      '--no-password',
      '--no-psqlrc',
      '--quiet',
      '--single-transaction',
      '--set=ON_ERROR_STOP=1',
      '--file=-',
    ] as const
    writeFileSync(whole, emptying, { mode: 0o600 })
    await run(
      { argv: [program('sh'), '-c', 'cat -- "$1" >>"$2"', 'sh', file, whole], failed },
      { ...context, user: undefined },
    )
    await run({ argv, env: environment(item), account: item.account, inputFile: whole, failed }, context)
    return undefined
  },
}

/** What came after the dump must go as well: tables of a migration that is taken back would stand in its way the next time. */
const emptying = `
SET client_min_messages = warning;
DO $corpus$
DECLARE schema_name name;
BEGIN
  FOR schema_name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', schema_name);
  END LOOP;
  CREATE SCHEMA public;
  IF current_setting('server_version_num')::int < 150000 THEN
    GRANT ALL ON SCHEMA public TO PUBLIC;
  ELSE
    GRANT USAGE ON SCHEMA public TO PUBLIC;
  END IF;
END
$corpus$;
`

function environment(item: DatabaseItem): Record<string, string> {
  const given = { PGHOST: item.host, PGPORT: item.port, PGUSER: item.user, PGPASSWORD: item.password }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    PGDATABASE: item.database,
    PGCONNECT_TIMEOUT: '10',
  }
}
