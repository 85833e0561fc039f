import { expect, test } from 'vitest'
import { hasProgram, program } from '../../../src/shell/programs.ts'

test('a program has its whole path', () => {
  expect(program('sh')).toMatch(/^\/(usr\/)?bin\/sh$/)
  expect(program('/opt/own')).toBe('/opt/own')
})

test('one that is not there is named all the same', () => {
  expect(program('no-such-program')).toBe('/usr/bin/no-such-program')
  expect(hasProgram('no-such-program')).toBe(false)
  expect(hasProgram('git')).toBe(true)
})
