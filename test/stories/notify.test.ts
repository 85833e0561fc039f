/** Others are told how a deployment ended, and nobody waits for it: neither who pushed nor the next deployment. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
let hook: Server
let silent: TcpServer
const sockets: Socket[] = []
const told: { state: string; fault: { code: string } | null; release: string }[] = []
const name = uniqueName('told')
const portOf = (server: Server | TcpServer) => (server.address() as AddressInfo).port

beforeAll(async () => {
  world = makeWorld()
  hook = createServer((request, response) => {
    let text = ''
    request.on('data', piece => {
      text += piece
    })
    request.on('end', () => {
      told.push(JSON.parse(text))
      response.end('ok')
    })
  })
  silent = createTcpServer(socket => void sockets.push(socket))
  await new Promise<void>(resolve => hook.listen(0, '127.0.0.1', resolve))
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  const pillar = await world.clonePillar(name)
  const notifications = `{webhook: 'http://127.0.0.1:${portOf(hook)}/x', mail: {to: ops@example.org, smtp: 'smtp://127.0.0.1:${portOf(silent)}'}}`
  await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  notifications: ${notifications}\n` })
  expect((await pillar.push()).status).toBe(0)
  const wrong = await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  notifications: {pigeon: home}\n` })
  const refused = await pillar.push()
  expect([refused.status, refused.stderr, wrong.length]).toEqual([
    1,
    expect.stringContaining('NOTIFICATION_INVALID'),
    40,
  ])
})
afterAll(async () => {
  await world.dispose()
  for (const socket of sockets) socket.destroy()
  hook.close()
  silent.close()
})

test('a mail server that never answers holds neither the pusher nor the next deployment', async () => {
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('deployed in')
  await eventually('the webhook is told', () => told.find(one => one.state === 'succeeded' && one.fault === null))
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).stderr).toContain('deployed in')
  // The mail of the first is still being tried: the server has the connection, and said nothing.
  expect(sockets.length).toBeGreaterThan(0)
  await eventually('the second is told too', () => told.filter(one => one.state === 'succeeded').length >= 2)
})

test('what became of it stands in the log of the deployment', async () => {
  for (const socket of sockets) socket.destroy()
  silent.on('connection', socket => socket.destroy())
  const log = () => readFileSync(world.path(name, 'deployments', told.at(-1)?.release ?? '', 'output.log'), 'utf8')
  await eventually('the log says that the mail was given up', () => log().includes('was not told after'))
  expect(log()).toContain(`told webhook http://127.0.0.1:${portOf(hook)}`)
})

test('a deployment that was refused before its first step is told of as well', async () => {
  await world.must('freeze', name)
  expect((await world.corpus('deploy', name)).status).not.toBe(0)
  await eventually('the refusal is told', () => told.find(one => one.fault?.code === 'PROJECT_FROZEN'))
  await world.must('thaw', name)
})
