/** What `corpus doctor` sees of a machine on which something went wrong, and that its way out is one. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closingServer } from '../support/applications.ts'
import { commandLines } from '../support/processes.ts'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

interface Finding {
  readonly name: string
  readonly ok: boolean
  readonly level: string
  readonly found: string
  readonly mend: string
}

/** All findings of that name, and the status of the command. */
async function look(name: string): Promise<{ status: number; findings: Finding[] }> {
  const { status, stdout } = await world.corpus('doctor', '--json')
  return { status, findings: (JSON.parse(stdout) as Finding[]).filter(one => one.name === name) }
}

test('requests that nobody serves, and what a dead runner left, are told with the command that begins them', async () => {
  const name = uniqueName('line')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')
  expect((await look(`line of ${name}`)).findings).toMatchObject([{ ok: true }])
  const release = '20261130T195854878Z-b6753c9c-eb09-4b57-bf95-e3590bb8a724'
  const commit = await world.ref(name, 'master')
  for (const folder of ['queue', release]) mkdirSync(world.path(name, 'deployments', folder), { recursive: true })
  writeFileSync(world.path(name, 'deployments', release, 'output.log'), '')
  writeFileSync(
    world.path(name, 'deployments', 'queue', release),
    JSON.stringify({ release, kind: 'push', by: 'ann', branch: 'master', before: null, commit }),
  )
  // Whoever asked has a moment to find somebody.
  const { status, findings } = await eventually('it counts as forgotten', async () => {
    const seen = await look(`line of ${name}`)
    return seen.findings[0]?.ok === false && seen
  })
  expect([status, findings]).toEqual([
    6,
    [expect.objectContaining({ found: expect.stringContaining('nobody serves it') })],
  ])
  const [, command = ''] = /^corpus (\S+) /.exec(findings[0]?.mend ?? '') ?? []
  await world.must(command, name)
  await eventually('the way out is one', async () => (await world.json('status', name))['state'] === 'live')
  await eventually('nothing waits', async () => (await look(`line of ${name}`)).findings[0]?.ok ?? true)
  await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
  writeFileSync(world.path(name, 'deployments', 'running'), JSON.stringify({ release, pid: 1 }))
  expect((await look(`line of ${name}`)).findings).toMatchObject([
    { ok: false, found: 'a deployment whose runner died is to be taken back' },
  ])
  await world.must('status', name)
  expect((await look(`line of ${name}`)).findings).toMatchObject([{ ok: true }])
})

test('a dead nginx, a site file that it does not accept and a site that does not answer are told, and end with the next deployment', async () => {
  const name = uniqueName('site')
  await world.must('init', name, '--mode', 'final', '--installer', 'static')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  expect((await look('sites')).findings).toMatchObject([{ ok: true, found: 'nginx runs' }])
  expect((await look(`site of ${name}`)).findings).toMatchObject([{ ok: true }])
  const foreign = join(world.root, 'corpus', 'ingress', 'sites', 'zz-mine.conf')
  writeFileSync(foreign, 'server { listen nowhere }\n')
  // Those of this root alone, the supervisor first: nothing starts nginx again.
  const ours = (word: RegExp) =>
    [...commandLines()].filter(([, words]) => word.test(words.join(' ')) && words.join(' ').includes(`${world.root}/`))
  const kill = (word: RegExp) => {
    for (const [pid] of ours(word)) process.kill(pid, 'SIGKILL')
  }
  const master = Number(readFileSync(join(world.root, 'corpus', 'ingress', 'nginx.pid'), 'utf8'))
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  kill(/^runsvdir/)
  const runsv = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${master}/status`, 'utf8'))?.[1])
  for (const pid of [runsv, master, ...workers].filter(one => one > 1))
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it ended with another
    }
  const { status, findings } = await eventually('nginx is dead', async () => {
    const seen = await look('sites')
    return seen.findings[0]?.ok === false && seen
  })
  expect([status, findings[0]?.found]).toEqual([6, 'nginx does not run: no site answers'])
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  const after = await look('sites')
  expect(after.findings.map(one => [one.ok, one.level, one.found])).toEqual([
    [true, 'needed', 'nginx runs'],
    [false, 'useful', expect.stringContaining('zz-mine.conf')],
  ])
  const aside = /Mend (\S+), or remove it/.exec(after.findings[1]?.mend ?? '')?.[1] ?? ''
  expect(existsSync(aside)).toBe(true)
  rmSync(aside)
  expect((await look('sites')).findings).toMatchObject([{ ok: true }])
  expect((await look(`site of ${name}`)).findings).toMatchObject([{ ok: true }])
})

test('a site whose process does not answer is told with where to look', async () => {
  const name = uniqueName('silent')
  const gate = join(world.scratch, 'closed')
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
  const clone = await world.clone(name, { Procfile: `web: python3 app.py ${gate}\n`, 'app.py': closingServer })
  expect((await clone.push()).status).toBe(0)
  writeFileSync(gate, '')
  const { status, findings } = await eventually('it does not answer', async () => {
    const seen = await look(`site of ${name}`)
    return seen.findings[0]?.ok === false && seen
  })
  expect([status, findings[0]?.mend]).toEqual([6, `corpus logs ${name} --app says what its processes say.`])
})
