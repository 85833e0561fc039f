import { expect, test } from 'vitest'
import { lastLife } from '../../../src/services/last-life.ts'

const line = (second: number, text: string) => ({ time: new Date(second * 1000).toISOString().slice(0, 23), text })

test('a short life is shown whole, and those before it are not', () => {
  const lines = [line(0, 'first'), line(0.1, 'error one'), line(1.2, 'second'), line(1.3, 'error two')]
  expect(lastLife(lines)).toEqual(['second', 'error two'])
})

test('of a long one both ends are shown', () => {
  const lines = Array.from({ length: 100 }, (_, at) => line(at / 1000, `line ${at}`))
  const shown = lastLife(lines)
  expect([shown[0], shown[19], shown[20], shown.at(-1)]).toEqual(['line 0', 'line 19', '… 60 lines more …', 'line 99'])
})

test('a log without times is one life', () => {
  expect(
    lastLife([
      { time: '', text: 'a' },
      { time: '', text: 'b' },
    ]),
  ).toEqual(['a', 'b'])
  expect(lastLife([])).toEqual([])
})
