/** The procedures of the RFC by name; `procedures/index.ts` is their order, and does not compile where this is another. */

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
