import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('a script whose interpreter is gone cannot be started', () => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-programs-'))
  try {
    const [good, bad] = [join(folder, 'good'), join(folder, 'bad')]
    writeFileSync(good, '#! /bin/sh -e\n', { mode: 0o755 })
    writeFileSync(bad, '#!/nowhere/at/all\n', { mode: 0o755 })
    expect([hasProgram(good), hasProgram(bad)]).toEqual([true, false])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
