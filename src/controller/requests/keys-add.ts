/** keys add: an ssh key may push. */
import { Type } from '@sinclair/typebox'
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { type Asked, defineRequest } from '../request.ts'
import { flag, nullable, object, oneOf, options, text, word, wordThere } from '../schema.ts'

/** What a key may do. */
export const keyShape = () =>
  object({
    name: text(),
    user: nullable(text('whose key it is: what it may do is what that user may')),
    projects: Type.Array(text('names of projects; `*` stands for any letters')),
    pillar: Type.Boolean({ description: 'it pushes pillars and state files' }),
    shell: Type.Boolean({ description: 'it has a shell' }),
    fingerprint: text('as `ssh-keygen -l` prints it'),
    unlimited: Type.Boolean({ description: 'it was added before keys had rights, and may do everything' }),
    door: text('the program that lets it in'),
  })

/** A key of a user's, as it is told of. */
export const ofUser = ({ user, fingerprint }: { readonly user: string; readonly fingerprint: string }) => ({
  name: user,
  user,
  projects: [],
  pillar: false,
  shell: false,
  fingerprint,
  unlimited: false,
  door: 'ssh-forward',
})

export const keysAddRequest = defineRequest({
  name: 'keys add',
  does: "Lets an ssh key push. NAME is a user of `corpus user add`: the key may do what the user may (see `corpus serve --install`). With --project, NAME is any name, and the key has rights of its own: it goes into this account's authorized_keys, behind a program that lets it to git on those projects and nothing else; without FILE, a key that has the name gets other rights. FILE is the public key; `-` reads it from standard input.",
  example: 'corpus keys add ann ann.pub',
  params: object({
    name: word('NAME', 'a user; with --project a name for the key'),
    key: wordThere('FILE', 'the public key', { contents: 'KEY_INVALID' }),
    project: options(
      'GLOB',
      'a project that it pushes to and fetches from; `*` stands for any letters (may be repeated)',
    ),
    pillar: flag(
      'it also reads and pushes pillars, and pushes state files (.salt): that is acting as the account that runs corpus, as root on a machine where root does',
    ),
    shell: flag(
      'it also has a shell and any command as the account of authorized_keys: that is everything this account may',
    ),
  }),
  answer: object({
    file: text('authorized_keys'),
    key: keyShape(),
    hidden_by: nullable(
      Type.Integer({ description: 'the number of a line before it that has the same key: sshd takes the first' }),
    ),
    acts_as: oneOf(['root', 'this account'], { description: 'whoever pushes pillars and state files, or has a shell' }),
    unknown: Type.Array(text(), { description: 'of its projects, those that are not there yet' }),
  }),
  http: 'PUT /keys/{name}',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { keysStand } = await import('../user-keys.ts')
    return keysStand(asked, name)
  },
  async run(asked, { name, key: given, project = [], pillar = false, shell = false }) {
    if (project.length === 0 && !pillar && !shell) return addedToUser(asked, name, given)
    const [{ addKey, matches, rightsOf }, { projectNames }, { isRoot }] = await Promise.all([
      import('../keys.ts'),
      import('../context.ts'),
      import('../../shell/account.ts'),
    ])
    const { file, key, hiddenBy } = await addKey(
      asked,
      name,
      given ?? null,
      rightsOf({ projects: project, pillar, shell }),
    )
    const known = projectNames(asked)
    const unknown = key.projects.filter(glob => !known.some(one => matches(glob, one)))
    return {
      file,
      key: { ...key, user: null },
      hidden_by: hiddenBy,
      acts_as: isRoot() ? ('root' as const) : ('this account' as const),
      unknown,
    }
  },
})

/** Throws KEY_RIGHTS where there is no such user. */
async function addedToUser(asked: Asked, name: string, given: string | undefined) {
  const [{ addKeyOfUser, isUser }, { keysFileOfUsers }] = await Promise.all([
    import('../user-keys.ts'),
    import('../keys-for-sshd.ts'),
  ])
  if (!(await isUser(asked, name)))
    throw new CorpusError('KEY_RIGHTS', `There is no user ${shown(name)}, and what the key may reach was not said.`)
  if (given === undefined) throw new CorpusError('USAGE', 'FILE is missing.')
  const { fingerprint } = await addKeyOfUser(asked, name, given)
  const key = ofUser({ user: name, fingerprint })
  return { file: keysFileOfUsers(asked.root), key, hidden_by: null, acts_as: 'this account' as const, unknown: [] }
}
