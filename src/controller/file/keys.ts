/** ssh keys, as a file has them: what is public of each, and what it may do. */

import type { Piece, Reader } from '../../configuration/placed-yaml.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import type { Context } from '../context.ts'
import type { KeyRights } from '../keys.ts'
import { type Change, type Field, turns } from './change.ts'

export interface KeyThere extends KeyRights {
  /** Type and body. */
  readonly key: string
  /** It was added before keys had rights: no file can say that. */
  readonly unlimited: boolean
}

export interface WantedKey extends KeyRights {
  readonly key: string
  readonly at: number
  readonly keyAt: number
}

export async function keysThere(context: Pick<Context, 'root'>): Promise<ReadonlyMap<string, KeyThere>> {
  const { listKeysWhole } = await import('../keys.ts')
  const all = listKeysWhole(context).map(({ name, public: key, projects, pillar, shell, unlimited }) => {
    const one: KeyThere = { key, projects, pillar, shell, unlimited }
    return [name, one] as const
  })
  return new Map(all.sort(([one], [other]) => (one < other ? -1 : 1)))
}

export async function readKeys(reader: Reader, piece: Piece): Promise<ReadonlyMap<string, WantedKey>> {
  const { isKeyName, rightsOf } = await import('../keys.ts')
  const owners = new Map<string, string>()
  const entries = reader.mapping(piece, 'keys').flatMap(entry => {
    const { key: name, keyAt } = entry
    if (!isKeyName(name)) {
      reader.fault(keyAt, `${shown(name)} is not a name for a key`)
      return []
    }
    const fields = reader.fields(entry, `the key ${name}`, ['key', 'projects', 'pillar', 'shell'])
    const [body, globs, pillar, shell] = (['key', 'projects', 'pillar', 'shell'] as const).map(key => fields.get(key))
    const text = body && reader.text(body, 'key')
    if (body === undefined) reader.fault(keyAt, `the key ${name} lacks the line that is public of it: key`)
    if (text === undefined || body === undefined) return []
    const key = text.trim().split(/\s+/).slice(0, 2).join(' ')
    const owner = owners.get(key)
    if (owner !== undefined) reader.fault(body.at, `that is the key ${owner} already`)
    owners.set(key, name)
    const asked = {
      projects: globs
        ? reader.list(globs, 'projects').flatMap(one => reader.text(one, 'the name of a project') ?? [])
        : [],
      pillar: (pillar && reader.flag(pillar, 'pillar')) ?? false,
      shell: (shell && reader.flag(shell, 'shell')) ?? false,
    }
    const rights = attempt(reader, keyAt, () => rightsOf(asked))
    const wanted: WantedKey | undefined = rights && { ...rights, key, at: body.at, keyAt }
    return wanted ? [[name, wanted] as const] : []
  })
  return new Map(entries)
}

/** Those that are new are read as sshd will read them. */
export async function keyChanges(
  context: Context,
  wanted: ReadonlyMap<string, WantedKey>,
  there: ReadonlyMap<string, KeyThere>,
  fault: Reader['fault'],
): Promise<{ readonly changes: readonly Change[]; readonly gone: readonly Change[] }> {
  const { keyIn } = await import('../keys.ts')
  const changes: Change[] = []
  for (const [name, key] of wanted) {
    const now = there.get(name)
    const fields: Field[] = (['key', 'projects', 'pillar', 'shell'] as const).flatMap(field =>
      now !== undefined && JSON.stringify(now[field]) === JSON.stringify(key[field])
        ? []
        : [{ key: field, ...(now && { before: now[field] }), after: key[field] }],
    )
    if (fields.length === 0 && now?.unlimited === false) continue
    if (now?.key !== key.key)
      await keyIn(context, key.key).catch((error: unknown) => {
        if (!(error instanceof CorpusError)) throw error
        fault(key.at, error.message.replace(/\.$/, ''))
      })
    const owner = [...there].find(([other, one]) => one.key === key.key && other !== name)
    if (owner !== undefined) fault(key.at, `that is the key ${owner[0]} already`)
    changes.push(given(name, key, now === undefined ? 'add' : 'change', fields))
  }
  const gone = [...there].flatMap(([name, { unlimited }]) => (wanted.has(name) || unlimited ? [] : [removed(name)]))
  return { changes, gone }
}

function given(name: string, wanted: WantedKey, action: 'add' | 'change', fields: readonly Field[]): Change {
  return {
    ...{ action, kind: 'key', name, fields, turn: turns.key },
    async carryOut(hands) {
      const { addKey } = await import('../keys.ts')
      const { projects, pillar, shell } = wanted
      await addKey(hands.asked, name, wanted.key, { projects, pillar, shell })
    },
  }
}

function removed(name: string): Change {
  return {
    ...{ action: 'remove', kind: 'key', name, fields: [], turn: turns.keyGone },
    async carryOut(hands) {
      const { removeKey } = await import('../keys.ts')
      removeKey(hands.asked, name)
    },
  }
}

/** What its own parser refuses is a fault of the file, at its place. */
export function attempt<T>(reader: Pick<Reader, 'fault'>, at: number, work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    reader.fault(at, error.message.replace(/\.$/, ''))
    return undefined
  }
}
