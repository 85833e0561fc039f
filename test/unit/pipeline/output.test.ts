import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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

test('a failed state is told once, by paths as its command has them, and what is proposed can be copied', () => {
  const { output, text, events } = opened(4000)
  const tree = projectLayout(root, projectName('demo')).archived
  const [release = ''] = readdirSync(join(root, 'projects', 'demo', 'deployments'))
  const folder = join(tree, release)
  const state = { type: 'state', changed: false, milliseconds: 1, result: false } as const
  const missing = `${folder}/project/a is not there`
  const command = `Command "${folder}/venv/bin/pip wheel ${folder}/project" run`
  output.emit({ ...state, id: 'a', fun: 'file.exists', comment: missing })
  output.emit({ ...state, id: 'b', fun: 'cmd.run', comment: command })
  output.emit({
    ...state,
    id: 'c',
    fun: 'file.managed',
    result: true,
    changed: true,
    comment: `File ${folder}/c updated`,
  })
  const detail = `file.exists a: ${missing}\ncmd.run b: ${command.replace(/run$/, 'ended with 1')}`
  const wayOut = 'See `corpus config get NAME`.'
  output.emit({ type: 'fault', fault: { code: 'STATES_FAILED', message: 'Failed.', wayOut, detail } })
  output.close()
  expect(
    text()
      .split('\n')
      .map(line => line.replace(/^ *[\d.]+s/, '').trim()),
  ).toEqual([
    'error:    FAILED file.exists a: ./a is not there',
    'error:    FAILED cmd.run b',
    'c',
    'error:  STATES_FAILED: Failed.',
    '| cmd.run b: Command "../venv/bin/pip wheel ." ended with 1',
    'hint:  See `corpus config get demo`.',
    '',
  ])
  // Who reads them by a program has all of it.
  expect(events()).toContain(`${folder}/venv/bin/pip`)
})

test('a line stays whole where a secret may have begun at its end', () => {
  const { output, text } = opened(4000)
  output.hide(['e\nvery secret', 's\nalso secret', 'hush'])
  for (const line of ['line one\n', 'oops\n', 'it is hus', 'h, and ', 'more\n'])
    output.emit({ type: 'output', text: line })
  output.emit({ type: 'note', level: 'info', text: 'next' })
  output.close()
  expect(
    text()
      .split('\n')
      .map(line => line.replace(/^ *[\d.]+s/, '').trim()),
  ).toEqual(['| line one', '| oops', '| it is ********, and more', 'next', ''])
})
