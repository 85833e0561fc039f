/**
 * Ends a process of ours at a moment of chance, in the middle of a push, a rollback or a new pillar, and looks whether everything is of
 * one release afterwards: record, branch, tree, pillar, what is told to the application, what answers, what runs, what is left lying.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { request } from 'node:http'
import { basename, join } from 'node:path'
import { type Clone, corpusCommand, type Ended, eventually, uniqueName, type World } from './world.ts'

export interface KillOptions {
  readonly rounds: number
  readonly seed: number
  /** With a warm agent, whose processes are ended, too. */
  readonly agent: boolean
  readonly tell: (line: string) => void
}

export interface KillReport {
  readonly faults: readonly string[]
  /** Rounds in which something was there to be ended. */
  readonly hit: number
  /** Requests of a visitor who asked all the time. */
  readonly requests: number
}

const works = ['push', 'push', 'push', 'failing', 'rollback', 'pillar'] as const
type Work = (typeof works)[number]

/** Whom it hits, by what stands on its command line. */
const victims = {
  runner: / runner /,
  helper: /helper\.pl|hook\.pl/,
  hook: /hooks\/(post|pre)-receive|hook\.pl/,
  git: /^(\/usr\/bin\/|\/usr\/lib\/git-core\/)?git /,
  agent: / agent /,
} as const
type Victim = keyof typeof victims

const application = (version: string) => `const server = require('http').createServer((q, a) => a.end('APP ${version}'))
server.listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections() })
`

const filesOf = (version: string, fails: boolean) => ({
  'pub/index.html': `STATIC ${version}\n`,
  version: `${version}\n`,
  'app.js': application(version),
  Procfile: 'web: node app.js\n',
  '.salt/configure.sls':
    'copy:\n  cmd.run:\n    - name: cp version copy; sleep 0.05\n    - cwd: {{ cfg.project_root }}\n',
  '.salt/reconfigure.sls': `settings:\n  cmd.run:\n    - name: echo {{ cfg.data.get('colour', 'none') }} > {{ cfg.data_root }}/settings; sleep 0.05\n`,
  '.salt/post_install.sls': fails
    ? 'bad:\n  cmd.run:\n    - name: sleep 0.1; false\n'
    : `stamp:\n  cmd.run:\n    - name: echo ${version} > {{ cfg.data_root }}/stamp\n`,
})

const pillarOf = (name: string, colour: string) => ({
  'init.sls': `makina-projects.${name}:\n  data:\n    colour: ${colour}\n`,
})

export async function killRounds(world: World, { rounds, seed, agent, tell }: KillOptions): Promise<KillReport> {
  const chance = chanceOf(seed)
  const faults: string[] = []
  const name = uniqueName('kills')
  const sites = 'ingress.routes={"/s": {"static": "pub"}, "/": "web"}'
  await world.must(
    'init',
    name,
    '--mode',
    'final',
    '--installer',
    'procfile',
    '--set',
    sites,
    '--set',
    'drain_seconds=2',
  )
  const clone = await world.clone(name, filesOf('v0', false))
  const began = Date.now()
  const first = await clone.push()
  if (first.status !== 0) throw new Error(first.stderr)
  const usualMilliseconds = Math.min(4000, Date.now() - began)
  const pillar = await world.clonePillar(name)
  await pillar.commit(pillarOf(name, 'c0'))
  const coloured = await pillar.push()
  if (coloured.status !== 0) throw new Error(coloured.stderr)
  let warm = agent ? await startAgent(world) : null
  const { url } = await world.json<{ url: string }>('status', name)
  const visitor = visit(url, new Set(['v0']))
  let hit = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      const work = chance.pick(works)
      const whom = chance.pick<Victim>([
        'runner',
        'runner',
        'runner',
        'helper',
        'hook',
        'git',
        ...(agent ? (['agent'] as const) : []),
      ])
      const after = Math.round(chance.next() * usualMilliseconds)
      const version = `v${round}`
      const label = `round ${round}: ${work}, ${whom} after ${after} ms`
      const fault = (...words: unknown[]) => {
        faults.push(
          `${label}: ${words.map(word => (typeof word === 'string' ? word : JSON.stringify(word))).join(' ')}`,
        )
      }
      await prepare(world, name, { work, version, clone, pillar })
      for (const one of work === 'rollback' ? await versionsOf(world, name) : [version]) visitor.allowed.add(one)
      const running = begin(world, name, { work, clone, pillar })
      await pause(after)
      const targets = ours(world).filter(one => victims[whom].test(one.words))
      for (const { pid } of targets) end(pid)
      const ended = await Promise.race([running, pause(60_000)])
      if (whom === 'agent' && targets.length > 0 && warm) warm = await startAgent(world)
      if (targets.length > 0) hit++
      if (!ended) fault('the command hangs')
      await settled(world, name).catch(error => fault((error as Error).message))
      const now = await look(world, name)
      tell(`${label}, ${targets.length} ended: status ${ended?.status}, ${now.state}, ${now.version}`)
      for (const one of faultsOf(now)) fault(one)
      if (ended?.status === 0 && work === 'push' && now.version !== version)
        fault('ended with 0, and is not deployed', ended.stderr)
      if (work === 'failing' && now.version === version) fault('a push that fails is deployed')
      const answers = [await get(url, '/'), await get(url, '/s/index.html')]
      if (answers[0] !== `200 APP ${now.version}` || answers[1] !== `200 STATIC ${now.version}`)
        fault('answers', answers)
      for (const [seen, count] of visitor.takeWrong()) fault(`a visitor saw ${count} times`, seen)
      const applications = () => ours(world).filter(one => /node app\.js/.test(one.words))
      // One that the dead was to end is ended by the next command.
      const isOne = async () => (await world.must('status', name)) && applications().length === 1
      await eventually('one process runs', isOne, 60).catch(() =>
        fault(
          'processes',
          applications().map(one => one.words),
        ),
      )
      if (work === 'push' && now.version !== version) {
        const again = await clone.push()
        await settled(world, name)
        const then = await look(world, name)
        if (again.status !== 0 || then.version !== version)
          fault('pushed again', again.status, then.version, again.stderr)
      }
      const { version: live } = await look(world, name)
      visitor.allowed.clear()
      visitor.allowed.add(live)
      const left = leftovers(world, name)
      if (left.length > 0) fault('left lying', left)
    }
  } finally {
    await visitor.stop()
    if (warm !== null) end(warm)
  }
  return { faults, hit, requests: visitor.count() }
}

