/** cmd.call and cmd.wait_call: an execution function, judged by what it answers. */

import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { StateException } from '../../definition/exceptions.ts'
import { succeeded } from '../../definition/outcome.ts'
import { textOf, truthOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { repr } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'

const callArguments: Arguments = {
  func: { does: 'The execution function, as `test.echo`.', type: 'text', required: true },
  args: { does: 'Its positional arguments.', type: 'list' },
  kws: { does: 'Its arguments by name.', type: 'mapping' },
  output_loglevel: { does: 'Accepted.', type: 'text', default: 'debug' },
  hide_output: { does: 'Accepted.', type: 'boolean', default: false },
  use_vt: { does: 'Accepted.', type: 'boolean', default: false },
}

export const call = defineState({
  does: 'Calls an execution function at every run: it fails where the answer is false; an answer that has the shape of a state result is the result.',
  arguments: callArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: callFunction,
  modWatch: callFunction,
  examples: [
    {
      title: 'A file that must be there',
      setup: { marker: '' },
      sls: 'marked:\n  cmd.call:\n    - func: file.file_exists\n    - args: ["{{ root }}/marker"]\n',
    },
  ],
})

export const waitCall = defineState({
  does: 'Calls an execution function only when a watched state changed.',
  arguments: callArguments,
  otherArguments: 'Any other argument is accepted and ignored.',
  run: () => succeeded(''),
  modWatch: callFunction,
})

async function callFunction({ args, tools }: StateCall): Promise<StateReturn> {
  const name = args.text('func')
  if (!(await tools.has(name))) throw new StateException('TypeError', `${repr(name)} is no execution function`)
  const keywords = new Map(Array.from(args.mapping('kws'), ([key, value]) => [textOf(key), value] as const))
  return outcomeOf(await tools.call(name, args.list('args'), keywords))
}

function outcomeOf(answer: Value): StateReturn {
  if (answer instanceof Dict) {
    const changes = answer.get('changes')
    const result = answer.get('result')
    return {
      result: result === undefined || result === null ? (result ?? true) : truthOf(result),
      changes: changes instanceof Dict ? changes : new Dict(),
      comment: answer.get('comment') ?? '',
    }
  }
  return {
    result: answer === null || truthOf(answer),
    changes: Dict.of({ retval: answer }),
    comment: typeof answer === 'string' ? answer : '',
  }
}
