/** The words of a declaration that are the engine's own, not arguments of the state function. */

/** In the order in which a step's targets are run. */
export const requisiteKinds = [
  'require',
  'require_any',
  'watch',
  'watch_any',
  'prereq',
  'onfail',
  'onfail_any',
  'onfail_all',
  'onchanges',
  'onchanges_any',
] as const
export type RequisiteKind = (typeof requisiteKinds)[number]

/** Given to another step: `require_in: [T]` means that T requires this one. */
export const requisiteInKinds = [
  'require_in',
  'watch_in',
  'onfail_in',
  'onchanges_in',
  'prereq_in',
  'listen_in',
  'require_any_in',
  'watch_any_in',
  'onfail_any_in',
  'onfail_all_in',
  'onchanges_any_in',
] as const

/** Lists of these are appended to by `extend`; other arguments are replaced. */
export const appendedWords: ReadonlySet<string> = new Set([...requisiteKinds, 'onfail_stop', 'prerequired', 'listen'])

export const requisiteWords: ReadonlySet<string> = new Set([...appendedWords, ...requisiteInKinds, 'use', 'use_in'])

/** Never handed to a state function as an additional keyword. */
export const engineWords: ReadonlySet<string> = new Set([
  ...requisiteWords,
  'check_cmd',
  'failhard',
  'onlyif',
  'unless',
  'creates',
  'retry',
  'order',
  'parallel',
  'reload_modules',
  'reload_grains',
  'reload_pillar',
  'runas',
  'runas_password',
  'umask',
  'fire_event',
  'saltenv',
  'fun',
  'state',
  'provider',
  'name',
  'names',
])
