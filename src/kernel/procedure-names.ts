/** The procedures of the RFC by name, in order; index.ts has what each does. */

export const procedureNames = [
  'trigger',
  'archive',
  'initialization',
  'release-sync',
  'configure',
  'build',
  'install',
  'reconfigure',
  'activate',
  'upgrade',
  'bundle',
  'post_install',
  'rollback',
  'notification',
] as const

export type ProcedureName = (typeof procedureNames)[number]

/** What a new configuration needs, when only the pillar was pushed: no build and no artifacts. */
export const pillarProcedures: readonly ProcedureName[] = [
  'trigger',
  'archive',
  'initialization',
  'reconfigure',
  'activate',
  'upgrade',
  'post_install',
  'rollback',
  'notification',
]
