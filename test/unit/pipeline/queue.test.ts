/** The line of a project: who is served next, and whose push another makes pointless. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProjectLayout, projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'
import { leaveQueue, newsOf, nextRequest, putRequest, type Request, waiting } from '../../../src/pipeline/queue.ts'

let top: string
let layout: ProjectLayout
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-queue-'))
  layout = projectLayout(top, projectName('shop'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

const idOf = (number: number) => releaseId(`20260101T00000000${number}Z-00000000-0000-4000-8000-000000000000`)
function put(number: number, request: Partial<Request> = {}): Request {
  const whole: Request = {
    release: idOf(number),
    kind: 'push',
    by: 'ada',
    branch: 'master',
    before: null,
    commit: `${number}`.repeat(40),
    ...request,
  }
  putRequest(layout, whole)
  return whole
}

test('requests wait in the order in which they were asked for, each with a folder for its log', () => {
  const second = put(2)
  const first = put(1)
  expect(waiting(layout)).toEqual([first, second])
  expect(existsSync(layout.deployment(first.release).output)).toBe(true)
  expect(waiting(projectLayout(top, projectName('other')))).toEqual([])
})

test('of pushes to one branch the newest is served, and the others are superseded', () => {
  const [first, second, third] = [put(1), put(2), put(3)]
  expect(nextRequest(layout)).toEqual({ request: third, superseded: [first, second] })
})

test('of pushes that overtook one another, the one counts at which the branch stands', () => {
  const [first, second] = [put(1), put(2)]
  expect(nextRequest(layout, () => first.commit)).toEqual({ request: first, superseded: [second] })
})

test('pushes of other branches, of the pillar, and what else was asked for stand for themselves', () => {
  const first = put(1)
  put(2, { branch: 'other' })
  put(3, { kind: 'pillar' })
  put(4, { only: ['build'] })
  put(5, { plan: true })
  put(6, { kind: 'deploy' })
  expect(nextRequest(layout)).toEqual({ request: first, superseded: [] })
})

test('what makes a choice is served in its turn, whatever came after it', () => {
  const first = put(1, { skip: ['build'] })
  put(2)
  expect(nextRequest(layout)).toEqual({ request: first, superseded: [] })
})

test('taking a request leaves it in the line; it leaves for the folder of its deployment', () => {
  const first = put(1)
  nextRequest(layout)
  expect(waiting(layout)).toHaveLength(1)
  leaveQueue(layout, first.release)
  expect(nextRequest(layout)).toBeUndefined()
  expect(JSON.parse(readFileSync(layout.deployment(first.release).request, 'utf8'))).toEqual(first)
  expect(() => leaveQueue(layout, first.release)).not.toThrow()
})

test('one that cannot be read goes, and holds up nobody; its name counts, not what it says of itself', () => {
  const good = put(2, { release: idOf(2) })
  writeFileSync(join(layout.queue, idOf(1)), '{"half')
  writeFileSync(join(layout.queue, 'no-release'), '{}')
  writeFileSync(join(layout.queue, idOf(3)), JSON.stringify({ ...good, release: '../../elsewhere' }))
  writeFileSync(join(layout.queue, '.writing'), '{}')
  expect(waiting(layout).map(one => one.release)).toEqual([idOf(2), idOf(3)])
  expect(existsSync(join(layout.queue, idOf(1)))).toBe(false)
  expect(existsSync(join(layout.queue, 'no-release'))).toBe(false)
  expect(existsSync(join(layout.queue, '.writing'))).toBe(true)
})

test('who waits for news hears of a request at once, or where one waits already', async () => {
  const first = put(1)
  leaveQueue(layout, first.release)
  const news = newsOf(layout)
  expect(news.signal.aborted).toBe(false)
  const heard = new Promise(resolve => news.signal.addEventListener('abort', resolve))
  put(2)
  await heard
  news.close()
  const late = newsOf(layout)
  expect(late.signal.aborted).toBe(true)
  late.close()
})
