/** keys remove: a key may push no more. */
import { defineRequest } from '../request.ts'
import { object, text, word, wordThere } from '../schema.ts'

export const keysRemoveRequest = defineRequest({
  name: 'keys remove',
  does: 'Takes the keys of a user away, or the one of the FINGERPRINT; and a key of that name that had rights of its own.',
  example: 'corpus keys remove alice',
  params: object({
    name: word('NAME', 'whose key it is'),
    fingerprint: wordThere('FINGERPRINT', 'of several the one, as `corpus keys list` has it'),
  }),
  answer: object({ file: text('authorized_keys') }),
  http: 'DELETE /keys/{name}',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name }) {
    const { keysStand } = await import('../user-keys.ts')
    return keysStand(asked, name)
  },
  async run(asked, { name, fingerprint }) {
    const [{ listKeys, removeKey }, { removeKeysOfUser }, { keysFileOfUsers }] = await Promise.all([
      import('../keys.ts'),
      import('../user-keys.ts'),
      import('../keys-for-sshd.ts'),
    ])
    const removed = await removeKeysOfUser(asked, name, fingerprint)
    const isNamed = listKeys(asked).some(
      key => key.name === name && (fingerprint === undefined || key.fingerprint === fingerprint),
    )
    // One that is not there is told by the same error as before there were users.
    if (isNamed || removed.length === 0) return { file: removeKey(asked, isNamed ? name : (fingerprint ?? name)) }
    return { file: keysFileOfUsers(asked.root) }
  },
})
