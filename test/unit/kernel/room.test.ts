import { afterEach, expect, test } from 'vitest'
import { giveRoomBy, withRoom } from '../../../src/kernel/room.ts'

const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
/** A write that succeeds once so many rounds of room were given. */
function needs(rounds: number) {
  const asked: number[] = []
  giveRoomBy(round => {
    asked.push(round)
    return round < 3
  })
  const write = () => {
    if (asked.length < rounds) throw full()
    return 'written'
  }
  return { asked, write }
}
afterEach(() => giveRoomBy(null))

test('a write that finds room asks for none', () => {
  const { asked, write } = needs(0)
  expect(withRoom(write)).toBe('written')
  expect(asked).toEqual([])
})

test('one that finds none is tried again, each time that room was given', () => {
  const { asked, write } = needs(2)
  expect(withRoom(write)).toBe('written')
  expect(asked).toEqual([0, 1])
})

test('where nothing is left to give, it fails as it would have', () => {
  const { asked, write } = needs(99)
  expect(() => withRoom(write)).toThrow('no space left on device')
  expect(asked).toEqual([0, 1, 2, 3])
  giveRoomBy(null)
  expect(() => withRoom(write)).toThrow('no space left on device')
})

test('another error is nobody’s room', () => {
  const { asked } = needs(1)
  expect(() =>
    withRoom(() => {
      throw Object.assign(new Error('read only'), { code: 'EROFS' })
    }),
  ).toThrow('read only')
  expect(asked).toEqual([])
})
