/** One change that brings a controller to what a file says of it. */
import type { Store } from '../../store/store.ts'
import type { Asked } from '../request.ts'
import type { Caller } from '../rights.ts'

type Action = 'add' | 'change' | 'remove'
type Kind = 'user' | 'grant' | 'project' | 'key'

export interface Field {
  readonly key: string
  /** Plain data, secrets masked; undefined where there was none, or is none any more. */
  readonly before?: unknown
  readonly after?: unknown
}

export interface Change {
  readonly action: Action
  readonly kind: Kind
  /** `ann`, `deployer on team-* for ann`. */
  readonly name: string
  readonly fields: readonly Field[]
  /** Those of a lower one come first. */
  readonly turn: Turn
  carryOut(hands: Hands): Promise<void>
}

/**
 * Nobody is let in before all that is denied is, nor to what is not there; what somebody loses goes once the rest is as it is to
 * be; what cannot be brought back goes last.
 */
export const turns = {
  user: 0,
  denial: 1,
  grant: 2,
  project: 3,
  key: 4,
  keyGone: 5,
  grantGone: 6,
  userGone: 7,
  projectGone: 8,
} as const
type Turn = (typeof turns)[keyof typeof turns]

/** What a change is carried out with. */
export interface Hands {
  readonly asked: Asked
  readonly caller: Caller
  /** Opened when it is needed first. Throws STORE_…. */
  store(): Promise<Store>
}

/** What somebody has to know who reads the changes: nothing that is changed. */
export type Notice = string

const mostListed = 10

export const listText = (names: readonly string[]): string =>
  `${names.slice(0, mostListed).join(', ')}${names.length > mostListed ? ` and ${names.length - mostListed} more` : ''}`

/** A line of it: `+ user ann`. */
export const lineOf = ({ action, kind, name }: Pick<Change, 'action' | 'kind' | 'name'>): string =>
  `${signs[action]} ${kind} ${name}`

const signs = { add: '+', change: '~', remove: '-' } as const

/** As it is answered. */
export const toldOfChange = ({ action, kind, name, fields }: Change) => ({
  action,
  kind,
  name,
  fields: fields.map(({ key, before, after }: Field) => ({
    key,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  })),
})

export type ToldChange = ReturnType<typeof toldOfChange>