/** The same seed, the same choices; the moments are those of the machine. */
function chanceOf(seed: number) {
  let state = seed % 2147483648
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
  return { next, pick: <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)] as T }
}

interface Course {
  readonly work: Work
  readonly clone: Clone
  readonly pillar: Clone
}

async function prepare(world: World, name: string, course: Course & { version: string }): Promise<void> {
  const { work, clone, pillar, version } = course
  if (work === 'rollback') return
  if (work === 'pillar') {
    await pillar.git('fetch', '-q', 'corpus-pillar')
    await pillar.git('reset', '-q', '--hard', await world.ref(name, 'master', 'pillar'))
    await pillar.commit(pillarOf(name, version.replace('v', 'c')))
    return
  }
  await clone.git('fetch', '-q', 'corpus')
  await clone.git('reset', '-q', '--hard', await world.ref(name, 'master'))
  await clone.commit(filesOf(version, work === 'failing'))
}

function begin(world: World, name: string, { work, clone, pillar }: Course): Promise<Ended> {
  if (work === 'rollback') return world.corpus('rollback', name)
  return work === 'pillar' ? pillar.push() : clone.push()
}

interface Row {
  readonly status: string
  readonly commit: string
  readonly pillar_commit: string
  readonly current: boolean
  readonly release: string
}

/** What a rollback may lead to. */
async function versionsOf(world: World, name: string): Promise<string[]> {
  const rows = await world.json<Row[]>('releases', name)
  return Promise.all(
    rows.filter(one => one.status === 'succeeded').map(one => show(world, name, 'project', one.commit, 'version')),
  )
}

async function show(
  world: World,
  name: string,
  of: 'project' | 'pillar',
  commit: string,
  file: string,
): Promise<string> {
  const argv = ['git', '--git-dir', world.path(name, 'git', `${of}.git`), 'show', `${commit}:${file}`]
  return (await world.run(argv)).stdout.trim()
}

/** Nothing is under way any more, also not behind the verdict. */
async function settled(world: World, name: string): Promise<void> {
  await eventually('nothing is deployed', async () => (await world.json('status', name))['state'] !== 'deploying', 60)
  const lock = ['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true']
  await eventually('the lock is free', async () => (await world.run(lock)).status === 0, 60)
}

