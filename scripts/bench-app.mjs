// What people wait for when they push an application: until the new version answers, and until `git push` ends. A static site, a Node and
// a Python application, with and without an agent, over a local path and over ssh, beside a push into a bare repository in the same run.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, execaSync } from 'execa'
import { startSshd } from '../test/support/sshd.ts'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const corpus = join(home, 'scripts', 'corpus')
const runs = Number(process.argv[2] ?? 9)
const top = mkdtempSync(join(tmpdir(), 'corpus-bench-app-'))
chmodSync(top, 0o755)
const root = join(top, 'root')
const env = { ...process.env, CORPUS_ROOT: root, HOME: top, GIT_CONFIG_NOSYSTEM: '1' }
delete env.NODE_EXTRA_CA_CERTS
const word = process.pid.toString(36)
const must = ([program, ...words], options = {}) =>
  execaSync(program, words, { env, extendEnv: false, ...options }).stdout
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds))
const agent = new Agent({ keepAlive: true })

const node = version =>
  `require('node:http').createServer((q, a) => a.end('${version}')).listen(process.env.PORT, '127.0.0.1')\nprocess.on('SIGTERM', () => process.exit(0))\n`
const python = version => `import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', str(len(b'${version}')))
        self.end_headers()
        self.wfile.write(b'${version}')
    def log_message(self, *args): pass
HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Page).serve_forever()
`
const kinds = {
  static: { installer: 'static', files: version => ({ 'index.html': version }) },
  node: {
    installer: 'nodejs',
    files: version => ({ 'server.js': node(version), 'package.json': '{"scripts":{"start":"node server.js"}}' }),
    start: folder => ['node', join(folder, 'server.js')],
  },
  python: {
    installer: 'procfile',
    files: version => ({ 'app.py': python(version), Procfile: 'web: python3 app.py\n' }),
    start: folder => ['python3', join(folder, 'app.py')],
  },
}

/** One push of a new version: when it answers, and when git ends; null where nothing answers. */
async function pushed(project, remote, sshCommand) {
  const version = `v${Date.now()}`
  for (const [name, text] of Object.entries(project.files(version))) writeFileSync(join(project.clone, name), text)
  git(project.clone, 'add', '-A')
  git(project.clone, 'commit', '-qm', version)
  const began = performance.now()
  const ended = execa('git', ['-C', project.clone, 'push', '-q', remote, 'HEAD:master'], {
    env: { ...env, ...(sshCommand ? { GIT_SSH_COMMAND: sshCommand } : {}) },
    extendEnv: false,
    stdio: ['ignore', 'ignore', 'pipe'],
  }).then(({ durationMs }) => durationMs)
  let answered = null
  if (project.url) {
    const late = performance.now() + 60_000
    let over = false
    ended.catch(() => (over = true))
    while (answered === null && performance.now() < late && !over) {
      if ((await page(project.url)) === version) answered = performance.now() - began
      else await pause(2)
    }
  }
  const end = await ended
  return { answers: answered, ends: end }
}

const page = url =>
  new Promise(resolve => {
    get(url, { agent }, answer => {
      let text = ''
      answer.on('data', piece => (text += piece))
      answer.on('end', () => resolve(text))
    }).on('error', () => resolve(null))
  })

const git = (folder, ...words) =>
  must(['git', '-C', folder, '-c', 'user.name=b', '-c', 'user.email=b@example.org', ...words])

function newClone(name, files) {
  const clone = join(top, name)
  mkdirSync(clone)
  git(clone, 'init', '-q', '-b', 'master')
  for (const [file, text] of Object.entries(files)) writeFileSync(join(clone, file), text)
  git(clone, 'add', '-A')
  git(clone, 'commit', '-qm', 'First')
  return clone
}

/** How long the application itself takes from its start until it takes a connection. */
async function ownStart(project) {
  const times = []
  for (let run = 0; run < runs; run++) {
    const port = 41_000 + Math.floor(Math.random() * 9_000)
    const began = performance.now()
    const [program, ...words] = project.start(project.clone)
    const child = spawn(program, words, { env: { ...env, PORT: String(port) }, stdio: 'ignore' })
    while ((await page(`http://127.0.0.1:${port}/`)) === null) await pause(1)
    times.push(performance.now() - began)
    child.kill('SIGKILL')
  }
  return median(times)
}

