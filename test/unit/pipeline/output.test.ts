import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { newRelease } from '../../../src/kernel/release.ts'
import { openOutput } from '../../../src/pipeline/output.ts'
import { eventually } from '../../support/world.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-output-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function opened(silentMilliseconds: number) {
  const layout = projectLayout(root, projectName('demo'))
  const release = newRelease()
  const files = layout.deployment(release)
  mkdirSync(files.folder, { recursive: true })
  const output = openOutput(layout, release, { silentMilliseconds, isTerse: true })
  return { output, text: () => readFileSync(files.output, 'utf8'), events: () => readFileSync(files.events, 'utf8') }
}

test('a step that is silent for long says that it goes on, again and again, and by its name', async () => {
  const { output, text, events } = opened(20)
  output.emit({ type: 'procedure', procedure: 'build', phase: 'begin' })
  output.emit({ type: 'state-begun', id: 'dependencies-installed' })
  await eventually('two lines', () => (text().match(/dependencies-installed goes on, \d+ s/g)?.length ?? 0) > 1)
  output.emit({
    type: 'state', id: 'dependencies-installed', fun: 'cmd.run', result: true, changed: false, comment: '', milliseconds: 1,
  }) // biome-ignore format: one event
  await eventually('the procedure alone', () => /build goes on/.test(text()))
  expect(events()).not.toContain('goes on')
  output.close()
})

test('what has ended goes on no longer', async () => {
  const { output, text } = opened(10)
  output.emit({ type: 'procedure', procedure: 'build', phase: 'begin' })
  output.emit({ type: 'procedure', procedure: 'build', phase: 'done', milliseconds: 1 })
  await new Promise(resolve => setTimeout(resolve, 60))
  expect(text()).not.toContain('goes on')
  output.close()
})
