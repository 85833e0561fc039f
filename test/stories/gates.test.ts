/** What a deployment passes before its first step: freeze windows, checks that are required, and a second user's approval. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve } from '../support/serve.ts'
import { type Clone, corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const page = (name: string) => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')
const by = (who: string) => ({ env: { CORPUS_BY: who } })
const pushAs = (clone: Clone, who: string) =>
  world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], by(who))

async function project(kind: string): Promise<{ name: string; clone: Clone }> {
  const name = uniqueName(kind)
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  return { name, clone }
}

test('in a freeze window nothing is deployed, and going back is possible', async () => {
  const { name, clone } = await project('freeze')
  await clone.commit({ 'index.html': 'two\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await world.must('config', 'set', name, 'freeze=[{from: 2020-01-01, to: 2999-12-31, because: "the fair"}]')
  const second = await world.ref(name, 'master')
  await clone.commit({ 'index.html': 'three\n' })
  const refused = await clone.push()
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('from 2020-01-01 to 2999-12-31')
  expect(refused.stderr).toContain('the fair')
  expect(await world.ref(name, 'master')).toBe(second)
  expect(page(name)).toBe('two\n')
  expect(await world.corpus('deploy', name)).toMatchObject({ status: 3 })
  expect(await world.corpus('deploy', name, '--restart')).toMatchObject({ status: 3 })
  await world.must('ps', name, 'restart')
  await world.must('rollback', name)
  expect(page(name)).toBe('one\n')
  await world.must('config', 'set', name, 'freeze=[{from: 2020-01-01, to: 2020-12-31, because: past}]')
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(page(name)).toBe('three\n')
})

test('what cannot be understood is refused when it is said', async () => {
  const { name } = await project('said')
  for (const setting of [
    'freeze=[{from: 2020-01-01, to: 2019-01-01}]',
    'freeze=[{from: "0 17 * * 5", to: 2019-01-01}]',
    'freeze=[{from: "0 99 * * 5", to: "0 8 * * 1"}]',
    'freeze=[{from: "0 17 * * 5", to: "0 8 * * 1", timezone: Nowhere/City}]',
    'freeze=soon',
    'required_checks=[{}]',
    'required_checks=[{url: "file:///etc/passwd"}]',
    'required_checks=[{url: "http://127.0.0.1", command: "true"}]',
    'required_checks=[{url: "http://127.0.0.1", stauts: 204}]',
    'required_checks=[{command: "true", timeout: 9999}]',
    'protected=perhaps',
  ])
    expect(await world.corpus('config', 'set', name, setting), setting).toMatchObject({ status: 3 })
  const kept = await world.json('config', 'get', name)
  for (const setting of ['freeze', 'required_checks', 'protected']) expect(kept).not.toHaveProperty(setting)
})

test('a required check that does not answer as it must refuses what is pushed', async () => {
  const { name, clone } = await project('checks')
  let [status, text] = [503, 'closed']
  const server = createServer((_, answer) => answer.writeHead(status).end(text))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const gate = join(world.scratch, 'gate')
  try {
    await world.must(
      'config',
      'set',
      name,
      `required_checks=[{name: the review, url: "http://127.0.0.1:${port}/", contains: open}, {command: "test -e ${gate} || { echo no gate >&2; exit 3; }"}]`,
    )
    const tries = async () => {
      await clone.commit({ 'index.html': `${Math.random()}\n` })
      return clone.push()
    }
    expect(await tries()).toMatchObject({ status: 1, stderr: expect.stringContaining('it answered 503, and not 200') })
    status = 200
    expect(await tries()).toMatchObject({ status: 1, stderr: expect.stringContaining('does not contain "open"') })
    text = 'it is open'
    expect(await tries()).toMatchObject({ status: 1, stderr: expect.stringContaining('it ended with 3: no gate') })
    expect(page(name)).toBe('one\n')
    writeFileSync(gate, '')
    expect(await tries()).toMatchObject({ status: 0, stderr: expect.stringContaining('the review') })
  } finally {
    server.close()
  }
  expect((await clone.push()).status).toBe(0)
  await clone.commit({ 'index.html': 'late\n' })
  expect(await clone.push()).toMatchObject({ status: 1, stderr: expect.stringContaining('ECONNREFUSED') })
})

test('a protected project deploys what a second user approves, once, and on the ground that the first one saw', async () => {
  const { name, clone } = await project('protected')
  await world.must('config', 'set', name, 'protected=true')
  const first = await world.ref(name, 'master')
  await clone.commit({ 'index.html': 'two\n' })
  const waits = await pushAs(clone, 'ann')
  expect(waits).toMatchObject({ status: 1, stderr: expect.stringContaining(`corpus approve ${name}`) })
  expect(await world.ref(name, 'master')).toBe(first)
  expect(page(name)).toBe('one\n')

  const run = (who: string, ...words: string[]) => world.run([corpusCommand, 'approve', name, ...words], by(who))
  expect(await run('ann')).toMatchObject({ status: 3, stderr: expect.stringContaining('somebody else') })
  expect(await run('bob', 'v99')).toMatchObject({ status: 3 })
  const both = await Promise.all([run('bob'), run('carl')])
  expect(both.map(one => one.status).sort()).toEqual([0, 3])
  expect(both.map(one => one.stdout).join('')).toMatch(/approved by (bob|carl)/)
  expect(page(name)).toBe('two\n')
  expect(await world.ref(name, 'master')).toBe((await clone.git('rev-parse', 'HEAD')).stdout.trim())
  expect(await run('bob')).toMatchObject({ status: 3, stderr: expect.stringContaining('Nothing') })

  // Two that wait: when one is deployed, the other one stood on other ground.
  await clone.commit({ 'index.html': 'three\n' })
  await pushAs(clone, 'ann')
  const [third] = await world.json<{ release: string }[]>('releases', name)
  await clone.commit({ 'index.html': 'four\n' })
  await pushAs(clone, 'ann')
  expect(await run('bob')).toMatchObject({ status: 0 })
  expect(page(name)).toBe('four\n')
  expect(await run('bob', third?.release ?? '')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('something else'),
  })

  // One that fails is put back as any push is.
  const fourth = await world.ref(name, 'master')
  await clone.commit({ '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: "false"\n' })
  await pushAs(clone, 'ann')
  expect(await run('bob')).toMatchObject({ status: 1 })
  expect(await world.ref(name, 'master')).toBe(fourth)
  expect(page(name)).toBe('four\n')
  expect(existsSync(world.path(name, 'deployments', `moving.${process.pid}`))).toBe(false)
  await world.must('rollback', name)
  expect(page(name)).toBe('two\n')
})

test('by HTTP the job of the first user fails, and that of the second one deploys it', async () => {
  const { name, clone } = await project('http')
  await world.must('config', 'set', name, 'protected=true')
  await clone.commit({ 'index.html': 'two\n' })
  await clone.git('push', '-q', '-o', 'no-deploy', 'corpus', 'HEAD:master')
  for (const user of ['ann', 'bob', 'eve']) await world.must('user', 'add', user)
  for (const user of ['ann', 'bob']) await world.must('grant', user, 'deployer', name)
  await world.must('grant', 'eve', 'viewer', name)
  const tokenOf = async (user: string) => (await world.json<{ token: string }>('token', 'create', user)).token
  const [ann, bob, eve] = [await tokenOf('ann'), await tokenOf('bob'), await tokenOf('eve')]
  const serving = await serve(world)
  try {
    const ended = async (id: string) => {
      for (;;) {
        const { json } = await serving.ask(`GET /jobs/${id}`, { token: ann })
        if (!['queued', 'running'].includes(json.state)) return json
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }
    const asked = await serving.ask(`POST /projects/${name}/deploy`, { token: ann })
    expect(asked.status).toBe(202)
    expect(await ended(asked.json.job)).toMatchObject({ state: 'failed', error: { code: 'APPROVAL_NEEDED' } })
    const approving = (token: string) =>
      serving.ask(`POST /projects/${name}/approve`, { token, body: { deployment: asked.json.job } })
    expect((await approving(eve)).status).toBe(403)
    const own = await approving(ann)
    expect(await ended(own.json.job)).toMatchObject({ state: 'failed', error: { code: 'APPROVAL_REFUSED' } })
    const approved = await approving(bob)
    expect(await ended(approved.json.job)).toMatchObject({ state: 'succeeded' })
    expect(page(name)).toBe('two\n')
  } finally {
    await serving.end()
  }
})
