/** Figures for Prometheus: printed by a command, served by the agent on loopback. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('figures')
const value = (text: string, metric: string, ...labels: string[]): number => {
  const line = text
    .split('\n')
    .find(one => one.startsWith(`${metric}{`) && [`project="${name}"`, ...labels].every(label => one.includes(label)))
  return line === undefined ? Number.NaN : Number(line.split(' ').at(-1))
}

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--set', 'procfile=true', '--set', 'ingress=false')
  const clone = await world.clone(name, { Procfile: 'worker: exec sleep 1000\n' })
  expect((await clone.push()).stderr).toContain('deployed in')
  await clone.commit({ '.salt/install.sls': 'fails:\n  test.fail_without_changes\n' })
  expect((await clone.push()).stderr).toContain('ROLLED BACK')
})
afterAll(() => world.dispose())

test('deployments by outcome, procedures, processes, archives and what waits are printed', async () => {
  const { stdout } = await world.must('metrics')
  expect(value(stdout, 'corpus_deployments_total', 'outcome="succeeded"')).toBe(1)
  expect(value(stdout, 'corpus_deployments_total', 'outcome="rolled back"')).toBe(1)
  expect(value(stdout, 'corpus_procedure_runs_total', 'procedure="rollback"')).toBe(1)
  expect(value(stdout, 'corpus_procedure_seconds_total', 'procedure="activate"')).toBeGreaterThan(0)
  expect(value(stdout, 'corpus_process_up', 'process="worker"')).toBe(1)
  expect(value(stdout, 'corpus_process_restarts_total', 'process="worker"')).toBe(0)
  expect(value(stdout, 'corpus_archive_bytes')).toBeGreaterThan(0)
  expect(value(stdout, 'corpus_queue_length')).toBe(0)
})

test('the agent serves them on loopback, and nothing else', async () => {
  const agent = spawn(corpusCommand, ['agent', '--metrics', '0'], {
    env: world.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  agent.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  try {
    const url = await eventually('the agent says where', () => /http:\S+/.exec(said)?.[0])
    expect(new URL(url).hostname).toBe('127.0.0.1')
    const page = await get(url)
    expect(page.status).toBe(200)
    expect(value(page.text, 'corpus_deployments_total', 'outcome="succeeded"')).toBe(1)
    expect((await get(url.replace('/metrics', '/'))).status).toBe(404)
    const taken = await world.corpus('agent', '--root', `${world.scratch}/other`, '--metrics', new URL(url).port)
    expect([taken.status, taken.stderr]).toEqual([6, expect.stringContaining('PORT_TAKEN')])
    const wrong = await world.corpus('agent', '--root', `${world.scratch}/other`, '--metrics', '70000')
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('70000')])
  } finally {
    const ended = new Promise(resolve => agent.once('exit', resolve))
    agent.kill('SIGTERM')
    await ended
  }
  expect(existsSync(`${world.root}/corpus/agent.sock`)).toBe(false)
})

function get(url: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}
