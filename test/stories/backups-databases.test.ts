import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DataWork, keepData, restoreData } from '../../src/backups/data.ts'
import { dataItems } from '../../src/backups/declared.ts'
import { fromJson } from '../../src/configuration/json.ts'
import { findAccount } from '../../src/shell/account.ts'
import { localShell as shell } from '../../src/shell/local.ts'

/** Real servers on unix sockets of their own, in a folder of their own; told by the kernel to end when this process dies. */
let root = ''
const daemons: ChildProcess[] = []
const asRoot = process.getuid?.() === 0
const nobody = findAccount('nobody')
/** PostgreSQL refuses to run as root. */
const account = asRoot ? nobody : null
const postgresBin = existsSync('/usr/lib/postgresql')
  ? join('/usr/lib/postgresql', readdirSync('/usr/lib/postgresql').sort().at(-1) ?? '', 'bin')
  : ''
const has = {
  postgresql: postgresBin !== '',
  mariadb: existsSync('/usr/sbin/mariadbd') && existsSync('/usr/bin/mariadb-install-db'),
  redis: existsSync('/usr/bin/redis-server'),
}
for (const [name, there] of Object.entries(has))
  if (!there) console.warn(`skipped: the Debian package of ${name} is not installed`)

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'corpus-db-'))
  chmodSync(root, 0o755)
  for (const name of ['data', 'archives', 'pg', 'my', 'redis']) mkdirSync(join(root, name))
  if (account) for (const name of ['pg', 'my', 'redis', 'data']) chownSync(join(root, name), account.uid, account.gid)
  await Promise.all([has.postgresql && startPostgresql(), has.mariadb && startMariadb(), has.redis && startRedis()])
}, 120_000)

afterAll(async () => {
  const ends = daemons.map(daemon => new Promise(resolve => daemon.on('exit', resolve)))
  for (const daemon of daemons) daemon.kill('SIGTERM')
  await Promise.race([Promise.all(ends), new Promise(resolve => setTimeout(resolve, 20_000))])
  rmSync(root, { recursive: true, force: true, maxRetries: 10 })
}, 60_000)

const as = (argv: string[]): string[] =>
  account ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...argv] : argv
