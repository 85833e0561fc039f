/** event.*: accepted, since there is no bus to send to. */
import { defineState, type StateTable } from '../definition/define.ts'
import { succeeded, wouldChange } from '../definition/outcome.ts'

const send = defineState({
  does: 'Does nothing: there is no event bus; the events of a deployment are its own.',
  arguments: {},
  otherArguments: 'Accepted and ignored.',
  run: call => (call.test ? wouldChange('Event would have been fired') : succeeded('Event fired')),
  modWatch: () => succeeded('Event fired'),
})

export const states: StateTable = {
  send,
  wait: { ...send, run: () => succeeded('') },
}
