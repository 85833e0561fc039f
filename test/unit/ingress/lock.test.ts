import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from '../../../src/ingress/lock.ts'
import { ingressPlace } from '../../../src/ingress/place.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-lock-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('those who hold the lock of the sites do so one after the other, and other work goes on meanwhile', async () => {
  const place = ingressPlace(root)
  let inside = 0
  let most = 0
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const work = () =>
    withLock(place, 'sites', async () => {
      most = Math.max(most, ++inside)
      await new Promise(done => setTimeout(done, 20))
      inside--
    })
  await Promise.all([work(), work(), work()])
  clearInterval(timer)
  expect(most).toBe(1)
  expect(ticks).toBeGreaterThan(3)
  await expect(withLock(place, 'sites', () => Promise.reject(new Error('fault')))).rejects.toThrow('fault')
  await work()
})

test('nobody else can open the file of a lock, one of before included', async () => {
  const place = ingressPlace(root)
  await withLock(place, 'sites', async () => {})
  const folder = join(place.home, 'locks')
  chmodSync(join(folder, 'sites'), 0o644)
  await withLock(place, 'sites', async () => {})
  expect([folder, join(folder, 'sites')].map(path => statSync(path).mode & 0o777)).toEqual([0o700, 0o600])
})
