/** What is declared of each request holds for real answers of a real project: nothing is in them that is not said, and nothing is missing. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from '@sinclair/typebox/value'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requests } from '../../src/controller/requests/index.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('declared')
const asked = new Set<string>()
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'procfile')
  const clone = await world.clone(name, {
    Procfile: 'job: echo began; exec sleep 1000\n',
    '.salt/task_greet.sls': 'hello:\n  test.nop: []\n',
    '.salt/configure.sls': 'there:\n  test.succeed_with_changes: []\n',
  })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await clone.commit({ 'more.txt': 'more\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
})
afterAll(() => world.dispose())

/** Asks with --json, and holds the answer against its declaration. */
async function answer(request: string, ...words: string[]): Promise<unknown> {
  const declared = requests.find(one => one.name === request)
  if (declared === undefined) throw new Error(`No request ${request} is declared.`)
  asked.add(request)
  const { stdout, stderr } = await world.corpus(...words, '--json')
  const texts = declared.json === 'lines' ? stdout.trimEnd().split('\n') : [stdout]
  const values = texts.map(text => JSON.parse(text) as unknown)
  const answered = declared.json === 'lines' ? values : values[0]
  const faults = [...Value.Errors(declared.answer, answered)].map(({ path, message }) => `${path}: ${message}`)
  expect([request, faults.slice(0, 5), faults.length === 0 ? '' : stderr]).toEqual([request, [], ''])
  return answered
}

