/** The loop: forward, commit, and the way back with its undoings, newest first. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CorpusError, faultOf } from '../../../src/kernel/errors.ts'
import type { DeploymentEvent, Fault } from '../../../src/kernel/events.ts'
import { newCancelling } from '../../../src/pipeline/cancelling.ts'
import { openJournal, readJournal } from '../../../src/pipeline/journal.ts'
import { asked, type ModeTable, run, skip } from '../../../src/pipeline/mode.ts'
import { planOf } from '../../../src/pipeline/plan.ts'
import type { Procedure } from '../../../src/pipeline/procedure.ts'
import { carryOut, newOutcome, type Runnable } from '../../../src/pipeline/run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-run-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Step = Procedure<Runnable>
interface Options {
  readonly table?: ModeTable
  readonly commit?: () => Promise<void>
  readonly stateFile?: (name: string) => void
  readonly left?: Fault | null
}

/** Runs `steps` with real events and a real journal. `did`: what ran, in order. */
async function ran(make: (did: string[], cancel: () => void) => readonly Step[], options: Options = {}) {
  const did: string[] = []
  const events: DeploymentEvent[] = []
  const cancelling = newCancelling()
  const path = join(folder, 'journal')
  const journal = openJournal(path)
  const procedures = make(did, cancelling.ask)
  const deployment: Runnable = {
    emit: event => void events.push(event),
    get signal() {
      return cancelling.signal
    },
    listenAnew: cancelling.listenAnew,
    outcome: newOutcome(),
  }
  const table = options.table ?? Object.fromEntries(procedures.map(({ name }) => [name, run]))
  const state = await carryOut(deployment, {
    rows: planOf(procedures, table),
    procedures,
    journal,
    left: options.left ?? null,
    stateFile: async (_deployment, { name }) => options.stateFile?.(name),
    commit: options.commit ?? (async () => void did.push('commit')),
  })
  journal.close()
  const journaled = readJournal(path).map(({ step, phase }) => `${step}:${phase}`)
  return { state, did, events, journaled, outcome: deployment.outcome }
}

/** A step that says what it does, and what it undoes. */
const step = (did: string[], name: string, more: Partial<Step> = {}): Step => ({
  name,
  does: '',
  run: async () => void did.push(name),
  undo: async () => void did.push(`undo ${name}`),
  ...more,
})
const back = (did: string[]): Step => ({
  name: 'back',
  does: '',
  when: 'error',
  async run(_deployment, way) {
    did.push('back')
    await way.undo()
  },
  after: (_deployment, way) => way.again(),
})
const fails = async () => {
  throw new CorpusError('STATES_FAILED', 'It failed.')
}

test('a deployment runs its steps in order, and counts from the commit on', async () => {
  const { state, did, journaled, outcome } = await ran(did => [
    step(did, 'one'),
    step(did, 'two'),
    back(did),
    step(did, 'tell', { when: 'always' }),
  ])
  expect(state).toBe('succeeded')
  expect(did).toEqual(['one', 'two', 'commit', 'tell'])
  expect(journaled).toEqual([
    ...['one:begin', 'one:done', 'two:begin', 'two:done'],
    ...['commit:begin', 'commit:done', 'tell:begin', 'tell:done'],
  ])
  expect(outcome).toMatchObject({ fault: null, failedProcedure: null, ended: 'succeeded' })
  expect(outcome.timings.map(one => one.name)).toEqual(['one', 'two', 'tell'])
})

test('after a fault what has begun is undone, the newest first: the step that failed too, and none that came after it', async () => {
  const { state, did, outcome } = await ran(did => [
    step(did, 'one'),
    step(did, 'two', { run: fails }),
    step(did, 'three'),
    back(did),
    step(did, 'tell', { when: 'always' }),
  ])
  expect(state).toBe('rolled back')
  expect(did).toEqual(['one', 'back', 'undo two', 'undo one', 'tell'])
  expect(outcome).toMatchObject({ failedProcedure: 'two', fault: { code: 'STATES_FAILED' }, ended: 'rolled back' })
})

test('a commit that fails is undone like a step', async () => {
  const { state, did, outcome } = await ran(did => [step(did, 'one'), back(did)], { commit: fails })
  expect([state, outcome.failedProcedure]).toEqual(['rolled back', 'commit'])
  expect(did).toEqual(['one', 'back', 'undo one'])
})

