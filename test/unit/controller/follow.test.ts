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

test('it goes on behind a place that was told, with whole lines, and whoever leaves is not waited for', async () => {
  const layout = projectLayout(root, projectName('demo'))
  const release = newRelease()
  const files = layout.deployment(release)
  mkdirSync(files.folder, { recursive: true })
  writeFileSync(files.output, 'été\ntwo\nhalf')
  const leaving = new AbortController()
  const told: [string, number][] = []
  const left = follow(
    { root, shell: localShell, home: root, signal: leaving.signal },
    layout,
    release,
    (text, place) => {
      told.push([text, place])
      leaving.abort()
    },
  )
  await expect(left).rejects.toMatchObject({ code: 'FOLLOWER_LEFT' })
  expect(told).toEqual([['été\ntwo\n', 10]])
  writeFileSync(files.output, ' a line\n', { flag: 'a' })
  writeFileSync(files.verdict, '1 failed\n')
  const rest: string[] = []
  await follow({ root, shell: localShell, home: root }, layout, release, text => void rest.push(text), 10)
  expect(rest).toEqual(['half a line\n'])
})
