/** states call: one call of the state engine, as salt-call makes it. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, option, word } from '../schema.ts'

export const statesCallRequest = defineRequest({
  name: 'states call',
  does: "Makes one call as salt-call takes it (state.sls, state.highstate, test.ping …) and prints what `salt-call --out json` prints: for engines' tests.",
  example: 'corpus states call --file-root ./salt state.sls web.app',
  params: object({
    function: word('FUNCTION', 'module.function'),
    arguments: Type.Optional(Type.Array(Type.String(), { word: 'ARGUMENT', description: 'its arguments' })),
    file_root: option('DIR', 'the state files'),
    pillar_root: option('DIR', 'the pillar, with a top.sls'),
    pillar: option('JSON', 'pillar values laid over the others'),
    grains: option('JSON', "grains laid over the machine's"),
    config: option('JSON', 'options of the engine, such as failhard'),
    cfg: option('FILE', 'a mapping (JSON) that templates see as cfg', { contents: 'USAGE' }),
    work: option('DIR', 'a folder for what lasts no longer than the call'),
    test: flag('change nothing'),
  }),
  answer: object({ local: Type.Unknown() }),
  json: 'salt',
  http: 'POST /states/call',
  local: 'It reads state files that lie on the machine itself.',
  right: 'admin on machine',
  kind: 'change',
  async run(asked, { function: name, arguments: words = [], test = false, ...given }) {
    const { callStates } = await import('../states-call.ts')
    const { value, exit } = await callStates(asked, { name, words, test, ...given })
    asked.tell?.({ kind: 'verdict', status: exit })
    return { local: value }
  },
})
