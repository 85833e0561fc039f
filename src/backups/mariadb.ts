/** A MariaDB or MySQL database, as SQL. It knows no transaction over tables: what fails halfway is mended by the caller. */

import { readFileSync, writeFileSync } from 'node:fs'
import { type Program, program } from '../shell/programs.ts'
import type { DatabaseItem, DataContext, DataKind } from './item.ts'
import { run } from './run.ts'

export const mariadb: DataKind<DatabaseItem> = {
  suffix: '.sql',
  packs: true,
  takesBack: false,
  async dump(item, file, context) {
    const options = [
      '--single-transaction',
      '--quick',
      '--routines',
      '--triggers',
      '--events',
      '--hex-blob',
      '--default-character-set=utf8mb4',
    ]
    const argv = [program('mariadb-dump'), ...connection(item), ...options, '--', item.database] as const
    const failed = `The MariaDB database ${item.database} could not be dumped`
    await run({ argv: [...argv], env: environment(item), account: item.account, outputFile: file, failed }, context)
  },
  async restore(item, file, context) {
    const failed = `The MariaDB database ${item.database} could not be put back`
    const whole = `${file}.whole`
    writeFileSync(whole, await emptying(item, `${file}.tables`, failed, context), { mode: 0o600 })
    await run(
      { argv: [program('sh'), '-c', 'cat -- "$1" >>"$2"', 'sh', file, whole], failed },
      { ...context, user: undefined },
    )
    await run(
      {
        argv: [...client(item), item.database],
        env: environment(item),
        account: item.account,
        inputFile: whole,
        failed,
      },
      context,
    )
  },
}

/** Drops every table and view, also those that came after the dump. */
async function emptying(item: DatabaseItem, file: string, failed: string, context: DataContext): Promise<string> {
  const sql = 'SELECT table_type, HEX(table_name) FROM information_schema.tables WHERE table_schema = DATABASE()'
  const argv: [Program, ...string[]] = [
    ...client(item),
    '--batch',
    '--skip-column-names',
    `--execute=${sql}`,
    item.database,
  ]
  await run({ argv, env: environment(item), account: item.account, outputFile: file, failed }, context)
  const drops = readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.includes('\t'))
    .map(line => {
      const [type, hex] = line.split('\t') as [string, string]
      const name = Buffer.from(hex, 'hex').toString('utf8').replaceAll('`', '``')
      return `DROP ${type === 'VIEW' ? 'VIEW' : 'TABLE'} IF EXISTS \`${name}\`;\n`
    })
  return `SET NAMES utf8mb4;\nSET FOREIGN_KEY_CHECKS = 0;\n${drops.join('')}SET FOREIGN_KEY_CHECKS = 1;\n`
}

function client(item: DatabaseItem): [Program, ...string[]] {
  return [program('mariadb'), ...connection(item), '--default-character-set=utf8mb4']
}

/** `--no-defaults` comes first or not at all: a configuration of the account must not add to a dump. */
function connection(item: DatabaseItem): string[] {
  const host = item.host.startsWith('/') ? [`--socket=${item.host}`] : item.host === '' ? [] : [`--host=${item.host}`]
  return [
    '--no-defaults',
    ...host,
    ...(item.port === '' ? [] : [`--port=${item.port}`]),
    ...(item.user === '' ? [] : [`--user=${item.user}`]),
  ]
}

/** By the environment: arguments can be read by every account of the machine. */
function environment(item: DatabaseItem): Record<string, string> {
  return item.password === '' ? {} : { MYSQL_PWD: item.password }
}
