/** keys add: an ssh key may push. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, nullable, object, oneOf, options, text, word, wordThere } from '../schema.ts'

/** What a key may do. */
export const keyShape = () =>
  object({
    name: text(),
    projects: Type.Array(text('names of projects; `*` stands for any letters')),
    pillar: Type.Boolean({ description: 'it pushes pillars and state files' }),
    shell: Type.Boolean({ description: 'it has a shell' }),
    fingerprint: text('as `ssh-keygen -l` prints it'),
    unlimited: Type.Boolean({ description: 'it was added before keys had rights, and may do everything' }),
    door: text('the program that lets it in'),
  })

export const keysAddRequest = defineRequest({
  name: 'keys add',
  does: "Lets an ssh key push: puts it into this account's authorized_keys, behind a program that lets it to git on the named projects and nothing else. FILE is the public key; `-` reads it from standard input. Without FILE, a key that has the name gets other rights.",
  example: "corpus keys add alice alice.pub --project shop --project 'team-*'",
  params: object({
    name: word('NAME', 'whose key it is'),
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
    const { keyStands } = await import('../keys.ts')
    return keyStands(asked, name)
  },
  async run(asked, { name, key: given, project = [], pillar = false, shell = false }) {
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
      key,
      hidden_by: hiddenBy,
      acts_as: isRoot() ? ('root' as const) : ('this account' as const),
      unknown,
    }
  },
})
