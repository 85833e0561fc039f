import { expect, test } from 'vitest'
import { projectName } from '../../../src/kernel/names.ts'
import { declaredProcesses } from '../../../src/services/declared.ts'
import {
  instanceName,
  plannedInstances,
  renamedInstance,
  shortRelease,
  type Wanted,
} from '../../../src/services/instance.ts'

const release = '20261121T105535123Z-ab12cd34-0000-4000-8000-000000000000'
const wanted = (more: Partial<Wanted> = {}, services: unknown = { web: { command: 'x', count: 2 } }) =>
  plannedInstances({
    project: projectName('my-shop_1'),
    release,
    tree: '/srv/t1',
    account: null,
    processes: declaredProcesses([], services),
    environment: { A: '1' },
    ...more,
  })

test('an instance is named by project, release, process and number', () => {
  expect(wanted().map(one => one.name.replace(/[0-9a-f]{8}$/, '*'))).toEqual([
    'my-shop_1.20261121T105535123-ab12.web.1.*',
    'my-shop_1.20261121T105535123-ab12.web.2.*',
  ])
})

test('a program of corpus that keeps something up runs as corpus, and gets no variable of the application', () => {
  const account = { name: 'shop-user', uid: 999, gid: 999, home: '/home/shop' }
  const [web] = declaredProcesses([], { web: { command: 'x', environment: { B: '2' } } })
  if (!web) throw new Error('no declaration')
  const [usual] = wanted({ account, processes: [web] })
  expect(usual).toMatchObject({ account, environment: { A: '1', B: '2' } })
  const [ours] = wanted({ account, processes: [{ ...web, isOurs: true }] })
  expect(ours).toMatchObject({ account: null, environment: {} })
})

test('the same wanted twice gives the same names', () => expect(wanted()).toEqual(wanted()))

test('another release of the same tree gives the same digests under other names', () => {
  const other = wanted({ release: release.replace('ab12', 'ff00') })
  expect(other.map(one => one.digest)).toEqual(wanted().map(one => one.digest))
  expect(other.map(one => one.name)).not.toEqual(wanted().map(one => one.name))
})

test('an instance whose name is taken gets another one, the same each time', () => {
  const [one] = wanted()
  if (!one) throw new Error('none')
  const next = renamedInstance(one, new Set([one.name]))
  expect(next.name).not.toBe(one.name)
  expect(next.digest).toBe(one.digest)
  expect(renamedInstance(one, new Set([one.name]))).toEqual(next)
  expect(renamedInstance(one, new Set())).toEqual(one)
})

test.each<[string, Partial<Wanted>, unknown?]>([
  ['tree', { tree: '/srv/t2' }],
  ['environment', { environment: { A: '2' } }],
  ['account', { account: { name: 'u', uid: 5, gid: 5, home: '/' } }],
  ['command', {}, { web: { command: 'y', count: 2 } }],
  ['memory', {}, { web: { command: 'x', count: 2, memory: '64M' } }],
])('another %s gives other digests', (_what, more, services) => {
  expect(wanted(more, services).map(one => one.digest)).not.toEqual(wanted().map(one => one.digest))
})

test('two variables cannot be told as one', () => {
  const a = wanted({ environment: { A: '1\nB=1:x' } })
  const b = wanted({ environment: { A: '1', B: 'x' } })
  expect(a[0]?.digest).not.toBe(b[0]?.digest)
})

test.each([
  '',
  'a',
  'a.b.c.1.00000000x',
  '../x.r.web.1.00000000',
  'a.r.web.0.00000000',
  'a.r.web.1.0000000g',
  'a.r.w b.1.00000000',
  'a.r.web.1.00000000\n',
])('%j is no name of an instance', text =>
  expect(() => instanceName(text)).toThrowError(expect.objectContaining({ code: 'NAME_INVALID' })),
)

test('a release that is no release is refused', () => expect(() => shortRelease('a/b')).toThrow(/not a release/))
