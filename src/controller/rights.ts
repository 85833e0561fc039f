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

/** Rights under one name. Whoever holds any of them on a project sees it. */
export const roles = {
  viewer: ['see', 'logs'],
  deployer: ['see', 'logs', 'deploy', 'push'],
  maintainer: ['see', 'logs', 'deploy', 'push', 'configure', 'secrets', 'run', 'operate'],
  owner: rights,
} as const satisfies Readonly<Record<string, readonly Right[]>>

/** What is granted: a right or a role. */
export const grantable = [...rights, ...(Object.keys(roles) as (keyof typeof roles)[])] as const

/** What a right is held on; a job belongs to its project, and of what is on each project one is told what one may see. */
export const targets = ['project', 'each project', 'guest', 'node', 'platform', 'machine', 'job'] as const
export type Target = (typeof targets)[number]

/** The entry point by which a request comes. */
export type Origin = 'local' | 'ssh' | 'http' | 'push' | 'worker' | 'schedule'

export interface Caller {
  /** An account of this machine, or the name of a key. */
  readonly name: string
  readonly from: Origin
  /** Missing: the kernel said who it is (root, or who holds a root of their own), and it may do everything. */
  readonly held?: Held
}

/** What a user holds, as the store has it at this moment. */
export interface Held {
  readonly admin: boolean
  readonly grants: readonly Granted[]
  /** What the token narrows it to; null where it came without one. */
  readonly token: {
    readonly id?: string
    readonly rights: readonly string[] | null
    readonly projects: readonly string[] | null
  } | null
}

export interface Granted {
  /** One of `grantable`. */
  readonly what: string
  readonly effect: 'allow' | 'deny'
  readonly on: { readonly kind: string; readonly glob: string }
}