test('what is only looked at', async () => {
  const folder = join(world.scratch, 'salt')
  mkdirSync(folder)
  writeFileSync(join(folder, 'one.sls'), '{{ 1 }}:\n  test.nop: []\n')
  writeFileSync(join(folder, 'wrong.sls'), 'x:\n  no.such: []\n  - y\n')
  expect(await answer('status', 'status', name)).toMatchObject({ name, state: 'live', processes: [{ name: 'job.1' }] })
  expect(await answer('list', 'list')).toMatchObject([{ name }])
  expect(await answer('releases', 'releases', name)).toMatchObject([{ current: true, kept: true }, { kept: true }])
  expect(await answer('diff', 'diff', name)).toMatchObject({ files: [{ path: 'more.txt' }] })
  expect(await answer('pillar get', 'pillar', 'get', name)).toEqual(expect.any(Object))
  expect(JSON.parse((await world.must('pillar', 'set', name, 'data.port=1', '--json')).stdout)).toEqual({ status: 0 })
  expect((await world.corpus('agent', '--logs', '--json')).status).toBe(0)
  asked.add('agent logs')
  expect(await answer('logs', 'logs', name)).toContainEqual(expect.objectContaining({ type: 'started', project: name }))
  expect(await answer('logs', 'logs', name, '--follow')).toContainEqual(expect.objectContaining({ type: 'ended' }))
  await expect.poll(async () => (await world.corpus('logs', name, '--app', '--json')).stdout).toContain('began')
  expect(await answer('logs', 'logs', name, '--app')).toContainEqual(expect.objectContaining({ text: 'began' }))
  expect(await answer('ps', 'ps', name)).toMatchObject([{ name: 'job.1', state: 'running' }])
  expect(await answer('config get', 'config', 'get', name)).toMatchObject({ name, mode: 'cooking' })
  expect(await answer('env list', 'env', 'list', name)).toEqual([])
  expect(await answer('task', 'task', name)).toEqual(['greet'])
  expect(await answer('du', 'du', name)).toMatchObject({ bytes: expect.any(Number) })
  expect(await answer('report', 'report', name)).toMatchObject({ name })
  expect(await answer('keys list', 'keys', 'list')).toEqual([])
  expect(await answer('domains list', 'domains', 'list', name)).toEqual([])
  expect(await answer('maintenance', 'maintenance', name)).toEqual({ maintenance: false })
  expect(await answer('plan', 'plan', name)).toMatchObject({ mode: 'cooking' })
  expect(await answer('states show', 'states', 'show', name, 'configure')).toMatchObject({ local: [{ state: 'test' }] })
  expect(await answer('states show', 'states', 'show', '--file-root', folder, 'wrong')).toMatchObject({
    local: [expect.any(String)],
  })
  expect(await answer('states render', 'states', 'render', '--file-root', folder, 'one')).toEqual({
    one: '1:\n  test.nop: []\n',
  })
  expect(await answer('states doc', 'states', 'doc', 'file.managed')).toMatchObject([{ kind: 'state' }])
  expect(await answer('states doc', 'states', 'doc', 'file')).toContainEqual({ kind: 'state', name: 'file.managed' })
  expect(await answer('metrics', 'metrics')).toEqual({ text: expect.stringContaining(name) })
  expect(await answer('modes', 'modes')).toMatchObject({ final: { activate: 'run' } })
  expect(await answer('doctor', 'doctor')).toContainEqual(expect.objectContaining({ name: 'git' }))
  expect(await answer('help', 'help')).toMatchObject({ text: expect.stringContaining('Usage: corpus') })
  expect(await answer('completion', 'completion', 'fish')).toMatchObject({ text: expect.stringContaining('complete') })
  expect(await answer('man', 'man')).toMatchObject({ text: expect.stringContaining('.TH CORPUS') })
  await world.must('user', 'add', 'ann')
  await world.must('grant', 'ann', 'viewer', name)
  expect(await answer('user list', 'user', 'list')).toMatchObject([{ name: 'ann' }])
  expect(await answer('token list', 'token', 'list', 'ann')).toEqual([])
  expect(await answer('rights', 'rights', 'ann')).toMatchObject({ projects: [{ name }] })
  expect(await answer('export', 'export')).toMatchObject({ text: expect.stringContaining(`  ${name}:\n`) })
  writeFileSync(join(folder, 'corpus.yaml'), 'corpus: 1\nusers: { bob: { admin: true } }\n')
  expect(await answer('plan file', 'plan', '-f', join(folder, 'corpus.yaml'))).toEqual({
    changes: [{ action: 'add', kind: 'user', name: 'bob', fields: [{ key: 'admin', after: true }] }],
    notices: ['not in the file, and left as it is (--prune takes it away): the user ann'],
  })
  expect(await answer('audit', 'audit')).toContainEqual(expect.objectContaining({ request: 'user add' }))
  expect(await answer('audit verify', 'audit', 'verify')).toEqual(expect.any(Object))
  const jobs = (await answer('jobs', 'jobs')) as { readonly id: string; readonly request: string }[]
  expect(jobs).toMatchObject([
    { request: 'pillar', state: 'succeeded' },
    { request: 'push', from: 'push' },
    { request: 'push' },
  ])
  const id = jobs[0]?.id ?? ''
  expect(await answer('job show', 'job', 'show', id)).toEqual(jobs[0])
  expect(await answer('job events', 'job', 'events', id)).toMatchObject({ job: jobs[0], ended: true })
  expect(await answer('job follow', 'jobs', '--follow', id)).toMatchObject({ release: id, status: 'succeeded' })
  // Without a target there are no backups to list: their own story holds those.
  const elsewhere = ['backup list']
  const reads = requests.filter(one => one.kind === 'read' && !elsewhere.includes(one.name)).map(one => one.name)
  expect(reads.filter(one => !asked.has(one))).toEqual([])
})

