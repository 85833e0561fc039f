import { expect, test } from 'vitest'
import { projectName } from '../../../src/kernel/names.ts'
import { declaredProcesses } from '../../../src/services/declared.ts'
import type { Running } from '../../../src/services/driver.ts'
import { type Instance, plannedInstances } from '../../../src/services/instance.ts'
import { switchPlan } from '../../../src/services/switch.ts'

const wanted = (release: string, count = 1) =>
  plannedInstances({
    project: projectName('shop'),
    release,
    tree: `/trees/${release}`,
    account: null,
    processes: declaredProcesses([], { web: { command: 'x', count } }),
    environment: {},
  })
const running = (instance: Instance, more: Partial<Running> = {}): Running => ({
  ...instance,
  pid: 1,
  state: 'running',
  address: null,
  nextPort: null,
  restarts: 0,
  lastExit: null,
  proven: true,
  ...more,
})
const names = (list: readonly { readonly name: string }[]) => list.map(one => one.name)

test('at first all are fresh', () => {
  const plan = switchPlan([], wanted('r1', 2), false)
  expect([names(plan.fresh), names(plan.kept), names(plan.outdated)]).toEqual([names(wanted('r1', 2)), [], []])
})

test('what is wanted and proven already is kept', () => {
  const plan = switchPlan(
    wanted('r1', 2).map(one => running(one)),
    wanted('r1', 3),
    false,
  )
  expect(names(plan.kept)).toEqual(names(wanted('r1', 2)))
  expect(names(plan.fresh)).toEqual(names(wanted('r1', 3).slice(2)))
  expect(plan.outdated).toEqual([])
})

test('another release replaces all', () => {
  const old = wanted('r1', 2).map(one => running(one))
  const plan = switchPlan(old, wanted('r2'), false)
  expect([names(plan.fresh), names(plan.kept), names(plan.outdated)]).toEqual([names(wanted('r2')), [], names(old)])
})

test('scaling down stops only what is too much', () => {
  const plan = switchPlan(
    wanted('r1', 3).map(one => running(one)),
    wanted('r1', 1),
    false,
  )
  expect([plan.fresh.length, plan.kept.length, names(plan.outdated)]).toEqual([0, 1, names(wanted('r1', 3).slice(1))])
})

test('what an interrupted switch started is checked again, not started again', () => {
  const half = wanted('r2').map(one => running(one, { proven: false }))
  const plan = switchPlan([...wanted('r1').map(one => running(one)), ...half], wanted('r2'), false)
  expect([plan.fresh.length, names(plan.unproven), names(plan.outdated)]).toEqual([0, names(half), names(wanted('r1'))])
})

test('what is half stopped is not kept', () => {
  const half = wanted('r1').map(one => running(one, { state: 'stopping' }))
  const plan = switchPlan(half, wanted('r1'), false)
  expect([plan.fresh.length, plan.kept.length, names(plan.outdated)]).toEqual([1, 0, names(half)])
  expect(names(plan.fresh)).not.toEqual(names(half))
})

test('a restart starts anew what is the same, under another name', () => {
  const plan = switchPlan(
    wanted('r1').map(one => running(one)),
    wanted('r1'),
    true,
  )
  expect([plan.fresh.length, plan.kept.length, names(plan.outdated)]).toEqual([1, 0, names(wanted('r1'))])
  expect(names(plan.fresh)).not.toEqual(names(wanted('r1')))
  const again = switchPlan(
    [...wanted('r1').map(one => running(one)), ...plan.fresh.map(one => running(one, { proven: false }))],
    wanted('r1'),
    true,
  )
  expect([again.fresh.length, names(again.unproven)]).toEqual([0, names(plan.fresh)])
})

const at = (port: number) => ({ address: { host: '127.0.0.1', port } }) as const

test('what a killed switch left, and no traffic reaches, makes room first', () => {
  const serving = wanted('r1').map(one => running(one, at(1)))
  const left = wanted('r2').map(one => running(one, { ...at(2), proven: false }))
  const plan = switchPlan([...serving, ...left], wanted('r3'), false, new Set([1]))
  expect([names(plan.leftOver), names(plan.outdated)]).toEqual([names(left), names(serving)])
})

test('what traffic reaches is not taken for a left-over, proven or not', () => {
  const old = wanted('r1').map(one => running(one, at(1)))
  const moved = wanted('r2').map(one => running(one, { ...at(2), proven: false }))
  const plan = switchPlan([...old, ...moved], wanted('r3'), false, new Set([2]))
  expect([names(plan.leftOver), names(plan.outdated)]).toEqual([names(old), names(moved)])
  expect(switchPlan([...old, ...moved], wanted('r2'), false, new Set([2])).served.has(moved[0]?.name ?? '')).toBe(true)
})

test('where it is not known what traffic reaches, nothing is a left-over', () => {
  const all = [...wanted('r1'), ...wanted('r2')].map(one => running(one, at(1)))
  expect(switchPlan(all, wanted('r3'), false, null).leftOver).toEqual([])
})
