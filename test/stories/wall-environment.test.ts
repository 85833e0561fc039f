/** The wall before rights are dropped: nobody's environment but the declared one reaches what runs for a project, and programs of the project run as its account. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let agent: ChildProcess | null
beforeEach(() => {
  world = makeWorld()
  agent = null
})
afterEach(async () => {
  agent?.kill('SIGTERM')
  await world.dispose()
})

const isRoot = process.getuid?.() === 0
/** What an administrator's shell may have in its environment. */
const ofPerson = {
  DEPLOY_TOKEN: 'admins-own-token',
  TZ: 'Pacific/Kiritimati',
  PYTHONPATH: '/nowhere',
  RUBYOPT: '-rnowhere',
  npm_config_dry_run: 'true',
  PIP_INDEX_URL: 'https://pip.test',
  AWS_SECRET_ACCESS_KEY: 'admins-own-key',
  SSH_AUTH_SOCK: '/run/agent.sock',
  http_proxy: 'http://ann:admins-own-password@proxy.test',
  EDITOR: 'admins-own-editor',
  SHELL: '/bin/bash',
} as const
/** Breaks every Node that reads it. */
const breaking = { NODE_OPTIONS: '--require /nowhere/bootloader.js', NODE_PATH: '/nowhere' }

const pushWith = (clone: Clone, env: NodeJS.ProcessEnv) =>
  world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], { env })

/** A project whose every command writes down what it finds. */
async function telling(): Promise<{ readonly name: string; readonly clone: Clone }> {
  const name = uniqueName('env')
  await world.must(
    'init',
    name,
    '--mode',
    'final',
    '--installer',
    'procfile',
    '--set',
    'services.worker.health.alive=0',
  )
  const data = world.path(name, 'data')
  const as = isRoot ? `\n    - runas: ${name}-user` : ''
  const clone = await world.clone(name, {
    Procfile: `release: env > ${data}/release.env\nworker: env > ${data}/worker.env; exec sleep 1000\n`,
    '.salt/install.sls': `as the account:\n  cmd.run:\n    - name: env > ${data}/build.env; touch "$HOME/was-here"${as}\n`,
    '.salt/configure.sls': `by itself:\n  cmd.run:\n    - name: env > ${world.scratch}/configure.env\n`,
  })
  return { name, clone }
}

/** The worker begins when the push has its answer already. */
async function seen(name: string): Promise<Record<string, string>> {
  const file = (one: string) => world.path(name, 'data', `${one}.env`)
  await eventually('the worker has told', () => existsSync(file('worker')) && readFileSync(file('worker'), 'utf8'))
  return {
    ...Object.fromEntries(['release', 'worker', 'build'].map(one => [one, readFileSync(file(one), 'utf8')])),
    configure: readFileSync(join(world.scratch, 'configure.env'), 'utf8'),
  }
}

const forget = (name: string) => rmSync(world.path(name, 'data', 'worker.env'))

function expectNothingOfPerson(text: string): void {
  for (const [name, value] of Object.entries(ofPerson)) {
    expect(text).not.toContain(`${name}=`)
    if (name !== 'SHELL') expect(text).not.toContain(value)
  }
  expect(text).not.toContain('NODE_OPTIONS')
}

