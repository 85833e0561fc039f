/** What a machine declares for all commands, as a process sees it that lives longer than one deployment. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deploymentEnvironment, renewDeclared, settleEnvironment } from '../../../src/shell/environment.ts'

let root: string
let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
  root = mkdtempSync(join(tmpdir(), 'declared-'))
  mkdirSync(join(root, 'corpus'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
  renewDeclared(root)
  process.env = before
})

test('what is written down, changed and taken away counts from the next deployment on', () => {
  const file = join(root, 'corpus', 'environment')
  settleEnvironment(root, 'corpus')
  writeFileSync(file, 'DECLARED_A=1\nDECLARED_B=1\n', { mode: 0o644 })
  renewDeclared(root)
  expect(deploymentEnvironment()).toMatchObject({ DECLARED_A: '1', DECLARED_B: '1' })
  writeFileSync(file, 'DECLARED_A=2\n')
  renewDeclared(root)
  expect([deploymentEnvironment()['DECLARED_A'], process.env['DECLARED_A']]).toEqual(['2', '2'])
  expect([deploymentEnvironment()['DECLARED_B'], process.env['DECLARED_B']]).toEqual([undefined, undefined])
  chmodSync(file, 0o666)
  renewDeclared(root)
  expect([deploymentEnvironment()['DECLARED_A'], process.env['DECLARED_A']]).toEqual([undefined, undefined])
})
