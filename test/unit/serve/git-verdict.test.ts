import { expect, test } from 'vitest'
import { answering } from '../../../src/serve/git-verdict.ts'

const packet = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}
const flush = Buffer.from('0000')
/** As git answers: progress, then a report that ends in a flush packet of its own, then the end. */
const report = Buffer.concat([packet('unpack ok\n'), packet('ok refs/heads/master\n'), flush])
const withBands = Buffer.concat([
  packet('\x02corpus: shop\n'),
  Buffer.from('0005\x02'),
  packet(`\x01${report.toString('latin1')}`),
])

test('wherever it is cut, all goes on but the flush packet that ends it, which comes with the verdict', () => {
  const whole = Buffer.concat([withBands, flush])
  for (let size = 1; size <= whole.length; size++) {
    const answer = answering()
    const sent: Buffer[] = []
    for (let from = 0; from < whole.length; from += size) sent.push(answer.take(whole.subarray(from, from + size)))
    expect(Buffer.concat(sent)).toEqual(withBands)
    expect(answer.end()).toEqual(flush)
  }
})

test('whole packets go on as they come, so that progress is seen', () => {
  const answer = answering()
  const line = packet('\x02building\n')
  expect(answer.take(line)).toEqual(line)
  expect(answer.take(flush)).toHaveLength(0)
  // It was not the last after all.
  expect(answer.take(line)).toEqual(Buffer.concat([flush, line]))
})

test('a failure is a packet of the third band, cut to what the older side band takes', () => {
  const answer = answering()
  answer.take(Buffer.concat([withBands, flush]))
  expect(answer.fail('it failed')).toEqual(Buffer.concat([packet('\x03it failed'), flush]))
  expect(answer.fail('x'.repeat(5000))?.length).toBe(1004)
})

test('without side bands, or in the middle of a packet, there is nothing to say it by', () => {
  const plain = answering()
  expect(plain.take(report)).toEqual(report.subarray(0, -4))
  expect(plain.fail('it failed')).toBeUndefined()
  expect(plain.keepAlive()).toHaveLength(0)
  const cut = answering()
  cut.take(withBands.subarray(0, -3))
  expect(cut.fail('it failed')).toBeUndefined()
  expect(cut.keepAlive()).toHaveLength(0)
  expect(answering().fail('it failed')).toBeUndefined()
})

test('between packets it may be kept alive', () => {
  const answer = answering()
  expect(answer.keepAlive()).toHaveLength(0)
  answer.take(packet('\x02building\n'))
  expect(answer.keepAlive()).toEqual(Buffer.from('0005\x02'))
})

test('what is no packet goes on as it is', () => {
  const answer = answering()
  const odd = Buffer.from('fatal: what is this\n0000 and so on')
  expect(answer.take(odd)).toEqual(odd)
  expect(answer.take(odd)).toEqual(odd)
})