test('what changes something', async () => {
  const other = uniqueName('other')
  const folder = join(world.scratch, 'clone')
  const key = join(world.scratch, 'key')
  await world.run(['git', 'init', '-q', folder])
  expect((await world.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])).status).toBe(0)
  expect(await answer('init', 'init', other, '--mode', 'final')).toMatchObject({
    name: other,
    new: true,
    mode: 'final',
  })
  expect(await answer('config set', 'config', 'set', name, 'keep_archives=4', 'colour=red')).toEqual({
    changed: [
      { key: 'keep_archives', before: 3, after: 4 },
      { key: 'colour', after: 'red' },
    ],
  })
  expect(await answer('config unset', 'config', 'unset', name, 'colour')).toEqual({
    changed: [{ key: 'colour', before: 'red' }],
  })
  writeFileSync(join(world.scratch, 'bytes'), Buffer.from([0xff, 0xfe, 0x41]))
  expect(await answer('env set', 'env', 'set', name, 'COLOUR=red', `BYTES=@${join(world.scratch, 'bytes')}`)).toEqual({
    set: ['COLOUR', 'BYTES'],
  })
  expect(await answer('env list', 'env', 'list', name, '--reveal')).toContainEqual({
    name: 'BYTES',
    secret: true,
    value: '//5B',
    encoding: 'base64',
  })
  expect(await answer('env unset', 'env', 'unset', name, 'BYTES', 'COLOUR')).toEqual({ unset: ['BYTES', 'COLOUR'] })
  expect(
    await answer('keys add', 'keys', 'add', 'ann', `${key}.pub`, '--project', name, '--project', 'no-*'),
  ).toMatchObject({
    key: { name: 'ann', projects: [name, 'no-*'], pillar: false },
    unknown: ['no-*'],
    hidden_by: null,
  })
  expect(await answer('keys list', 'keys', 'list')).toMatchObject([{ name: 'ann' }])
  expect(await answer('keys remove', 'keys', 'remove', 'ann')).toMatchObject({ file: expect.any(String) })
  writeFileSync(
    join(world.scratch, 'corpus.yaml'),
    `corpus: 1\nprojects: { ${other}: { settings: { keep_archives: 7 } } }\n`,
  )
  expect(await answer('apply', 'apply', '-f', join(world.scratch, 'corpus.yaml'))).toMatchObject({
    changes: [{ action: 'change', kind: 'project', name: other, fields: [{ key: 'keep_archives', after: 7 }] }],
  })
  expect(await answer('domains add', 'domains', 'add', other, 'x.example')).toEqual(['x.example'])
  expect(await answer('domains remove', 'domains', 'remove', other, 'x.example')).toEqual([])
  expect(await answer('maintenance set', 'maintenance', name, 'on')).toEqual({ maintenance: true })
  await answer('maintenance set', 'maintenance', name, 'off')
  expect(await answer('freeze', 'freeze', name, '--why', 'noon')).toEqual({ name, frozen: true })
  expect(await answer('thaw', 'thaw', name)).toEqual({ name, frozen: false })
  expect(await answer('remote add', 'remote', 'add', name, '--folder', folder)).toMatchObject({ remote: 'corpus' })
  expect((await world.corpus('run', '--json', name, 'sh', '-c', 'echo out; echo err >&2; exit 3')).status).toBe(3)
  expect(
    JSON.parse((await world.corpus('run', '--json', name, 'sh', '-c', 'echo out; echo err >&2; exit 3')).stdout),
  ).toEqual({ status: 3, stdout: 'out\n', stderr: 'err\n' })
  expect(await answer('task run', 'task', name, 'greet')).toMatchObject({ local: expect.any(Object) })
  expect(await answer('states apply', 'states', 'apply', name, 'configure', '--test')).toMatchObject({
    local: expect.any(Object),
  })
  expect(await answer('reindex', 'reindex')).toMatchObject({ moved_aside: null })
  expect(await answer('destroy', 'destroy', other, '--confirm', other)).toMatchObject({ done: expect.any(Array) })
})

test('what begins a deployment answers with its record', async () => {
  const deployed = async (request: string, ...words: string[]) =>
    expect(await answerOfJob(request, ...words)).toMatchObject({ status: 'succeeded', by: expect.any(String) })
  await deployed('deploy', 'deploy', name)
  await deployed('rollback', 'rollback', name, 'v1')
  await deployed('ps restart', 'ps', name, 'restart')
  await deployed('ps scale', 'ps', name, 'scale', 'job=2')
  await deployed('notification', 'notification', name)
  expect(await answerOfJob('deploy', 'deploy', name, '--plan')).toMatchObject({ status: 'planned' })
})

/** Its log is on standard error. */
async function answerOfJob(request: string, ...words: string[]): Promise<unknown> {
  const declared = requests.find(one => one.name === request)
  const { stdout, stderr } = await world.corpus(...words, '--json')
  expect([request, declared?.kind, stderr]).toEqual([request, 'job', expect.stringMatching(/./)])
  const record = JSON.parse(stdout) as unknown
  const faults = declared === undefined ? ['not declared'] : [...Value.Errors(declared.answer, record)]
  expect([request, faults]).toEqual([request, []])
  return record
}
