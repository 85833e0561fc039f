import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { placesOf } from '../../../src/serve/git-places.ts'

const never = new AbortController().signal

test('who has all the places of one user leaves those of others free', async () => {
  const places = placesOf(4, 2)
  const [first] = await Promise.all([places.take('ann', never), places.take('ann', never)])
  let isThird = false
  const third = places.take('ann', never).then(leave => {
    isThird = true
    return leave
  })
  await places.take('bob', never)
  await setImmediate()
  expect(isThird).toBe(false)
  first()
  // A place is given back once.
  first()
  await third
  await places.take('bob', never)
  let isFifth = false
  void places.take('eve', never).then(() => {
    isFifth = true
  })
  await setImmediate()
  expect(isFifth).toBe(false)
})

test('who goes away waits no more, and takes nobody’s turn', async () => {
  const places = placesOf(1, 1)
  const leave = await places.take('ann', never)
  const gone = new AbortController()
  const left = places.take('bob', gone.signal)
  const next = places.take('eve', never)
  gone.abort()
  await expect(left).rejects.toThrow()
  leave()
  await (await next)()
  await expect(places.take('bob', gone.signal)).rejects.toThrow()
  expect(await places.take('bob', never)).toBeTypeOf('function')
})
