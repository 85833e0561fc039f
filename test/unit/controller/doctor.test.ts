import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSaved, withSnapshot, writeSaved } from '../../../src/configuration/saved.ts'
import { doctor, type Finding, healthy } from '../../../src/controller/doctor.ts'
import { ensureBare } from '../../../src/git/bare.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { ensureFolders, wireProject } from '../../../src/project/wiring.ts'
import type { Dict } from '../../../src/salt/python/dict.ts'
import { readJson } from '../../../src/salt/python/json.ts'
import { servicesDriver } from '../../../src/services/choose.ts'
import { localShell } from '../../../src/shell/local.ts'

const home = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-doctor-'))
  chmodSync(root, 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const look = async (at = root): Promise<Map<string, Finding>> =>
  new Map((await doctor({ root: at, shell: localShell, home })).map(one => [one.name, one]))

async function makeProject() {
  const layout = projectLayout(root, projectName('demo'))
  ensureFolders(layout)
  for (const kind of ['project', 'pillar'] as const) {
    const path = kind === 'project' ? layout.projectGit : layout.pillarGit
    await ensureBare(localShell, { path, kind, name: layout.name, root, home })
  }
  wireProject(layout)
  mkdirSync(join(layout.editableTree, '.salt'))
  return layout
}

test('git, perl and the rest are found with their versions', async () => {
  const findings = await look()
  for (const name of ['node', 'git', 'perl', 'flock', 'tar', 'root', 'disk', 'clock'])
    expect(findings.get(name)).toMatchObject({ ok: true, level: 'needed' })
  expect(findings.get('git')?.found).toMatch(/^\d+\.\d+/)
})

test('doctor names the supervisor that runs the processes', async () => {
  const driver = await servicesDriver(root, localShell)
  const found = (await look()).get('supervisor')?.found ?? ''
  expect(found.includes(driver.name) || found.startsWith('neither')).toBe(true)
})

test('a root that is a file is told with a way out', async () => {
  const file = join(root, 'file')
  writeFileSync(file, '')
  const finding = (await look(join(file, 'below'))).get('root')
  expect(finding).toMatchObject({ ok: false, level: 'needed' })
  expect(finding?.mend).toContain('CORPUS_ROOT')
})

test('the hooks of a project are right, until one is gone, another package has them, or somebody wrote one', async () => {
  const layout = await makeProject()
  const name = 'hooks of demo'
  const hook = join(layout.projectGit, 'hooks', 'post-receive')
  expect((await look()).get(name)).toMatchObject({ ok: true })
  const elsewhere = join(root, 'package')
  mkdirSync(join(elsewhere, 'scripts'), { recursive: true })
  for (const file of ['package.json', 'scripts/corpus']) writeFileSync(join(elsewhere, file), '{}')
  const moved = await doctor({ root, shell: localShell, home: elsewhere })
  expect(moved.find(one => one.name === name)).toMatchObject({ ok: false, mend: 'corpus init demo' })
  rmSync(hook)
  expect((await look()).get(name)).toMatchObject({ ok: false, found: `${hook} is missing`, mend: 'corpus init demo' })
  writeFileSync(hook, '#!/bin/sh\n')
  expect((await look()).get(name)?.mend).toContain('Move the hook')
})

test('a project that is not wired into the machine is found, and so is one that refuses pushes', async () => {
  const layout = await makeProject()
  expect((await look()).get('wiring of demo')).toMatchObject({ ok: true })
  writeFileSync(layout.frozen, '')
  expect((await look()).get('freeze of demo')).toMatchObject({ ok: false, level: 'useful' })
  rmSync(layout.pillarLink)
  expect((await look()).get('wiring of demo')).toMatchObject({ ok: false, level: 'needed' })
})

test('a project whose settings are damaged is told among the others, and they are looked at', async () => {
  const layout = await makeProject()
  expect((await look()).get('settings of demo')).toMatchObject({ ok: true })
  writeFileSync(layout.savedConfiguration, '{')
  const findings = await look()
  expect(findings.get('settings of demo')).toMatchObject({ ok: false, level: 'needed' })
  expect(findings.get('settings of demo')?.found).toContain(layout.savedConfiguration)
  expect(findings.get('hooks of demo')).toMatchObject({ ok: true })
})

test('what is only useful does not make a machine unfit', () => {
  const finding = { name: 'x', ok: false, found: '', mend: '' }
  expect(healthy([{ ...finding, level: 'useful' }])).toBe(true)
  expect(healthy([{ ...finding, level: 'needed' }])).toBe(false)
})

test('what a project counts on is asked for, with whose it is and how to get it', async () => {
  expect([...(await look()).keys()]).not.toContain('restic')
  const layout = await makeProject()
  const cfg = readJson(
    JSON.stringify({
      installer: 'docker',
      docker: { engine: join(root, 'nobody.sock') },
      mode: 'final',
      backup: { target: 'sftp:ann@host:/backups', password: 'x'.repeat(8), schedule: '0 3 * * *' },
      data_archives: { shop: { postgresql: 'shop' }, media: 'media' },
      schedule: { clean: '0 4 * * * bin/clean' },
      engine: 'salt',
      domains: ['www.example.org'],
    }),
  ) as Dict
  writeSaved(layout.savedConfiguration, withSnapshot(readSaved(layout.savedConfiguration), cfg, null))
  const path = process.env['PATH']
  // Nothing but what the test puts there.
  const empty = join(root, 'empty')
  mkdirSync(empty)
  let findings: Map<string, Finding>
  try {
    process.env['PATH'] = empty
    findings = await look()
  } finally {
    process.env['PATH'] = path
  }
  for (const name of ['restic', 'ssh', 'pg_dump', 'certbot', 'container engine', 'salt-call', 'clock of jobs'])
    expect([...findings.keys()]).toContain(name)
  expect([...findings.keys()]).not.toContain('sqlite3')
  expect(findings.get('salt-call')).toMatchObject({
    ok: false,
    level: 'needed',
    mend: 'apt-get install salt-minion (for state files of demo)',
  })
  for (const name of ['restic', 'ssh', 'pg_dump'])
    expect(findings.get(name)).toMatchObject({ ok: false, found: 'not here' })
  expect(findings.get('ssh')?.mend).toBe('apt-get install openssh-client (for backups of demo)')
  expect(findings.get('container engine')).toMatchObject({
    ok: false,
    mend: expect.stringContaining('(for the installer docker of demo)'),
  })
})
