import { expect, test } from 'vitest'
import { CorpusError, catalogue, faultOf, forProject } from '../../../src/kernel/errors.ts'

test.each([
  ['Follow it with `corpus logs NAME --follow`, or `corpus cancel NAME`.', 'Follow it with `corpus logs shop --follow`, or `corpus cancel shop`.'],
  ['`corpus config set NAME user=NAME`', '`corpus config set shop user=NAME`'],
  ['write `makina-projects.NAME:`', 'write `makina-projects.shop:`'],
  ['`corpus keys remove NAME`', '`corpus keys remove NAME`'],
  ['apt-get install NAME', 'apt-get install NAME'],
  ['Choose another with --remote NAME', 'Choose another with --remote NAME'],
])('%s is proposed as it can be typed', (sentence, typed) => expect(forProject(sentence, 'shop')).toBe(typed)) // biome-ignore format: one row each

test('where the project is known, no way out that names a command of it is left with NAME', () => {
  const left = Object.entries(catalogue).filter(([code]) => {
    const fault = faultOf(new CorpusError(code as keyof typeof catalogue, 'x'), 'shop')
    return /corpus (?!keys )[a-z]+( [a-z]+)? NAME/.test(fault.wayOut)
  })
  expect(left).toEqual([])
})