async function look(world: World, name: string) {
  const { state } = await world.json<{ state: string }>('status', name)
  const rows = await world.json<Row[]>('releases', name)
  const current = rows.find(one => one.current)
  const read = (...path: string[]) => readFileSync(world.path(name, ...path), 'utf8')
  const colourOf = (text: string) => /colour: (\w+)/.exec(text)?.[1] ?? 'none'
  return {
    state,
    current,
    running: rows.filter(one => one.status === 'running').map(one => one.release),
    version: read('project', 'version').trim(),
    copy: read('project', 'copy').trim(),
    wanted: await show(world, name, 'project', current?.commit ?? '', 'version'),
    ref: await world.ref(name, 'master'),
    pillarRef: await world.ref(name, 'master', 'pillar'),
    colour: colourOf(read('pillar', 'init.sls')),
    settings: read('data', 'settings').trim(),
    wantedColour: colourOf(await show(world, name, 'pillar', current?.pillar_commit ?? '', 'init.sls')),
  }
}

function faultsOf(now: Awaited<ReturnType<typeof look>>): string[] {
  const same = (what: string, ...values: readonly (string | undefined)[]) =>
    new Set(values).size === 1 ? [] : [`${what}: ${values.join(', ')}`]
  return [
    ...same('state', now.state, 'live'),
    ...same('the record of what runs', now.current?.status, 'succeeded'),
    ...now.running.map(release => `${release} is said to run for ever`),
    ...same('the branch and what runs', now.ref, now.current?.commit),
    ...same('the tree and what runs', now.version, now.copy, now.wanted),
    ...same("the pillar's branch and what runs", now.pillarRef, now.current?.pillar_commit),
    ...same('the pillar, what was made of it, and what runs', now.colour, now.settings, now.wantedColour),
  ]
}

/** What a deployment makes on its way, and takes away at its end. */
function leftovers(world: World, name: string): string[] {
  const folders = [
    '',
    'corpus',
    'corpus/salt',
    'deploy',
    'deployments',
    'deployments/queue',
    'archives/deployed',
    'data',
    'git',
  ]
  const found = folders.flatMap(folder =>
    existsSync(world.path(name, folder)) ? readdirSync(world.path(name, folder)).map(one => join(folder, one)) : [],
  )
  const odd =
    /\.new$|\.new-|\.making|restoring|corpus\/salt\/\.(?!of)|^deploy\/|deployments\/queue\/|deployments\/(running|soon\.|moving\.)/
  // The copy for the next push is made behind the verdict; the next one is made in the place of half a copy, and so is the folder of the next deployment.
  const remade = ['corpus/spare.making', 'deployments/next.making']
  return found.filter(one => odd.test(one) && !remade.includes(one))
}

/** Processes that work for this root. */
function ours(world: World): { readonly pid: number; readonly words: string }[] {
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const isOurs =
        words.includes(world.root) || readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`=${world.root}`)
      return isOurs && basename(readlinkSync(`/proc/${pid}/exe`)) !== 'timeout' ? [{ pid: Number(pid), words }] : []
    } catch {
      return []
    }
  })
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

async function startAgent(world: World): Promise<number> {
  const agent = spawn(corpusCommand, ['agent', `--root=${world.root}`], { env: world.env, stdio: 'ignore' })
  const socket = join(world.root, 'corpus', 'agent.sock')
  const listens = () =>
    readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .some(line => line.endsWith(` ${socket}`))
  await eventually('the agent listens', listens, 60)
  return agent.pid as number
}

/** Asks for both pages all the time; counts what is neither of an allowed release. */
function visit(url: string, allowed: Set<string>) {
  const wrong = new Map<string, number>()
  let stopped = false
  let count = 0
  const asking = (async () => {
    while (!stopped) {
      for (const [path, kind] of [
        ['/', 'APP'],
        ['/s/index.html', 'STATIC'],
      ] as const) {
        const answer = await get(url, path)
        count++
        const version = new RegExp(`^200 ${kind} (\\S+)$`).exec(answer)?.[1]
        if (version === undefined || !allowed.has(version))
          wrong.set(answer.slice(0, 80), (wrong.get(answer.slice(0, 80)) ?? 0) + 1)
      }
      await pause(10)
    }
  })()
  return {
    allowed,
    count: () => count,
    takeWrong() {
      const all = [...wrong]
      wrong.clear()
      return all
    },
    async stop() {
      stopped = true
      await asking
    },
  }
}

function get(url: string, path: string): Promise<string> {
  return new Promise(resolve => {
    const asked = request(new URL(path, url), { agent: false, timeout: 8000 }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      response.on('end', () => resolve(`${response.statusCode} ${text.trim()}`))
      response.on('error', error => resolve(error.message))
    })
    asked.on('error', error => resolve(error.message))
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.end()
  })
}

const pause = (milliseconds: number) =>
  new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), milliseconds))
