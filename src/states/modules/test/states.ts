/** test.*: states that only say how they end, for trying out requisites. */
import { Dict } from '../../../python/dict.ts'
import type { Value } from '../../../python/value.ts'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../../define.ts'
import { invocationError } from '../../exceptions.ts'
import { failed, succeeded, wouldChange } from '../../outcome.ts'
import { textOf, truthOf } from '../../values.ts'

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
  arguments: {},
  otherArguments: ignored,
  run: () => succeeded('Success!'),
  modWatch,
})

const failWithoutChanges = defineState({
  does: 'Fails and changes nothing.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Failure!' } },
  otherArguments: ignored,
  run: call => failed(call.test ? '' : call.given.text('comment')),
  modWatch,
})

const succeedWithChanges = defineState({
  does: 'Succeeds and pretends to have changed something.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Success!' } },
  otherArguments: ignored,
  run: call =>
    call.test
      ? wouldChange("If we weren't testing, this would be successful with changes", pretended())
      : succeeded(call.given.text('comment'), pretended()),
  modWatch,
})

const failWithChanges = defineState({
  does: 'Fails and pretends to have changed something.',
  arguments: { comment: { does: 'What it says.', type: 'text', default: 'Failure!' } },
  otherArguments: ignored,
  run: call =>
    call.test
      ? wouldChange("If we weren't testing, this would be failed with changes", pretended())
      : failed(call.given.text('comment'), pretended()),
  modWatch,
})

const configurable: Arguments = {
  changes: { does: 'Whether it pretends a change; Random to toss a coin.', type: 'any', default: true },
  result: { does: 'How it ends; Random to toss a coin.', type: 'any', default: true },
  comment: { does: 'What it says.', type: 'text', default: '' },
  warnings: { does: 'Warnings to carry: a text or a list.', type: 'text or list' },
  allow_test_mode_failure: { does: 'Whether test=True may end as failed.', type: 'boolean', default: true },
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
    const text = call.given.textOrNone('text')
    if (!text) throw invocationError('Missing required argument text.')
    return call.test ? wouldChange(text) : succeeded(text)
  },
})

const kinds = {
  present: ['missing', () => true],
  boolean: ['bool', (value: Value) => typeof value === 'boolean'],
  integer: ['int', (value: Value) => typeof value === 'number' || typeof value === 'boolean'],
  string: ['str', (value: Value) => typeof value === 'string'],
  listing: ['list', (value: Value) => Array.isArray(value)],
  dictionary: ['dict', (value: Value) => value instanceof Dict],
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

function modWatch(call: StateCall): StateReturn {
  return succeeded('Watch statement fired.', { 'Requisites with changes': watched(call) })
}

function watched(call: StateCall): Value[] {
  return call.watched.map(step => `${step.module}: ${step.id}`)
}

function runConfigurable(call: StateCall): StateReturn {
  const { given } = call
  const changes = given.value('changes')
  const wanted = given.value('result')
  const warnings = given.texts('warnings')
  const changed = truthOf(changes === 'Random' ? coin() : changes)
  const result = wanted === 'Random' ? coin() : truthOf(wanted)
  const outcome: StateReturn = {
    result: result,
    changes: changed ? pretended() : new Dict(),
    comment: given.text('comment'),
    ...(warnings.length ? { warnings } : {}),
  }
  if (!call.test) return outcome
  const tried = given.flag('allow_test_mode_failure') && !result ? false : changed ? null : result
  return { ...outcome, result: tried, comment: outcome.comment === '' ? 'This is a test' : outcome.comment }
}

function coin(): boolean {
  return Math.random() < 0.5
}

async function runCheckPillar(call: StateCall): Promise<StateReturn> {
  const faults: string[] = []
  for (const [kind, [type, fits]] of Object.entries(kinds)) {
    for (const key of call.given.list(kind)) {
      const value = await call.tools.call('pillar.get', [key, null])
      if (value === null) faults.push(`Pillar key "${textOf(key)}" is missing.\n`)
      else if (!(fits as (value: Value) => boolean)(value)) faults.push(`Pillar key "${textOf(key)}" is not ${type}.\n`)
    }
  }
  return faults.length ? failed(faults.join('')) : succeeded('')
}
