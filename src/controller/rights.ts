/** Who asks, and what it takes to be answered. */

/** The words in which rights are given. */
export const rights = [
  'see',
  'logs',
  'deploy',
  'push',
  'push-pillar',
  'configure',
  'secrets',
  'run',
  'shell',
  'operate',
  'admin',
] as const
export type Right = (typeof rights)[number]

/** What a right is held on. */
export const targets = ['project', 'guest', 'node', 'platform', 'machine'] as const
export type Target = (typeof targets)[number]

/** The entry point by which a request comes. */
type Origin = 'local' | 'ssh' | 'http' | 'push' | 'worker' | 'schedule'

export interface Caller {
  /** An account of this machine, or the name of a key. */
  readonly name: string
  readonly from: Origin
}
