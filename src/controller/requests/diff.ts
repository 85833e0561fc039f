/** diff: what one release has changed against another. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, nullable, object, project, text, wordThere } from '../schema.ts'

const side = () =>
  object({
    name: text('`v12`'),
    release: text(),
    commit: text(),
    author: text(),
    subject: text(),
    tags: Type.Array(text()),
  })

export const diffRequest = defineRequest({
  name: 'diff',
  does: 'Shows what a release changed: commits and lines from the first named release to the second, to what runs where one is named, and from what ran before where none is.',
  example: 'corpus diff demo v11 v12 --stat',
  params: object({
    name: project(),
    from: wordThere('RELEASE', 'from which'),
    to: wordThere('RELEASE', 'to which'),
    stat: flag('which files, and how much of them, without the lines'),
  }),
  answer: object({
    from: side(),
    to: side(),
    pillar_differs: Type.Boolean({ description: 'pillars are private, and not shown' }),
    commits: Type.Array(
      object({
        isNew: Type.Boolean({ description: 'false for what the second lacks of the first' }),
        commit: text(),
        author: text(),
        subject: text(),
        tags: Type.Array(text()),
      }),
    ),
    files: Type.Array(
      object({
        path: text(),
        insertions: nullable(Type.Integer({ description: 'null for bytes that are no text' })),
        deletions: nullable(Type.Integer()),
      }),
    ),
  }),
  http: 'GET /projects/{name}/diff',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name, from, to, stat = false }) {
    const { diff } = await import('../diff.ts')
    const shown = await diff(asked, name, [from, to], asked.tell !== undefined && !stat)
    asked.tell?.({ kind: 'diff', shown })
    return shown.difference
  },
})
