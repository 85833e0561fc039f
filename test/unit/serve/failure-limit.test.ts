import { expect, test } from 'vitest'
import { failureLimit } from '../../../src/serve/failure-limit.ts'

test('ten that did not count in a minute are too many, for their sender and for the name that they claimed', () => {
  let now = 0
  const limit = failureLimit(() => now)
  for (let turn = 0; turn < 10; turn++) {
    expect(limit.isReached(['192.0.2.1', 'name ann'])).toBe(false)
    limit.count(['192.0.2.1', 'name ann'])
  }
  expect(limit.isReached(['192.0.2.1', 'name bob'])).toBe(true)
  expect(limit.isReached(['192.0.2.2', 'name ann'])).toBe(true)
  expect(limit.isReached(['192.0.2.2', 'name bob'])).toBe(false)
  now = 60_000
  expect(limit.isReached(['192.0.2.1', 'name ann'])).toBe(false)
})

test('one that counted takes back its own, and not those before it', () => {
  const limit = failureLimit(() => 0)
  for (let turn = 0; turn < 9; turn++) limit.count(['a'])
  for (let turn = 0; turn < 5; turn++) {
    limit.count(['a'])
    limit.forgive(['a'])
  }
  expect(limit.isReached(['a'])).toBe(false)
  limit.count(['a'])
  expect(limit.isReached(['a'])).toBe(true)
})

test('of senders without number, not more are kept than there is room for', () => {
  const limit = failureLimit(() => 0)
  for (let turn = 0; turn < 10; turn++) limit.count(['first'])
  for (let sender = 0; sender < 20_000; sender++) limit.count([`sender ${sender}`])
  expect(limit.isReached(['first'])).toBe(false)
})
