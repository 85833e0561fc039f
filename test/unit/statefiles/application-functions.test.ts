import { expect, test } from 'vitest'
import { missingPrograms } from '../../../src/statefiles/application-functions.ts'

test('programs that the application would not find are named with their package of Debian', () => {
  const missing = missingPrograms(['sh', 'bundle', 'no-such-program'], '/nowhere')
  expect(missing).toEqual([
    'There is no sh on this machine: apt-get install sh.',
    'There is no bundle on this machine: apt-get install ruby-bundler.',
    'There is no no-such-program on this machine: apt-get install no-such-program.',
  ])
  expect(missingPrograms(['sh'], '/nowhere:/bin')).toEqual([])
})
