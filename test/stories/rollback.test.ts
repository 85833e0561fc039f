/** A failing state file in each procedure: what ran before runs again, and nothing of the failure stays but what tells of it. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ProcedureName, procedureNames } from '../../src/kernel/procedure-names.ts'
import { modes } from '../../src/modes/index.ts'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** Every procedure has a state file that fails when its name stands in the tree's file `fail`, or in the one outside. */
function stateFiles(fail: string): Record<string, string> {
  const told =
    "told:\n  cmd.run:\n    - name: echo {{ opts.deployment.state }} {{ (opts.deployment.fault or {}).get('code') }} > {{ cfg.data_root }}/told\n"
  const files = Object.fromEntries(
    procedureNames.map(name => [
      `.salt/${name}.sls`,
      `${name} works:\n  cmd.run:\n    - name: "! cat {{ cfg.project_root }}/fail ${fail} | grep -qx ${name}"\n`,
    ]),
  )
  return { ...files, '.salt/notification.sls': `${told}${files['.salt/notification.sls']}` }
}

const releaseOf = (text: string): string => /release (\d{8}T\d{9}Z-[0-9a-f-]{36})/.exec(text)?.[1] ?? 'none'

describe.each(['final', 'cooking'] as const)('%s', mode => {
  const name = uniqueName(mode)
  let fail = ''
  let clone: Clone
  let good = ''
  const pillarBefore = () => world.ref(name, 'master', 'pillar')
  const settings = () => readFileSync(world.path(name, 'corpus', 'configuration.json'), 'utf8')
  const index = () => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')

  beforeAll(async () => {
    fail = join(world.scratch, `${mode}-fail`)
    writeFileSync(fail, '')
    await world.must('init', name, '--mode', mode)
    clone = await world.clone(name, { 'index.html': 'good\n', fail: '', ...stateFiles(fail) })
    const first = await clone.push()
    expect(first.stderr).toContain('deployed in')
    good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  })

  const failing = procedureNames.filter(
    one => 'run' in modes[mode][one] && one !== 'rollback' && one !== 'notification',
  )
  test.each(failing)('a failing %s brings back what ran, and the same commit can be pushed again', async procedure => {
    const pillar = await pillarBefore()
    const configuration = settings()
    // The first two run before the new tree is there, with the state files of the old one.
    const early = procedure === 'trigger' || procedure === 'archive'
    writeFileSync(fail, early ? `${procedure}\n` : '')
    const bad = await clone.commit({
      'index.html': `bad ${procedure}\n`,
      fail: early ? '' : `${procedure}\n`,
      // upgrade.sls was done by the first release: what fails is a new step.
      '.salt/upgrades/again.sls': procedure === 'upgrade' ? (stateFiles(fail)['.salt/upgrade.sls'] ?? null) : null,
    })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain(`${procedure} FAILED`)
    expect(pushed.stderr).toContain('STATES_FAILED')
    expect(pushed.stderr).toContain('ROLLED BACK')
    expect(pushed.status).not.toBe(0)
    const release = releaseOf(pushed.stderr)
    expect(index()).toBe('good\n')
    expect(readFileSync(world.path(name, 'data', 'told'), 'utf8')).toBe('rolled back STATES_FAILED\n')
    const aside = world.path(name, 'archives', 'rollback', release)
    expect(existsSync(aside)).toBe(!early)
    const bundled = existsSync(world.path(name, 'releases', 'failed', release, 'project.tar.zst'))
    expect(bundled).toBe(mode === 'cooking' && (procedure === 'bundle' || procedure === 'post_install'))
    if (!early) expect(readFileSync(join(aside, 'project', 'index.html'), 'utf8')).toBe(`bad ${procedure}\n`)
    expect(existsSync(world.path(name, 'archives', 'deployed', release))).toBe(false)
    expect(await world.ref(name, 'master')).toBe(good)
    expect(await world.ref(name, `refs/corpus/failed/${release}`)).toBe(bad)
    expect(await pillarBefore()).toBe(pillar)
    expect(settings()).toBe(configuration)
    const rows = await world.json<{ status: string; commit: string; release: string; current: boolean }[]>(
      'releases',
      name,
    )
    expect(rows[0]).toMatchObject({ release, status: 'rolled back', commit: bad, current: false })
    expect(rows.find(row => row.current)).toMatchObject({ commit: good })
    expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good, deployment: null })
  })

  test('the commit that failed deploys when its cause is gone', async () => {
    writeFileSync(fail, 'install\n')
    await clone.commit({ 'index.html': 'better\n', fail: '' })
    expect((await clone.push()).status).not.toBe(0)
    writeFileSync(fail, '')
    const again = await clone.push()
    expect(again.stderr).toContain('deployed in')
    expect(again.status).toBe(0)
    expect(index()).not.toBe('good\n')
    good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
    expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good })
    expect(readdirSync(world.path(name, 'archives', 'rollback')).length).toBeLessThanOrEqual(2)
  })

  test('a failing notification is told, and changes nothing', async () => {
    await clone.commit({ 'index.html': 'told\n', fail: 'notification\n' })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('notification FAILED')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    expect(index()).toBe('told\n')
    good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  })

  test('a rollback that fails itself is told louder than anything else, and the next push mends it', async () => {
    writeFileSync(fail, 'post_install\nrollback\n')
    await clone.commit({ 'index.html': 'worse\n', fail: '' })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('THE ROLLBACK FAILED')
    expect(pushed.stderr).toContain('ROLLBACK FAILED; ')
    expect(pushed.status).not.toBe(0)
    expect(await world.json('status', name)).toMatchObject({ state: 'broken' })
    const rows = await world.json<{ status: string }[]>('releases', name)
    expect(rows[0]?.status).toBe('rollback failed')
    // The tree and the branch are back: the hook of the project failed after that.
    expect(index()).toBe('told\n')
    expect(await world.ref(name, 'master')).toBe(good)
    writeFileSync(fail, '')
    const again = await clone.push()
    expect(again.status).toBe(0)
    expect(index()).toBe('worse\n')
    expect(await world.json('status', name)).toMatchObject({ state: 'live' })
  })

  test('the first deployment of all that fails leaves nothing that runs, and no branch', async () => {
    const fresh = uniqueName(`${mode}-first`)
    await world.must('init', fresh, '--mode', mode)
    writeFileSync(fail, 'configure\n')
    const first = await world.clone(fresh, { 'index.html': 'first\n', fail: '', ...stateFiles(fail) })
    const pushed = await first.push()
    expect(pushed.stderr).toContain('nothing runs')
    expect(pushed.status).not.toBe(0)
    expect(await world.ref(fresh, 'master')).toBe('')
    expect(existsSync(world.path(fresh, 'project', 'index.html'))).toBe(false)
    expect(await world.json('status', fresh)).toMatchObject({ state: 'new', release: null })
    rmSync(fail)
    writeFileSync(fail, '')
    expect((await first.push()).status).toBe(0)
    expect(readFileSync(world.path(fresh, 'project', 'index.html'), 'utf8')).toBe('first\n')
  })
})

const skipped = (mode: 'final' | 'cooking') => procedureNames.filter((one: ProcedureName) => 'skip' in modes[mode][one])
test('what a mode skips cannot fail it', async () => {
  expect(skipped('final')).toEqual(['build', 'bundle'])
  expect(skipped('cooking')).toEqual(['release-sync'])
})