/** Resident memory of the agent and of the runners that it keeps warm, in MiB. */
function residentOfAgent() {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const parents = new Map(pids.map(pid => [pid, statOf(pid)]))
  const line = pid => readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
  const agents = pids.filter(
    pid => line(pid).includes(` agent --root=${root}`) || line(pid).includes(`agent --root ${root}`),
  )
  const own = new Set(agents)
  for (let grown = true; grown; ) {
    const more = pids.filter(pid => !own.has(pid) && own.has(parents.get(pid)))
    for (const pid of more) own.add(pid)
    grown = more.length > 0
  }
  const pss = pid => Number(/^Pss:\s+(\d+)/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
  const rss = pid => Number(/^VmRSS:\s+(\d+)/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0)
  const sum = of => [...own].reduce((all, pid) => all + of(pid), 0) / 1024
  return { processes: own.size, rss: sum(rss), pss: sum(pss) }
}
const readIfThere = file => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
const statOf = pid =>
  readIfThere(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ')[1]

let sshd = null
mkdirSync(root)
try {
  writeFileSync(join(top, '.gitconfig'), '[safe]\n\tdirectory = *\n')
  const bareFolder = join(top, 'bare.git')
  must(['git', 'init', '-q', '--bare', bareFolder])
  const bare = {
    files: version => ({ 'index.html': version }),
    clone: newClone('bare', { 'index.html': '0' }),
    url: null,
  }
  const projects = {}
  const firsts = {}
  for (const [kind, { installer, files, start }] of Object.entries(kinds)) {
    const name = `${kind}-${word}`
    must([corpus, 'init', name, '--mode', 'final', '--installer', installer])
    const clone = newClone(name, files('0'))
    const remote = join(root, 'projects', name, 'git', 'project.git')
    const began = performance.now()
    git(clone, 'push', '-q', remote, 'HEAD:master')
    firsts[kind] = performance.now() - began
    const { url } = JSON.parse(must([corpus, 'status', name, '--json']))
    projects[kind] = { name, files, start, clone, url, remote }
  }
  const keys = join(top, '.ssh', 'authorized_keys')
  if (existsSync('/usr/sbin/sshd')) {
    sshd = await startSshd(join(top, 'sshd'), keys)
    mkdirSync(join(top, '.ssh'), { recursive: true, mode: 0o700 })
    must([corpus, 'keys', 'add', 'bench', join(top, 'sshd', 'user.pub'), '--project', '*'])
    const plain = sshd.another('plain')
    appendFileSync(keys, plain.publicKey)
    sshd.plain = plain.command
  }
  const host = sshd && `ssh://${sshd.user}@127.0.0.1:${sshd.port}`
  const starts = { node: await ownStart(projects.node), python: await ownStart(projects.python) }
  const rows = []
  let memory = null
  for (const withAgent of [true, false]) {
    if (withAgent) {
      const child = spawn(corpus, ['agent', `--root=${root}`], { env, stdio: 'ignore', detached: true })
      child.unref()
      await pause(3_000)
    } else {
      memory = residentOfAgent()
      for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
        if (readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(`agent --root=${root}`))
          process.kill(Number(pid), 'SIGTERM')
      await pause(1_000)
    }
    for (const way of sshd ? ['path', 'ssh'] : ['path']) {
      const all = new Map(['bare', ...Object.keys(kinds)].map(kind => [kind, []]))
      // The first of each is not counted: what is new to it is measured apart.
      for (let run = 0; run <= runs; run++) {
        for (const [kind, list] of all) {
          const project = kind === 'bare' ? bare : projects[kind]
          const [remote, command] =
            way === 'path'
              ? [kind === 'bare' ? bareFolder : project.remote]
              : kind === 'bare'
                ? [`${host}${bareFolder}`, sshd.plain]
                : [`${host}/${project.name}`, sshd.command]
          const times = await pushed(project, remote, command)
          if (run > 0) list.push(times)
          // What goes on behind a push is over when the next one comes, as between two pushes of a person.
          if (kind !== 'bare') {
            execFileSync('flock', [join(root, 'projects', project.name, 'deployments', 'lock'), 'true'])
            await pause(700)
          }
        }
      }
      const bareEnds = median(all.get('bare').map(one => one.ends))
      for (const kind of Object.keys(kinds)) {
        const answers = median(all.get(kind).map(one => one.answers))
        const ends = median(all.get(kind).map(one => one.ends))
        rows.push({ kind, way, withAgent, bare: bareEnds, answers, ends })
      }
    }
  }
  report(rows, starts, firsts, memory)
} finally {
  sshd?.stop()
  for (const name of existsSync(join(root, 'projects')) ? readdirSync(join(root, 'projects')) : [])
    spawnSync(corpus, ['destroy', name, '--confirm', name], { env, stdio: 'ignore' })
  rmSync(top, { recursive: true, force: true })
}

function report(rows, starts, firsts, memory) {
  const ms = value => `${value.toFixed(0)} ms`
  console.log('| | way | agent | bare push | answers | push ends | aim: answers | aim: ends |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const { kind, way, withAgent, bare, answers, ends } of rows) {
    const [first, last] =
      kind === 'static' ? [bare * 2, bare * 2.5] : [bare + starts[kind] + 60, bare + starts[kind] + 260]
    const met = (value, aim) => `${ms(aim)}, ${value <= aim ? 'reached' : 'not reached'}`
    console.log(
      `| ${kind} | ${way} | ${withAgent ? 'yes' : 'no'} | ${ms(bare)} | ${ms(answers)} | ${ms(ends)} | ${met(answers, first)} | ${met(ends, last)} |`,
    )
  }
  console.log(`\nThe applications' own start: Node ${ms(starts.node)}, Python ${ms(starts.python)}.`)
  console.log(
    `First pushes, without an agent: ${Object.entries(firsts)
      .map(([kind, time]) => `${kind} ${ms(time)}`)
      .join(', ')}.`,
  )
  if (memory)
    console.log(
      `Agent and warm runners: ${memory.processes} processes, ${memory.rss.toFixed(0)} MiB resident (${memory.pss.toFixed(0)} MiB with shared pages divided).`,
    )
}
