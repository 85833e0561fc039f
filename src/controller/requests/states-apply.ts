/** states apply: state files by hand. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, option, text } from '../schema.ts'

/** Which state files, and what they see. */
export const chosenStates = () => ({
  name: Type.Optional(Type.String({ word: 'NAME', description: 'a project; with file_root an SLS' })),
  sls: Type.Optional(Type.Array(Type.String(), { word: 'SLS', description: 'names of state files' })),
  file_root: option('DIR', 'the state files of this folder in place of a project; every word is then an SLS', {
    local: true,
  }),
  pillar_root: option('DIR', 'its pillar, with a top.sls', { local: true }),
  pillar: option('JSON', 'pillar values laid over the others'),
  cfg: option('FILE', 'a mapping (JSON or YAML) that templates see as cfg', { contents: 'USAGE' }),
})

/** Folders are the machine's; values are read as those of a pillar are. */
export const placesTake = {
  file_root: 'admin on machine',
  pillar_root: 'admin on machine',
  cfg: 'admin on machine',
  pillar: 'push-pillar',
} as const

/** Results by tag, or sentences where it does not compile. */
export const localResults = () =>
  Type.Unsafe<unknown>(
    Type.Union([
      Type.Array(text()),
      Type.Record(
        Type.String(),
        Type.Object({
          result: Type.Union([Type.Boolean(), Type.Null()]),
          changes: Type.Unknown(),
          comment: Type.Unknown(),
        }),
      ),
    ]),
  )

/** What Salt answers. */
export const applied = () => object({ local: localResults() })

export const statesApplyRequest = defineRequest({
  name: 'states apply',
  does: 'Applies state files: of a project (its .salt/top.sls, else every numbered file), or of a folder.',
  example: 'corpus states apply --file-root ./salt --test web.app',
  params: object({ ...chosenStates(), test: flag('say what would change, with diffs, and change nothing') }),
  answer: applied(),
  json: 'salt',
  http: 'POST /states/apply',
  right: 'operate on project',
  more: placesTake,
  kind: 'change',
  async run(asked, { test = false, ...chosen }, caller) {
    const { applyAnswered, openAsked } = await import('../states-asked.ts')
    return applyAnswered(asked, await openAsked(asked, chosen, { by: caller.name, test }))
  },
})