describe('what is deployed does not depend on who pushes', () => {
  test.each(['without', 'with'])(
    '%s an agent, nothing of the pusher is in builds, state files and processes',
    async how => {
      const { name, clone } = await telling()
      if (how === 'with') {
        const env = { ...world.env, ...ofPerson, ...breaking }
        agent = spawn(corpusCommand, ['agent', `--root=${world.root}`], { env, stdio: 'ignore' })
        await eventually('the agent listens', () => existsSync(join(world.root, 'corpus', 'agent.sock')))
      }
      const pushed = await pushWith(clone, { ...ofPerson, ...breaking })
      expect(pushed.stderr).toContain('deployed in')
      expect(pushed.status).toBe(0)
      const first = await seen(name)
      for (const text of Object.values(first)) expectNothingOfPerson(text)
      // Another who pushes, and what one of them asks for by hand: the same again.
      forget(name)
      await clone.commit({ x: '1' })
      expect((await pushWith(clone, { EDITOR: 'vi' })).status).toBe(0)
      const steady = (all: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(all).map(([one, text]) => [
            one,
            text
              .replace(/^(PORT|CORPUS_\w+|PWD|_)=.*$|\d{8}T\d{9}Z-[\w-]+/gm, '')
              .split('\n')
              .sort()
              .join('\n'),
          ]),
        )
      expect(steady(await seen(name))).toEqual(steady(first))
      const run = await world.run([corpusCommand, 'run', name, '--', 'env'], { env: { ...ofPerson, ...breaking } })
      expect(run.status).toBe(0)
      expectNothingOfPerson(run.stdout)
    },
  )

  test('nor of who asks for a deployment, a restart or a rollback by hand', async () => {
    const { name, clone } = await telling()
    expect(await clone.push()).toMatchObject({ status: 0 })
    await seen(name)
    const env = { ...ofPerson, ...breaking }
    for (const asked of [
      ['env', 'set', name, 'WORD=one'],
      ['deploy', name],
      ['ps', name, 'restart'],
      ['rollback', name],
    ]) {
      if (asked[0] !== 'env') forget(name)
      const ended = await world.run([corpusCommand, ...asked], { env })
      expect([asked, ended.status, ended.stderr]).toEqual([asked, 0, ''])
      // Its variable waits for the next deployment.
      if (asked[0] === 'env') continue
      for (const text of Object.values(await seen(name))) expectNothingOfPerson(text)
    }
  })

  test('what the machine declares is found by all of them, unless others could have written it', async () => {
    const { name, clone } = await telling()
    const file = join(world.root, 'corpus', 'environment')
    writeFileSync(file, '# for all\nhttps_proxy=http://proxy.test:3128\nSPACED="two words"\n', { mode: 0o644 })
    expect(await clone.push()).toMatchObject({ status: 0 })
    for (const text of Object.values(await seen(name))) {
      expect(text).toContain('https_proxy=http://proxy.test:3128\n')
      expect(text).toContain('SPACED=two words\n')
    }
    await world.run(['chmod', '666', file])
    forget(name)
    await clone.commit({ x: '1' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    for (const text of Object.values(await seen(name))) expect(text).not.toContain('proxy.test')
  })
})

describe.runIf(isRoot)('as the account', () => {
  test('HOME is a folder of its own, that outlives releases and that nobody else reads', async () => {
    const { name, clone } = await telling()
    expect(await clone.push()).toMatchObject({ status: 0 })
    const home = world.path(name, 'home')
    for (const one of ['release', 'worker', 'build']) expect((await seen(name))[one]).toContain(`HOME=${home}\n`)
    expect((await world.must('run', name, '--', 'sh', '-c', 'mkdir -p "$HOME/.config" && echo $HOME')).stdout).toBe(
      `${home}\n`,
    )
    const { uid, mode } = statSync(home)
    expect([uid, mode & 0o777]).toEqual([statSync(world.path(name, 'data')).uid, 0o700])
    await clone.commit({ x: '1' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(existsSync(join(home, 'was-here'))).toBe(true)
    expect(existsSync(join(home, '.config'))).toBe(true)
  })

  test('a package that brings programs of our names runs them as the account, and never before', async () => {
    const name = uniqueName('bin')
    await world.must('init', name, '--mode', 'final', '--installer', 'procfile', '--set', 'search_path=["bin"]')
    const data = world.path(name, 'data')
    const trap = (program: string) =>
      `#!/bin/sh\necho "${program} $(/usr/bin/id -u)" >> ${data}/who\nexec /usr/bin/${program} "$@"\n`
    const programs = [
      'setpriv',
      'perl',
      'sh',
      'env',
      'nice',
      'prlimit',
      'timeout',
      'git',
      'chpst',
      'stty',
      'script',
      'chown',
    ]
    const clone = await world.clone(name, {
      Procfile: 'release: setpriv --version\nworker: exec sleep 1000\n',
      ...Object.fromEntries(programs.map(one => [`bin/${one}`, trap(one)])),
      '.salt/install.sls': `{% set app = salt['application.procfile']() if 'application.procfile' in salt else {} %}\nbuilt:\n  cmd.run:\n    - name: setpriv --version; env\n    - runas: ${name}-user\n    - env:\n      - PATH: {{ cfg.project_root }}/bin:/usr/bin:/bin\n`,
    })
    await clone.git('update-index', '--chmod=+x', ...programs.map(one => `bin/${one}`))
    await clone.git('commit', '-q', '-m', 'Let them run')
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('deployed in')
    await world.must('run', name, '--', 'setpriv', '--version')
    const who = readFileSync(join(data, 'who'), 'utf8').trim().split('\n')
    expect(who.filter(line => line.startsWith('setpriv ')).length).toBeGreaterThanOrEqual(2)
    expect(who.filter(line => line.endsWith(' 0'))).toEqual([])
  })
})
