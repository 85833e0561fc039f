/** plan --file: what a file would change. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, oneOf, options, text } from '../schema.ts'

/** A file, and how far it counts. */
export const fileParams = () => ({
  file: Type.String({
    flag: 'FILE',
    letter: 'f',
    description: 'as `corpus export` writes it; `-` reads it from standard input',
    contents: 'USAGE',
  }),
  prune: flag('what the file does not name goes, too, of the sections that it has; no project goes by this alone'),
  destroy: options(
    'PROJECT',
    'with --prune: destroys this project, which is not in the file, with all its data (may be repeated)',
  ),
})

export const fileChanges = () =>
  object({
    changes: Type.Array(
      object({
        action: oneOf(['add', 'change', 'remove']),
        kind: oneOf(['user', 'grant', 'project', 'key']),
        name: text(),
        fields: Type.Array(
          object({
            key: text(),
            before: Type.Optional(Type.Unknown({ description: 'missing where there was none; secrets are masked' })),
            after: Type.Optional(Type.Unknown({ description: 'missing where there will be none' })),
          }),
        ),
      }),
      { description: 'in the order in which they are made' },
    ),
    notices: Type.Array(text(), { description: 'what is left to people' }),
  })

export const planFileRequest = defineRequest({
  name: 'plan file',
  does: 'Shows what `corpus apply` would change to bring this controller to what a file says, and changes nothing. What the file does not name stays as it is.',
  example: 'corpus plan -f corpus.yaml',
  typed: 'plan --file FILE',
  tooMany: 'A file is planned for the whole controller: corpus plan -f FILE.',
  params: object(fileParams()),
  answer: fileChanges(),
  http: 'POST /plan',
  right: 'admin on machine',
  kind: 'read',
  async run(asked, choice, caller) {
    const [{ planOf }, { toldOfChange }] = await Promise.all([import('../file/plan.ts'), import('../file/change.ts')])
    const { changes, notices } = await planOf(asked, caller, choice)
    return { changes: changes.map(toldOfChange), notices }
  },
})