function run(...argv: string[]): string {
  const [file, ...args] = as(argv)
  return execFileSync(file ?? '', args, {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', HOME: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}
function daemon(...argv: string[]) {
  const [file, ...args] = as(['setpriv', '--pdeathsig', 'TERM', ...argv])
  daemons.push(
    spawn(file ?? '', args, { stdio: 'ignore', cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C', HOME: root } }),
  )
}
const answers = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 200 })

const psql = (sql: string) =>
  run('psql', '-XAtq', '-h', join(root, 'pg'), '-p', '5999', '-U', 'owner', '-d', 'shop', '-c', sql)
async function startPostgresql() {
  run(join(postgresBin, 'initdb'), '-D', join(root, 'pg/db'), '-U', 'owner', '-A', 'trust', '--no-sync')
  daemon(
    join(postgresBin, 'postgres'),
    '-D',
    join(root, 'pg/db'),
    '-k',
    join(root, 'pg'),
    '-p',
    '5999',
    '-c',
    'listen_addresses=',
    '-c',
    'fsync=off',
  )
  await answers(() => run('createdb', '-h', join(root, 'pg'), '-p', '5999', '-U', 'owner', 'shop'))
}

const socket = () => join(root, 'my/s.sock')
const mysql = (sql: string) =>
  run(
    'mariadb',
    '--no-defaults',
    `--socket=${socket()}`,
    '--user=app',
    '--default-character-set=utf8mb4',
    '--password=it is "s\'cret',
    '-N',
    '-B',
    '-e',
    sql,
    'shop',
  )
async function startMariadb() {
  const owner = ['--no-defaults', `--datadir=${join(root, 'my/db')}`]
  run('mariadb-install-db', ...owner, '--auth-root-authentication-method=normal', '--skip-test-db')
  daemon(
    '/usr/sbin/mariadbd',
    ...owner,
    `--socket=${socket()}`,
    '--skip-networking',
    `--pid-file=${join(root, 'my/pid')}`,
  )
  await answers(() =>
    run('mariadb', '--no-defaults', `--socket=${socket()}`, '--user=root', '-e', 'CREATE DATABASE IF NOT EXISTS shop'),
  )
  const grant = `CREATE USER app@localhost IDENTIFIED BY 'it is "s\\'cret'; GRANT ALL ON shop.* TO app@localhost`
  run('mariadb', '--no-defaults', `--socket=${socket()}`, '--user=root', '-e', grant)
}

const redis = (...words: string[]) =>
  run('redis-cli', '--no-auth-warning', '-s', join(root, 'redis/s'), '-a', 'pass word', ...words)
async function startRedis() {
  const config = [
    'port 0',
    `unixsocket ${join(root, 'redis/s')}`,
    'unixsocketperm 777',
    `dir ${join(root, 'redis')}`,
    'requirepass "pass word"',
    'save ""',
    'masterauth old',
    '',
  ]
  writeFileSync(join(root, 'redis.conf'), config.join('\n'))
  daemon('redis-server', join(root, 'redis.conf'))
  await answers(() => expect(redis('PING')).toBe('PONG'))
}

const work = (declared: object, more: Partial<DataWork> = {}): DataWork => ({
  shell,
  items: dataItems(fromJson(declared)),
  dataFolder: join(root, 'data'),
  records: join(root, 'records'),
  folder: join(root, 'archives/r1'),
  ...(account && { user: account }),
  ...more,
})
const nothingLeft = () => expect(readdirSync(join(root, 'archives'))).toEqual(['r1'])

test.runIf(has.postgresql)(
  'a PostgreSQL database becomes what it was: rows, tables, schemas and views, in one transaction',
  async () => {
    const shop = { shop: { postgresql: 'shop', host: join(root, 'pg'), port: 5999, user: 'owner' } }
    psql(
      `CREATE TABLE item (id serial PRIMARY KEY, name text); INSERT INTO item (name) VALUES (E'a\\n\\'\\\\ é'), (NULL); CREATE VIEW named AS SELECT * FROM item WHERE name IS NOT NULL; CREATE SCHEMA "odd Name"; CREATE TABLE "odd Name"."Übung" (x bytea); INSERT INTO "odd Name"."Übung" VALUES ('\\x00ff')`,
    )
    await keepData(work(shop))
    psql(
      `DELETE FROM item; ALTER TABLE item ADD COLUMN later int; CREATE TABLE migration (x int); CREATE SCHEMA later; DROP SCHEMA "odd Name" CASCADE; INSERT INTO item (later) VALUES (1)`,
    )
    await restoreData(work(shop))
    expect(psql(`SELECT count(*) FROM item; SELECT name FROM named; SELECT x FROM "odd Name"."Übung"`)).toBe(
      "2\na\n'\\ é\n\\x00ff",
    )
    expect(
      psql(
        `SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema !~ '^pg_|information_schema' ORDER BY 1, 2`,
      ),
    ).toBe('odd Name|Übung\npublic|item\npublic|named')
    expect(psql(`INSERT INTO item (name) VALUES ('next') RETURNING id`)).toBe('3')
    nothingLeft()
  },
)

test.runIf(has.postgresql)('a PostgreSQL restore that is stopped by a lost database touches nothing', async () => {
  const gone = { shop: { postgresql: 'absent', host: join(root, 'pg'), port: 5999, user: 'owner' } }
  await expect(keepData(work(gone, { folder: join(root, 'archives/r2') }))).rejects.toThrow(
    /PostgreSQL database absent could not be dumped: .*does not exist/,
  )
  nothingLeft()
})

test.runIf(has.mariadb)(
  'a MariaDB database becomes what it was: rows, tables, views, routines and triggers',
  async () => {
    const shop = { shop: { mariadb: 'shop', host: socket(), user: 'app', password: 'it is "s\'cret' } }
    mysql(
      "CREATE TABLE item (id int PRIMARY KEY AUTO_INCREMENT, name text CHARACTER SET utf8mb4, b blob); INSERT INTO item (name, b) VALUES ('a\\n\\'😀', x'00ff'); CREATE TABLE child (item int, FOREIGN KEY (item) REFERENCES item (id)); INSERT INTO child VALUES (1); CREATE VIEW v AS SELECT name FROM item; CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW SET NEW.b = x'01'",
    )
    await keepData(work(shop))
    mysql(
      'DELETE FROM child; DROP VIEW v; CREATE TABLE `odd ``Name` (x int); CREATE VIEW later AS SELECT 1; DROP TRIGGER t; UPDATE item SET name = NULL',
    )
    await restoreData(work(shop))
    expect(mysql('SELECT COUNT(*) FROM child; SELECT HEX(name), HEX(b) FROM item JOIN v USING (name)')).toBe(
      '1\n610A27F09F9880\t00FF',
    )
    expect(mysql('SHOW TABLES').split('\n').sort()).toEqual(['child', 'item', 'v'])
    expect(mysql('SHOW TRIGGERS')).toContain('item')
    nothingLeft()
  },
)

test.runIf(has.mariadb)('a wrong password is told, and is in no message', async () => {
  const shop = { shop: { mariadb: 'shop', host: socket(), user: 'app', password: 'hunter22' } }
  const error = await keepData(work(shop, { folder: join(root, 'archives/r2') })).catch(caught => caught)
  expect(error).toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringMatching(/Access denied/) })
  expect(JSON.stringify(error) + error.message + error.detail).not.toContain('hunter22')
})

test.runIf(has.redis)(
  'the data of Redis becomes what it was, while it serves, and it is its own master again',
  async () => {
    const queue = { queue: { redis: `unix://${join(root, 'redis/s')}`, password: 'pass word' } }
    redis('SET', 'a', 'then')
    redis('RPUSH', 'list', 'é', '')
    redis('-n', '3', 'SET', 'other', 'db')
    await keepData(work(queue))
    redis('SET', 'a', 'now')
    redis('SET', 'later', 'x')
    redis('-n', '3', 'FLUSHDB')
    await restoreData(work(queue))
    expect([
      redis('GET', 'a'),
      redis('LRANGE', 'list', '0', '-1'),
      redis('EXISTS', 'later'),
      redis('-n', '3', 'GET', 'other'),
    ]).toEqual(['then', 'é', '0', 'db'])
    expect(redis('INFO', 'replication')).toMatch(/role:master/)
    expect(redis('CONFIG', 'GET', 'masterauth')).toBe('masterauth\nold')
    nothingLeft()
  },
)
