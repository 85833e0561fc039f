/** What would bring a controller to what a file says of it. */
import { existsSync } from 'node:fs'
import { type Reader, readerOf } from '../../configuration/placed-yaml.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { rootLayout } from '../../kernel/layout.ts'
import { isProjectName, shown } from '../../kernel/names.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../people.ts'
import type { Asked } from '../request.ts'
import type { Caller } from '../rights.ts'
import { type Change, listText, type Notice } from './change.ts'
import { grantChanges, grantsThere, readGrants } from './grants.ts'
import { keyChanges, keysThere, readKeys } from './keys.ts'
import { projectChanges, readProjects } from './projects.ts'
import { readUsers, userChanges, usersThere } from './users.ts'

/** The version of the form: one that is not known here is refused whole. */
export const version = 1

export interface FileChoice {
  readonly file: string
  /** What is there and not in the file goes, of the sections that the file has. */
  readonly prune?: boolean | undefined
  /** Projects that go with all of their data. */
  readonly destroy?: readonly string[] | undefined
}

export interface FilePlan {
  /** In the order in which they are carried out. */
  readonly changes: readonly Change[]
  readonly notices: readonly Notice[]
}

/** Nothing is changed by it. Throws FILE_INVALID with all faults, USAGE, STORE_…. */
export async function planOf(asked: Asked, caller: Caller, choice: FileChoice): Promise<FilePlan> {
  const { prune = false, destroy = [] } = choice
  checkDestroy(prune, destroy)
  const reader = readerOf(choice.file)
  const sections = reader.fields(reader.top, 'the file', ['corpus', 'users', 'grants', 'projects', 'keys'])
  checkVersion(reader, sections.get('corpus'))
  const at = (name: 'users' | 'grants' | 'projects' | 'keys') => sections.get(name)
  const [users, grants, projects, keys] = [at('users'), at('grants'), at('projects'), at('keys')]
  const wantedUsers = users && readUsers(reader, users)
  const wantedGrants = grants && readGrants(reader, grants)
  const wantedProjects = projects && readProjects(reader, projects)
  const wantedKeys = keys && (await readKeys(reader, keys))
  const twice = [...(wantedProjects?.values() ?? [])].find(({ name }) => destroy.includes(name))
  if (twice !== undefined) reader.fault(twice.at, `${twice.name} is to be destroyed, and stands in the file`)

  const there = await withStoreIfThere(asked, async store => ({
    users: users || grants ? await usersThere(store) : new Map<never, never>(),
    grants: grants ? await grantsThere(store) : [],
  }))
  const changes: Change[] = []
  const gone: Change[] = []
  const take = (found: { readonly changes: readonly Change[]; readonly gone: readonly Change[] }) => {
    changes.push(...found.changes)
    gone.push(...found.gone)
  }
  if (wantedUsers) take(userChanges(wantedUsers, there.users, reader.fault))
  const isGone = (name: string) => prune && gone.some(one => one.kind === 'user' && one.name === name)
  const isUser = (name: string) => wantedUsers?.has(name) === true || (there.users.has(name) && !isGone(name))
  if (wantedGrants) take(grantChanges(wantedGrants, there.grants, isUser, reader.fault))
  if (wantedKeys) take(await keyChanges(asked, wantedKeys, await keysThere(asked), reader.fault))
  const ofProjects = wantedProjects && (await projectChanges(asked, wantedProjects, { prune, destroy }, reader.fault))
  changes.push(...(ofProjects?.changes ?? []))
  if (prune) changes.push(...gone)
  refuseOwnEnd(reader, caller, changes)
  reader.end()
  const left = [...(prune ? [] : gone.map(({ kind, name }) => `the ${kind} ${name}`)), ...(ofProjects?.left ?? [])]
  return {
    changes: changes.sort((one, other) => one.turn - other.turn),
    notices: [
      ...(ofProjects?.notices ?? []),
      ...(left.length > 0 ? [`not in the file, and left as it is (--prune takes it away): ${listText(left)}`] : []),
    ],
  }
}

/** Data of a project goes only where somebody names it: a file that lacks a line is not enough. */
function checkDestroy(prune: boolean, destroy: readonly string[]): void {
  const wrong = destroy.find(one => !isProjectName(one))
  if (wrong !== undefined) throw new CorpusError('USAGE', `${shown(wrong)} is not a project name.`)
  if (destroy.length > 0 && !prune) throw new CorpusError('USAGE', '--destroy goes with --prune.')
}

function checkVersion(reader: Reader, piece: ReturnType<Reader['mapping']>[number] | undefined): void {
  if (piece === undefined) reader.fault(0, `the file does not say that it is of corpus: corpus: ${version}`)
  else if (reader.value(piece) !== version)
    reader.fault(piece.at, `this corpus reads files of the form ${version} (corpus: ${version})`)
}

/** Who asks from elsewhere could not ask again, and nobody else may. */
function refuseOwnEnd(reader: Reader, { name, held }: Caller, changes: readonly Change[]): void {
  if (held === undefined) return
  const isEnd = ({ action, fields }: Change) =>
    action === 'remove' ||
    fields.some(({ key, after }) => (key === 'admin' && after === false) || (key === 'disabled' && after === true))
  if (changes.some(one => one.kind === 'user' && one.name === name && isEnd(one)))
    reader.fault(0, `${name}, who asks, would be no administrator any more: let another one apply it`)
}

/** To look makes none. */
export async function withStoreIfThere<T>(asked: Asked, work: (store: Store | undefined) => Promise<T>): Promise<T> {
  const isThere = asked.store !== undefined || process.env['CORPUS_STORE'] || existsSync(rootLayout(asked.root).store)
  return isThere ? withStore(asked, work) : work(undefined)
}
