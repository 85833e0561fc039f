import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { renderPillar, renderPushedPillar } from '../../../src/project/pillar-rendering.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pillar-quotes-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

for (const [what, text] of [
  ['an alias', 'a: 1\npassword: *hunter2secret\n'],
  ['a line that is no YAML', 'a: 1\npassword: hunter2secret: x\n'],
  ['a name that is not there', 'password: "{{ hunter2secret.x }}"\n'],
  ['a text that does not end', 'password: "hunter2secret\n'],
  ['a filter that is not there', 'password: "{{ 1 | hunter2secret }}"\n'],
] as const)
  test(`A deployment is told where the pillar is wrong, and not what is written there: ${what}`, async () => {
    writeFileSync(join(folder, 'init.sls'), text)
    const { faults } = await renderPillar(folder)
    expect(faults.join('\n')).toMatch(/^init\.sls:\d+:\d+: ./)
    expect(faults.join('\n')).not.toContain('hunter2secret')
  })

test('Who pushes the pillar sees the place: the line is a click away, and what a push prints others may read', async () => {
  writeFileSync(join(folder, 'init.sls'), 'a: 1\npassword: hunter2secret: x\n')
  const faults = (await renderPushedPillar(folder)).faults.join('\n')
  expect(faults).toMatch(/^init\.sls:\d+:\d+: ./)
  expect(faults).not.toContain('hunter2secret')
})
