/** docs/teams.md, "In ten minutes": the lines that stand there, run as they stand there, one after another. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, makeWorld, type World } from '../support/world.ts'

const page = readFileSync(join(dirname(corpusCommand), '..', 'docs', 'teams.md'), 'utf8')
const section = page.split('\n## ').find(part => part.startsWith('In ten minutes')) ?? ''
const lines = [...section.matchAll(/^ {4}((?:corpus|curl|git|ssh) .*)$/gm)].map(([, line = '']) => line.trim())

/** These want an account and an sshd of the machine: test/booted/serve.test.ts and ssh-users.test.ts tell of them. */
const wantsMachine = /^corpus serve --install|^corpus keys add|^git push ssh:|^ssh /

let world: World
let serving: Serving
beforeAll(async () => {
  world = makeWorld()
  for (const name of ['team-a', 'elsewhere']) {
    // Names as on the page: they are accounts of the machine only where this is root, and no test has others of that name.
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': `${name}\n` })
    expect(await clone.push()).toMatchObject({ status: 0 })
  }
  const bin = join(world.scratch, 'bin')
  mkdirSync(bin)
  symlinkSync(corpusCommand, join(bin, 'corpus'))
  const askpass = join(world.scratch, 'askpass')
  writeFileSync(askpass, '#!/bin/sh\necho "$TOKEN"\n')
  chmodSync(askpass, 0o755)
  Object.assign(world.env, { PATH: `${bin}:${world.env['PATH']}`, GIT_ASKPASS: askpass })
  serving = await serve(world)
}, 120_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

test('from one person to a team', async () => {
  expect(lines.length).toBeGreaterThan(10)
  expect(lines.filter(line => wantsMachine.test(line))).toHaveLength(4)
  const said = new Map<string, string>()
  const env: Record<string, string> = {}
  for (const line of lines.filter(one => !wantsMachine.test(one))) {
    const ended = await world.run(['sh', '-c', line.replaceAll(':2718', `:${serving.port}`)], { env })
    expect(ended, line).toMatchObject({ status: 0 })
    said.set(line.split(/ {2,}#/)[0] ?? '', ended.stdout)
    const token = /corpus\.[\w.-]+/.exec(ended.stdout)?.[0]
    if (line.startsWith('corpus token create') && token !== undefined) {
      env['TOKEN'] = token
      writeFileSync(join(world.scratch, 'token'), `${token}\n`)
    }
    const job = /"job": ?"([^"]+)"/.exec(ended.stdout)?.[1]
    if (job !== undefined) env['JOB'] = job
  }
  const answer = (beginning: string) => [...said].find(([line]) => line.includes(beginning))?.[1] ?? ''
  expect(answer('corpus rights bob')).toMatch(/team-a\b.*deploy/)
  expect(answer('corpus rights bob')).not.toContain('elsewhere')
  expect(JSON.parse(answer('/api/v1/projects"') || answer('/api/v1/projects'))).toMatchObject([{ name: 'team-a' }])
  expect(answer('/events')).toContain('event: end')
  expect(readFileSync(join(world.scratch, 'project', 'index.html'), 'utf8')).toBe('team-a\n')
}, 120_000)
