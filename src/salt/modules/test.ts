/** test.*: functions that try things out. */
import { randomBytes } from 'node:crypto'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { StateException } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { Tuple } from '../python/tuple.ts'

const anything = { restArguments: 'Anything.', otherArguments: 'Anything.', arguments: {} } as const
const yes = defineFunction({ does: 'True.', acts: false, arguments: {}, call: () => true })
const no = defineFunction({ does: 'False.', acts: false, arguments: {}, call: () => false })
const version = defineFunction({
  does: 'The version of Salt that this engine follows.',
  acts: false,
  arguments: {},
  call: () => '3006.9',
})

export const functions: FunctionTable = {
  ping: yes,
  true: yes,
  true_: yes,
  false: no,
  false_: no,
  echo: defineFunction({
    does: 'The text that it was given.',
    acts: false,
    arguments: { text: { does: 'The text.', type: 'any', required: true } },
    call: ({ args }) => args.value('text'),
    examples: [{ template: "{{ salt['test.echo']('x') }}", gives: 'x' }],
  }),
  arg: defineFunction({
    does: 'The arguments that it was given.',
    acts: false,
    ...anything,
    call: ({ args }) => Dict.of({ args: new Tuple(args.rest), kwargs: args.others }),
  }),
  kwarg: defineFunction({
    does: 'The keywords that it was given.',
    acts: false,
    ...anything,
    call: ({ args }) => args.others,
  }),
  version,
  versions: version,
  sleep: defineFunction({
    does: 'Waits.',
    acts: false,
    arguments: { length: { does: 'Seconds.', type: 'number', required: true } },
    call: ({ args }) => {
      const milliseconds = Math.min(args.number('length'), 3600) * 1000
      if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
      return true
    },
  }),
  retcode: defineFunction({
    does: 'True; accepted for an exit status that means nothing here.',
    acts: false,
    arguments: { code: { does: 'The status.', type: 'whole number', default: 42 } },
    call: () => true,
  }),
  exception: defineFunction({
    does: 'Raises an exception.',
    acts: false,
    arguments: { message: { does: 'Its text.', type: 'text', default: 'Test Exception' } },
    call: ({ args }) => {
      throw new StateException('Exception', args.text('message'))
    },
  }),
  get_opts: defineFunction({
    does: 'The options of the run.',
    acts: false,
    arguments: {},
    call: ({ tools }) => tools.opts,
  }),
  not_loaded: defineFunction({
    does: 'The modules that are not loaded: none.',
    acts: false,
    arguments: {},
    call: () => [],
  }),
  provider: defineFunction({
    does: 'The module that answers to a name: itself.',
    acts: false,
    arguments: { module: { does: 'The name.', type: 'text', required: true } },
    call: ({ args }) => args.text('module'),
  }),
  rand_str: defineFunction({
    does: 'A random text.',
    acts: false,
    arguments: {
      size: { does: 'Accepted and ignored.', type: 'whole number' },
      hash_type: { does: 'Accepted and ignored.', type: 'text' },
    },
    call: () => randomBytes(32).toString('hex'),
  }),
  outputter: defineFunction({
    does: 'What it was given.',
    acts: false,
    arguments: { data: { does: 'Anything.', type: 'any', required: true } },
    call: ({ args }) => args.value('data'),
  }),
  arg_repr: defineFunction({
    does: 'The arguments that it was given, as text.',
    acts: false,
    ...anything,
    call: ({ args }) => Dict.of({ args: textOf(new Tuple(args.rest)), kwargs: textOf(args.others) }),
  }),
}
