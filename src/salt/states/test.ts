/** test.*: states that only say how they end, for trying out requisites. */

import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { invocationError } from '../definition/exceptions.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const ignored = 'Any other argument is accepted and ignored.'
const pretended = () => Dict.of({ testing: Dict.of({ old: 'Unchanged', new: 'Something pretended to change' }) })

const nop = defineState({
  does: 'Does nothing and succeeds: a barrier for others to require.',
  arguments: {},
  otherArguments: ignored,
  run: () => succeeded('Success!'),
  modWatch,
  examples: [{ title: 'A barrier', sls: 'everything-installed:\n  test.nop: []\n' }],
})

const succeedWithoutChanges = defineState({
  does: 'Succeeds and changes nothing.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Success!' } },
  otherArguments: ignored,
  run: call => succeeded(call.args.text('comment')),
  modWatch,
})

const failWithoutChanges = defineState({
  does: 'Fails and changes nothing.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Failure!' } },
  otherArguments: ignored,
  run: call => failed(call.test ? "If we weren't testing, this would be a failure!" : call.args.text('comment')),
  modWatch,
})

const succeedWithChanges = defineState({
  does: 'Succeeds and pretends to have changed something.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Success!' } },
  otherArguments: ignored,
  run: call =>
    call.test
      ? wouldChange("If we weren't testing, this would be successful with changes", pretended())
      : succeeded(call.args.text('comment'), pretended()),
  modWatch,
})

const failWithChanges = defineState({
  does: 'Fails and pretends to have changed something.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Failure!' } },
  otherArguments: ignored,
  run: call =>
    call.test
      ? wouldChange("If we weren't testing, this would be failed with changes", pretended())
      : failed(call.args.text('comment'), pretended()),
  modWatch,
})

const configurable: Arguments = {
  changes: { does: 'Whether it pretends a change; Random to toss a coin.', type: 'any', default: true },
  result: { does: 'How it ends; Random to toss a coin.', type: 'any', default: true },
  comment: { does: 'What it says.', type: 'text', default: '' },
  warnings: { does: 'Warnings to carry: a text or a list.', type: 'text or list' },
}

const configurableTestState = defineState({
  does: 'Ends as its arguments say.',
  arguments: configurable,
  run: runConfigurable,
  modWatch,
})

const showNotification = defineState({
  does: 'Says a text among the results.',
  arguments: { text: { does: 'The text.', type: 'text' } },
  otherArguments: ignored,
  run: call => {
    const text = call.args.textOrNone('text')
    if (!text) throw invocationError('Missing required argument text.')
    return succeeded(text)
  },
})

const kinds = {
  present: ['None', () => true],
  boolean: ["<class 'bool'>", (value: Value) => typeof value === 'boolean'],
  integer: ["<class 'int'>", (value: Value) => typeof value === 'number' || typeof value === 'boolean'],
  string: ["(<class 'str'>,)", (value: Value) => typeof value === 'string'],
  listing: ["<class 'list'>", (value: Value) => Array.isArray(value)],
  dictionary: ["<class 'dict'>", (value: Value) => value instanceof Dict],
} as const

const checkPillar = defineState({
  does: 'Fails when pillar keys are missing or of another type.',
  arguments: {
    present: { does: 'Keys that must be there.', type: 'text or list' },
    boolean: { does: 'Keys that must be booleans.', type: 'text or list' },
    integer: { does: 'Keys that must be whole numbers.', type: 'text or list' },
    string: { does: 'Keys that must be texts.', type: 'text or list' },
    listing: { does: 'Keys that must be lists.', type: 'text or list' },
    dictionary: { does: 'Keys that must be mappings.', type: 'text or list' },
    verbose: { does: 'Lists what was found too.', type: 'boolean', default: false },
  },
  run: runCheckPillar,
})

export const states: StateTable = {
  nop,
  succeed_without_changes: succeedWithoutChanges,
  fail_without_changes: failWithoutChanges,
  succeed_with_changes: succeedWithChanges,
  fail_with_changes: failWithChanges,
  configurable_test_state: configurableTestState,
  show_notification: showNotification,
  check_pillar: checkPillar,
}

/** What a reaction says may be set by result, comment and changes, as everything here. */
function modWatch(call: StateCall): StateReturn {
  const args = call.step.arguments
  const changes = args.get('changes')
  const comment = args.get('comment') ?? 'Watch statement fired.'
  return {
    result: truthOf(args.get('result') ?? true),
    changes: changes instanceof Dict ? changes : Dict.of({ 'Requisites with changes': watched(call) }),
    comment,
  }
}

function watched(call: StateCall): Value[] {
  return call.watched.map(step => `${step.module}: ${step.id}`)
}

function runConfigurable(call: StateCall): StateReturn {
  const { args } = call
  const changed = drawn('changes', args.value('changes'))
  const result = drawn('result', args.value('result'))
  const warnings = args.texts('warnings')
  const comment = args.text('comment')
  const outcome = { changes: changed ? pretended() : new Dict(), ...(warnings.length ? { warnings } : {}) }
  if (!call.test) return { ...outcome, result, comment }
  const sure = args.value('changes') === false
  return { ...outcome, result: sure ? true : null, comment: comment === '' ? 'This is a test' : comment }
}

function drawn(name: string, value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (textOf(value).toLowerCase() === 'random') return coin()
  throw invocationError(
    `You have specified the state option '${name}' with invalid arguments. It must be either True, False, or 'Random'`,
  )
}

function coin(): boolean {
  return Math.random() < 0.5
}

async function runCheckPillar(call: StateCall): Promise<StateReturn> {
  const problems = new Map<string, string>()
  const fine: string[] = []
  if (Object.keys(kinds).every(kind => call.args.list(kind).length === 0))
    throw invocationError('Missing required argument text.')
  for (const [kind, [type, fits]] of Object.entries(kinds)) {
    for (const key of call.args.list(kind)) {
      const value = await call.tools.call('pillar.get', [key, null])
      if (value === null) problems.set(textOf(key), 'is missing')
      else if (!(fits as (value: Value) => boolean)(value)) problems.set(textOf(key), `is not ${type}`)
      else fine.push(`- ${textOf(key)} (${type})\n`)
    }
  }
  const passed = call.args.flag('verbose') && fine.length ? `Those keys passed the check:\n${fine.join('')}` : ''
  const comment = [...problems].map(([key, problem]) => `Pillar key "${key}" ${problem}.\n`).join('') + passed
  return problems.size ? failed(comment) : succeeded(comment)
}
