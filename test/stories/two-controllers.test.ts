/** Two `corpus serve` behind a real nginx on one real PostgreSQL: the same API, and whoever is killed loses no job and no event. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, listening } from '../support/ports.ts'
import { type Serving, serve } from '../support/serve.ts'
import { hasPostgres, type Postgres, startPostgres } from '../support/stores.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let postgres: Postgres
let nginx: ChildProcess
let port: number
let clone: Clone
const servers: Serving[] = []
const shop = uniqueName('shop')
let token: string

/** What it prints is between the two pushes that a gate holds open. */
const waiting = (gate: string) =>
  Array.from(
    { length: 20 },
    (_, at) =>
      `step ${at}:\n  cmd.run:\n    - name: "echo step ${at}; while [ ${at} -gt 5 -a ! -e ${gate} ]; do sleep 0.05; done"\n`,
  ).join('')

describe.skipIf(!hasPostgres)('two controllers', () => {
  beforeAll(async () => {
    world = makeWorld()
    postgres = await startPostgres()
    world.env['CORPUS_STORE'] = postgres.place().url
    await world.must('init', shop, '--mode', 'final')
    clone = await world.clone(shop, { 'index.html': 'one\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    await world.must('user', 'add', 'ann', '--admin')
    token = (await world.json<{ token: string }>('token', 'create', 'ann')).token
    servers.push(await serve(world), await serve(world))
    port = await freePort()
    const folder = join(world.scratch, 'nginx')
    mkdirSync(folder)
    const upstream = servers.map(one => `server 127.0.0.1:${one.port} max_fails=1 fail_timeout=1s;`).join(' ')
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1; events {}
http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(one => `${one}_temp_path ${folder}/${one};`).join(' ')}
upstream corpus { ${upstream} }
server { listen 127.0.0.1:${port}; location / { proxy_pass http://corpus; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_next_upstream error timeout non_idempotent; } } }\n`,
    )
    nginx = spawn(
      '/usr/sbin/nginx',
      ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
      { stdio: 'ignore' },
    )
    await listening(port)
  }, 120_000)
  afterAll(async () => {
    nginx?.kill('SIGTERM')
    for (const one of servers) await one.end('SIGKILL')
    await world?.dispose()
    await postgres?.dispose()
  })

  const asked = (line: string, headers: Record<string, string> = {}) => ask(port, line, headers)

  test('answer the same, also what the other one was told', async () => {
    for (let at = 0; at < 6; at++) expect((await asked('GET /projects')).json).toMatchObject([{ name: shop }])
    const [one, two] = servers as [Serving, Serving]
    const key = { token, headers: { 'idempotency-key': 'k1' } }
    const jobs = await Promise.all([
      one.ask(`POST /projects/${shop}/deploy`, key),
      two.ask(`POST /projects/${shop}/deploy`, key),
    ])
    expect(jobs.map(job => job.status)).toEqual([202, 202])
    expect(jobs[0]?.json).toEqual(jobs[1]?.json)
    expect(await ended(jobs[0]?.json.job)).toMatchObject({ state: 'succeeded', progress: 100 })
    const audit = (await two.ask('GET /audit', { token })).json as { readonly request: string }[]
    expect(audit.some(line => line.request === 'deploy')).toBe(true)
    // What both write at once is one chain.
    const notes = Array.from({ length: 20 }, (_, at) =>
      (at % 2 ? one : two).ask(`POST /projects/${shop}/freeze`, { token, body: { why: String(at) } }),
    )
    expect((await Promise.all(notes)).map(note => note.status)).toEqual(notes.map(() => 200))
    expect(await world.corpus('audit', 'verify')).toMatchObject({ status: 0 })
    await world.must('thaw', shop)
  })

  test.each([0, 1])(
    'the one that holds a job is killed, or the other one: controller %i',
    async killed => {
      const gate = join(world.scratch, `gate-${killed}`)
      await clone.commit({ 'index.html': `${killed}\n`, '.salt/post_install.sls': waiting(gate) })
      await clone.git('push', '-q', '-o', 'no-deploy', 'corpus', 'HEAD:master')
      const [holder] = servers as [Serving, Serving]
      const job: string = (await holder.ask(`POST /projects/${shop}/deploy`, { token })).json.job
      await eventually('it is under way', async () => (await events(job)).length > 3, 60)
      const victim = servers[killed] as Serving
      await victim.end('SIGKILL')
      expect((await asked(`GET /jobs/${job}`)).json).toMatchObject({ state: expect.stringMatching(/queued|running/) })
      writeFileSync(gate, '')
      expect(await ended(job)).toMatchObject({ state: 'succeeded', progress: 100 })
      const told = await events(job)
      expect(told.map(one => one.offset)).toEqual(told.map((_, at) => at))
      const steps = told.filter(one => JSON.stringify(one.event).includes('step 19'))
      expect(steps.length, JSON.stringify(told)).toBeGreaterThan(0)
      expect(told.filter(one => one.event.type === 'begun')).toHaveLength(1)
      expect(told.filter(one => one.event.type === 'ended')).toHaveLength(1)
      servers[killed] = await serve(world, '--listen', `127.0.0.1:${victim.port}`)
      expect(existsSync(gate)).toBe(true)
    },
    180_000,
  )
})

interface Told {
  readonly offset: number
  readonly event: { readonly type: string }
}

async function events(job: string): Promise<Told[]> {
  const found: Told[] = []
  for (;;) {
    const { json } = await ask(port, `GET /jobs/${job}/events?from=${found.length}`, { accept: 'application/json' })
    found.push(...json.events)
    if (json.events.length === 0) return found
  }
}

async function ended(job: string) {
  return eventually(
    'the job has ended',
    async () => {
      const { json } = await ask(port, `GET /jobs/${job}`)
      return !['queued', 'running'].includes(json.state) && json
    },
    90,
  )
}

/** By the proxy. */
function ask(at: number, line: string, headers: Record<string, string> = {}) {
  const [method, path] = line.split(' ')
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it, it says
  return new Promise<{ status: number; json: any }>((resolve, reject) => {
    const sent = request(
      {
        port: at,
        host: '127.0.0.1',
        method,
        path: `/api/v1${path}`,
        headers: { authorization: `Bearer ${token}`, ...headers },
      },
      answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', piece => {
          text += piece
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text) }))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}