test('what was skipped is not undone, and is told with its reason', async () => {
  const table = { one: skip('built before'), two: run, three: run, back: run }
  const { did, events } = await ran(
    did => [step(did, 'one'), step(did, 'two'), step(did, 'three', { run: fails }), back(did)],
    { table },
  )
  expect(did).toEqual(['two', 'back', 'undo three', 'undo two'])
  expect(events[0]).toEqual({ type: 'procedure', procedure: 'one', phase: 'skipped', because: 'built before' })
})

test('where nothing goes back, nothing is undone', async () => {
  const table = { one: run, two: run, back: skip('nothing is taken from the developer') }
  const { state, did } = await ran(did => [step(did, 'one'), step(did, 'two', { run: fails }), back(did)], { table })
  expect([state, did]).toEqual(['failed', ['one']])
})

test('what a dead runner left is taken back without a step forward; its journal may lack lines, so that each step looks', async () => {
  const left = faultOf(new CorpusError('INTERRUPTED', 'The runner died.'))
  const { state, did, journaled } = await ran(did => [step(did, 'one'), step(did, 'two'), back(did)], { left })
  expect([state, did]).toEqual(['interrupted', ['back', 'undo two', 'undo one']])
  expect(journaled).toEqual(['back:begin', 'back:begin', 'back:done'])
})

test('a state file comes between a step and what follows it, and fails it', async () => {
  const followed = (did: string[]) => step(did, 'one', { after: async () => void did.push('after one') })
  const order: string[] = []
  await ran(() => [followed(order), back(order)], { stateFile: name => void order.push(`${name}.sls`) })
  expect(order).toEqual(['one', 'one.sls', 'after one'])
  const failing = { stateFile: (name: string) => (name === 'one' ? raise() : undefined) }
  const { state, did } = await ran(did => [followed(did), back(did)], failing)
  expect([state, did]).toEqual(['rolled back', ['one', 'back', 'undo one']])
})

test('what is brought back runs again what says so, in order, also where it has no row that runs', async () => {
  const table = { one: run, two: skip('not now'), three: run, back: run }
  let isFirst = true
  const { state, did } = await ran(
    did => [
      step(did, 'one', { again: true }),
      step(did, 'two', { again: true }),
      step(did, 'three', {
        async run() {
          if (isFirst) {
            isFirst = false
            await fails()
          }
        },
      }),
      back(did),
    ],
    { table },
  )
  expect([state, did]).toEqual(['rolled back', ['one', 'back', 'undo three', 'undo one', 'one', 'two']])
})

test('a way back that fails is told louder than anything else, and what always runs runs all the same', async () => {
  const { state, events, did } = await ran(did => [
    step(did, 'one', { run: fails, undo: fails }),
    back(did),
    step(did, 'tell', { when: 'always' }),
  ])
  expect([state, did]).toEqual(['rollback failed', ['back', 'tell']])
  const notes = events.flatMap(event => (event.type === 'note' ? [`${event.level} ${event.text}`] : []))
  expect(notes[0]).toMatch(/^error THE ROLLBACK FAILED: It failed/)
})

test('what always runs may fail: it is told, and changes nothing', async () => {
  const { state, events } = await ran(did => [step(did, 'one'), step(did, 'tell', { when: 'always', run: fails })])
  expect(state).toBe('succeeded')
  expect(events.at(-1)).toMatchObject({ type: 'note', level: 'warning', text: 'tell failed: It failed.' })
})

test('a cancel stops the way forward after the step that runs, and what goes back hears of it no more', async () => {
  const { state, did, outcome } = await ran((did, cancel) => [
    step(did, 'one', {
      async run() {
        did.push('one')
        cancel()
      },
    }),
    step(did, 'two'),
    {
      ...back(did),
      async run(deployment) {
        did.push(`back, ${deployment.signal.aborted ? 'cancelled' : 'in peace'}`)
      },
    },
  ])
  expect([state, did]).toEqual(['cancelled', ['one', 'back, in peace']])
  expect(outcome.fault?.code).toBe('DEPLOYMENT_CANCELLED')
})

test('what is asked for runs forward in the form for that; when it fails, its other form goes back', async () => {
  const table = { one: skip('built before'), back: asked }
  const going = (did: string[], end: () => Promise<void>): readonly Step[] => [
    step(did, 'one'),
    {
      ...back(did),
      asked: {
        does: '',
        async run() {
          did.push('asked')
          await end()
        },
      },
    },
  ]
  const well = await ran(did => going(did, async () => {}), { table })
  expect([well.state, well.did]).toEqual(['succeeded', ['asked', 'commit']])
  const ill = await ran(did => going(did, fails), { table })
  expect([ill.state, ill.did]).toEqual(['rolled back', ['asked', 'back']])
})

function raise(): never {
  throw new CorpusError('STATES_FAILED', 'The state file failed.')
}
