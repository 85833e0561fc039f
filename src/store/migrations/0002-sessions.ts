/** Version 2: sessions of browsers, and when a directory last said that it knows a user. */
import type { Migration } from '../migrate.ts'

export const sessions: Migration = {
  name: 'sessions',
  async up({ schema }) {
    await schema.alterTable('users').addColumn('confirmed_at', 'bigint').execute()
    await schema
      .createTable('sessions')
      .addColumn('digest', 'text', column => column.primaryKey())
      .addColumn('user_name', 'text', column => column.notNull().references('users.name').onDelete('cascade'))
      .addColumn('came_from', 'text', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('used_at', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('sessions_of_user').on('sessions').column('user_name').execute()
  },
}
