import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { follow } from '../../../src/controller/follow.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { newRelease } from '../../../src/kernel/release.ts'
import { localShell } from '../../../src/shell/local.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-follow-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a long log comes whole, also where a piece of it ends inside a letter', async () => {
  const layout = projectLayout(root, projectName('demo'))
  const release = newRelease()
  const files = layout.deployment(release)
  mkdirSync(files.folder, { recursive: true })
  const log = `x${'é'.repeat(100_000)}\n`
  writeFileSync(files.output, log)
  writeFileSync(files.verdict, '0 succeeded\n')
  let told = ''
  const verdict = await follow({ root, shell: localShell, home: root }, layout, release, text => {
    told += text
  })
  expect(verdict).toEqual({ status: 0, state: 'succeeded' })
  expect(told === log).toBe(true)
})
