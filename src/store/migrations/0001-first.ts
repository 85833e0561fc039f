/** Version 1: users and what they may, jobs with their events, the audit, and the index of files. */
import { type ColumnDefinitionBuilder, sql } from 'kysely'
import type { Migration } from '../migrate.ts'
import type { Change, Store } from '../store.ts'

export const first: Migration = {
  name: 'first',
  async up(change, kind) {
    await change.schema
      .createTable('store_version')
      .addColumn('number', 'integer', column => column.primaryKey())
      .addColumn('name', 'text', needed)
      .addColumn('at', 'bigint', needed)
      .execute()
    await makePeople(change, kind)
    await makeJobs(change, kind)
    await makeAudit(change, kind)
    await makeIndex(change)
  },
}

type Column = ColumnDefinitionBuilder
const needed = (column: Column): Column => column.notNull()

/** Counted by the database; a number that was given is never given again. */
const countedType = (kind: Store['kind']) => (kind === 'sqlite' ? 'integer' : 'bigserial')
const counted =
  (kind: Store['kind']) =>
  (column: Column): Column =>
    kind === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey()

async function makePeople(change: Change, kind: Store['kind']): Promise<void> {
  const { schema } = change
  await schema
    .createTable('users')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('password', 'text')
    .addColumn('admin', 'integer', column => column.notNull().defaultTo(0))
    .addColumn('source', 'text', needed)
    .addColumn('subject', 'text')
    .addColumn('created_at', 'bigint', needed)
    .addColumn('disabled_at', 'bigint')
    .addUniqueConstraint('users_subject', ['source', 'subject'])
    .execute()
  await schema
    .createTable('groups')
    .addColumn('name', 'text', column => column.primaryKey())
    .addColumn('source', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .execute()
  await schema
    .createTable('memberships')
    .addColumn('user_name', 'text', column => column.notNull().references('users.name').onDelete('cascade'))
    .addColumn('group_name', 'text', column => column.notNull().references('groups.name').onDelete('cascade'))
    .addPrimaryKeyConstraint('memberships_key', ['user_name', 'group_name'])
    .execute()
  await schema
    .createTable('tokens')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('user_name', 'text', column => column.notNull().references('users.name').onDelete('cascade'))
    .addColumn('label', 'text', needed)
    .addColumn('digest', 'text', column => column.notNull().unique())
    .addColumn('rights', 'text')
    .addColumn('projects', 'text')
    .addColumn('created_at', 'bigint', needed)
    .addColumn('expires_at', 'bigint')
    .addColumn('used_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute()
  await schema
    .createTable('keys')
    .addColumn('fingerprint', 'text', column => column.primaryKey())
    .addColumn('user_name', 'text', column => column.notNull().references('users.name').onDelete('cascade'))
    .addColumn('public_key', 'text', needed)
    .addColumn('comment', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .addColumn('used_at', 'bigint')
    .execute()
  await schema
    .createTable('rights')
    .addColumn('number', countedType(kind), counted(kind))
    .addColumn('grantee_kind', 'text', needed)
    .addColumn('grantee', 'text', needed)
    .addColumn('what', 'text', needed)
    .addColumn('effect', 'text', needed)
    .addColumn('target_kind', 'text', needed)
    .addColumn('target', 'text', needed)
    .addColumn('granted_by', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .addUniqueConstraint('rights_once', ['grantee_kind', 'grantee', 'what', 'effect', 'target_kind', 'target'])
    .execute()
  for (const table of ['tokens', 'keys'] as const)
    await schema.createIndex(`${table}_of_user`).on(table).column('user_name').execute()
}

async function makeJobs(change: Change, kind: Store['kind']): Promise<void> {
  const { schema } = change
  await schema
    .createTable('jobs')
    .addColumn('number', countedType(kind), counted(kind))
    .addColumn('id', 'text', column => column.notNull().unique())
    .addColumn('request', 'text', needed)
    .addColumn('project', 'text')
    .addColumn('input', 'text', needed)
    .addColumn('caller', 'text', needed)
    .addColumn('came_from', 'text', needed)
    .addColumn('state', 'text', needed)
    .addColumn('progress', 'integer', needed)
    .addColumn('error', 'text')
    .addColumn('answer', 'text')
    .addColumn('created_at', 'bigint', needed)
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('claimed_by', 'text')
    .addColumn('claim', 'text')
    .addColumn('heartbeat_at', 'bigint')
    .addColumn('attempts', 'integer', needed)
    .addColumn('resumable', 'integer', needed)
    .addColumn('cancel_asked_at', 'bigint')
    .addColumn('cancel_asked_by', 'text')
    .addColumn('events', 'integer', needed)
    .addColumn('idempotency_key', 'text')
    .addColumn('idempotency_digest', 'text')
    .addUniqueConstraint('jobs_once', ['caller', 'idempotency_key'])
    .execute()
  await schema.createIndex('jobs_by_state').on('jobs').columns(['state', 'number']).execute()
  await schema.createIndex('jobs_of_project').on('jobs').columns(['project', 'number']).execute()
  await schema
    .createTable('events')
    .addColumn('job', 'text', column => column.notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('place', 'integer', needed)
    .addColumn('at', 'bigint', needed)
    .addColumn('event', 'text', needed)
    .addPrimaryKeyConstraint('events_key', ['job', 'place'])
    .execute()
  await keepAsWritten(change, kind, 'events', ['update'])
}

async function makeAudit(change: Change, kind: Store['kind']): Promise<void> {
  const { schema } = change
  await schema
    .createTable('audit')
    .addColumn('number', 'bigint', column => column.primaryKey())
    .addColumn('at', 'bigint', needed)
    .addColumn('who', 'text', needed)
    .addColumn('came_from', 'text', needed)
    .addColumn('request', 'text', needed)
    .addColumn('target', 'text')
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .addColumn('outcome', 'text', needed)
    .addColumn('request_id', 'text')
    .addColumn('previous_hash', 'text', needed)
    .addColumn('hash', 'text', needed)
    .execute()
  await schema.createIndex('audit_of_target').on('audit').columns(['target', 'number']).execute()
  await keepAsWritten(change, kind, 'audit', ['update', 'delete'])
  await schema
    .createTable('audit_head')
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('number', 'bigint', needed)
    .addColumn('hash', 'text', needed)
    .execute()
  await change.insertInto('audit_head').values({ id: 1, number: 0, hash: '' }).execute()
}

async function makeIndex(change: Change): Promise<void> {
  const { schema } = change
  await schema
    .createTable('indexed_projects')
    .addColumn('place', 'text', needed)
    .addColumn('project', 'text', needed)
    .addColumn('mark', 'text', needed)
    .addColumn('newest', 'text')
    .addColumn('newest_status', 'text')
    .addColumn('newest_mark', 'text')
    .addColumn('open', 'text', needed)
    .addPrimaryKeyConstraint('indexed_projects_key', ['place', 'project'])
    .execute()
  await schema
    .createTable('indexed_deployments')
    .addColumn('place', 'text', needed)
    .addColumn('project', 'text', needed)
    .addColumn('release', 'text', needed)
    .addColumn('mark', 'text', needed)
    .addColumn('sequence', 'bigint', needed)
    .addColumn('status', 'text')
    .addColumn('record', 'text')
    .addPrimaryKeyConstraint('indexed_deployments_key', ['place', 'project', 'release'])
    .execute()
}

/** Whoever has the database's password may still take the trigger away; a fault of ours does not. */
async function keepAsWritten(
  change: Change,
  kind: Store['kind'],
  table: 'audit' | 'events',
  acts: readonly ('update' | 'delete')[],
): Promise<void> {
  const said = `${table} is only appended to`
  if (kind === 'postgres')
    await sql
      .raw(
        `create function ${table}_as_written() returns trigger language plpgsql as $$ begin raise exception '${said}'; end $$`,
      )
      .execute(change)
  for (const act of acts)
    await sql
      .raw(
        kind === 'sqlite'
          ? `create trigger ${table}_no_${act} before ${act} on ${table} begin select raise(abort, '${said}'); end`
          : `create trigger ${table}_no_${act} before ${act} on ${table} for each row execute function ${table}_as_written()`,
      )
      .execute(change)
}
