/** The tables of the store, as queries see them: times are milliseconds since 1970, truth is 0 or 1, JSON is text. */
import type { Generated } from 'kysely'

export interface Tables {
  readonly store_version: VersionTable
  readonly users: UserTable
  readonly groups: GroupTable
  readonly memberships: MembershipTable
  readonly tokens: TokenTable
  readonly sessions: SessionTable
  readonly keys: KeyTable
  readonly rights: RightTable
  readonly jobs: JobTable
  readonly events: EventTable
  readonly audit: AuditTable
  readonly audit_head: AuditHeadTable
  readonly indexed_projects: IndexedProjectTable
  readonly indexed_deployments: IndexedDeploymentTable
}

interface VersionTable {
  number: number
  name: string
  at: number
}

export interface UserTable {
  name: string
  /** As argon2 writes it; null where the user has no password here. */
  password: string | null
  admin: number
  /** Who says who it is: `local`, `ldap`, `oidc`. */
  source: string
  /** What that source calls it. */
  subject: string | null
  created_at: number
  disabled_at: number | null
  /** When that source last said that it knows it; null for `local`. */
  confirmed_at: Generated<number | null>
}

interface GroupTable {
  name: string
  source: string
  created_at: number
}

interface MembershipTable {
  user_name: string
  group_name: string
}

export interface TokenTable {
  id: string
  user_name: string
  label: string
  /** SHA-256 of the secret, which has 256 random bits. */
  digest: string
  /** Rights and globs of projects that it is narrowed to, as JSON; null: all that its user may. */
  rights: string | null
  projects: string | null
  created_at: number
  expires_at: number | null
  used_at: number | null
  revoked_at: number | null
}

interface SessionTable {
  /** SHA-256 of what the cookie has, which has 256 random bits. */
  digest: string
  user_name: string
  came_from: string
  created_at: number
  used_at: number
}

export interface KeyTable {
  /** `SHA256:…`, as ssh-keygen prints it. */
  fingerprint: string
  user_name: string
  /** Type and base64, without the comment. */
  public_key: string
  comment: string
  created_at: number
  used_at: number | null
}

export interface RightTable {
  number: Generated<number>
  grantee_kind: 'user' | 'group'
  grantee: string
  /** A right or a role. */
  what: string
  effect: 'allow' | 'deny'
  target_kind: string
  target: string
  granted_by: string
  created_at: number
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted'

export interface JobTable {
  number: Generated<number>
  id: string
  request: string
  project: string | null
  input: string
  caller: string
  came_from: string
  state: JobState
  progress: number
  /** A fault as JSON. */
  error: string | null
  answer: string | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  /** The controller that runs it, and the proof that its claim is the last one. */
  claimed_by: string | null
  claim: string | null
  heartbeat_at: number | null
  attempts: number
  /** Whether a job whose controller died is begun anew. */
  resumable: number
  cancel_asked_at: number | null
  cancel_asked_by: string | null
  /** How many events it has: the next one's offset. */
  events: number
  idempotency_key: string | null
  idempotency_digest: string | null
}

interface EventTable {
  job: string
  place: number
  at: number
  event: string
}

export interface AuditTable {
  number: number
  at: number
  who: string
  came_from: string
  request: string
  target: string | null
  before: string | null
  after: string | null
  outcome: string
  request_id: string | null
  previous_hash: string
  hash: string
}

/** One row: the end of the chain, which is also what appends wait for. */
interface AuditHeadTable {
  id: number
  number: number
  hash: string
}

/** `place` is a root on a machine: several may share a PostgreSQL. */
export interface IndexedProjectTable {
  place: string
  project: string
  /** Of the folder of deployments when it was read; empty where that proves nothing. */
  mark: string
  newest: string | null
  newest_status: string | null
  newest_mark: string | null
  /** Ids of deployments that may still change, as JSON. */
  open: string
}

export interface IndexedDeploymentTable {
  place: string
  project: string
  release: string
  /** Of its record when it was read; empty where there was none. */
  mark: string
  sequence: number
  status: string | null
  /** The record as JSON; null where there is none that can be read. */
  record: string | null
}
