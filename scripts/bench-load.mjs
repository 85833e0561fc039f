// An application under a bounded load of requests, while it is pushed, rolled back, broken and killed: how many requests fail?
// Everything listens on loopback, below a root of its own that is removed afterwards.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const corpus = join(home, 'scripts', 'corpus')
const top = mkdtempSync(join(tmpdir(), 'corpus-load-'))
chmodSync(top, 0o755)
const root = join(top, 'root')
const clone = join(top, 'clone')
mkdirSync(root)
mkdirSync(clone)
const env = {
  ...process.env,
  CORPUS_ROOT: root,
  GIT_AUTHOR_NAME: 'b',
  GIT_AUTHOR_EMAIL: 'b@example.org',
  GIT_COMMITTER_NAME: 'b',
  GIT_COMMITTER_EMAIL: 'b@example.org',
}
delete env.NODE_EXTRA_CA_CERTS
const name = `load-${process.pid.toString(36)}`
const run = (argv, more = {}) => spawnSync(argv[0], argv.slice(1), { env, encoding: 'utf8', ...more })
const must = (...argv) => execFileSync(argv[0], argv.slice(1), { env, encoding: 'utf8', cwd: clone })
/** '' where the process has gone meanwhile. */
function text(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

const server = version => `const http = require('node:http')
http.createServer((request, response) => {
  if (request.url === '/slow') return setTimeout(() => response.end('slow ${version}'), 2500)
  response.end('${version}')
}).listen(process.env.PORT, '127.0.0.1')
`
const healthy = version => ({ 'server.js': server(version) })
const dying = { 'server.js': "throw new Error('dies at start')\n" }
const deaf = { 'server.js': "require('node:http').createServer(() => {}).listen(0)\n" }

function commit(files) {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(clone, path), text)
  must('git', 'add', '-A')
  must('git', 'commit', '-qm', 'Change')
}
/** Asynchronous, so that the load goes on meanwhile. */
const behind = execa({ env, extendEnv: false, stdio: 'ignore', reject: false })
const push = async () => {
  const ended = await behind('git', ['push', '-q', 'corpus', 'HEAD:master', '--force'], { cwd: clone })
  return { status: ended.exitCode, milliseconds: ended.durationMs }
}
const command = (...words) => behind(corpus, words)

/** Two clients: one keeps its connections, one makes a new one each time; about 100 requests a second each. */
function load(url) {
  const counts = { asked: 0, failed: 0, first: null, last: null, why: new Map() }
  let going = true
  const kept = new Agent({ keepAlive: true, maxSockets: 4 })
  const ask = agent =>
    new Promise(resolve => {
      counts.asked++
      const fail = why => {
        counts.failed++
        counts.why.set(why, (counts.why.get(why) ?? 0) + 1)
        counts.first ??= performance.now()
        counts.last = performance.now()
        resolve()
      }
      const request = get(url, { agent, timeout: 10_000 }, response => {
        response.resume()
        response.on('end', () => (response.statusCode === 200 ? resolve() : fail(String(response.statusCode))))
        response.on('error', error => fail(error.code ?? error.message))
      })
      request.on('error', error => fail(error.code ?? error.message))
      request.on('timeout', () => request.destroy(new Error('timeout')))
    })
  const loops = [kept, new Agent({ keepAlive: false })].map(async agent => {
    while (going && counts.asked < 200_000) {
      await ask(agent)
      await pause(10)
    }
  })
  return async () => {
    going = false
    await Promise.all(loops)
    kept.destroy()
    return counts
  }
}

const rows = []
async function measured(what, url, work) {
  const stop = load(url)
  const said = await work()
  await pause(500)
  const { asked, failed, first, last, why } = await stop()
  const during = failed === 0 ? '-' : `${Math.round(last - first)} ms`
  rows.push([what, asked, failed, during, said ?? '', [...why].map(([key, count]) => `${key} ${count}`).join(', ')])
  console.error(rows[rows.length - 1].join(' | '))
}
const status = () => JSON.parse(run([corpus, 'status', name, '--json']).stdout)
const median = values => values.sort((a, b) => a - b)[values.length >> 1]

try {
  run([
    corpus,
    'init',
    name,
    '--mode',
    'final',
    '--installer',
    'nodejs',
    '--set',
    'services={"web":{"health":"/","health_timeout":5}}',
  ])
  must('git', 'init', '-q', '-b', 'master')
  commit({
    ...healthy('v0'),
    'package.json': '{"name":"load","version":"1.0.0","scripts":{"start":"node server.js"}}\n',
    Procfile: 'web: exec node server.js\n',
  })
  run([corpus, 'remote', 'add', name], { cwd: clone })
  const first = await push()
  if (first.status !== 0) throw new Error(`the first push failed: ${run([corpus, 'logs', name]).stdout}`)
  const { url } = status()
  await measured('20 pushes', url, async () => {
    const times = []
    for (let at = 1; at <= 20; at++) {
      commit(healthy(`v${at}`))
      const { status, milliseconds } = await push()
      if (status !== 0) throw new Error('a push failed')
      times.push(milliseconds)
    }
    return `median push ${Math.round(median(times))} ms`
  })
  await measured('5 rollbacks', url, async () => {
    for (let at = 0; at < 5; at++) await command(at % 2 ? 'deploy' : 'rollback', name)
  })
  await measured('3 unhealthy pushes', url, async () => {
    const ends = []
    for (let at = 0; at < 3; at++) {
      commit({ 'server.js': `// ${at}\n${deaf['server.js']}` })
      ends.push((await push()).status)
    }
    return `git push ended ${ends.join(', ')}`
  })
  await measured('an application that dies at start', url, async () => {
    commit(dying)
    return `git push ended ${(await push()).status}`
  })
  await measured('kill -9 of the runner in activate', url, async () => {
    commit(healthy('killed'))
    env.CORPUS_DIE_AT = 'activate:begin'
    await push()
    delete env.CORPUS_DIE_AT
    await command('status', name)
    return `then ${status().state}`
  })
  await measured('a slow request over a push', url, async () => {
    commit(healthy('last'))
    const slow = new Promise(resolve =>
      get(`${url}slow`, response =>
        response.on('data', piece => resolve(String(piece))).on('error', () => resolve('failed')),
      ).on('error', () => resolve('failed')),
    )
    await pause(300)
    await push()
    return `answered "${await slow}"`
  })
  await measured('kill -9 of the only process', url, async () => {
    process.kill(status().processes[0].pid, 'SIGKILL')
    await pause(4000)
  })
  await measured('kill -9 of an nginx worker', url, async () => {
    const worker = readdirSync('/proc').find(pid => {
      const parent = /PPid:\s+(\d+)/.exec(text(`/proc/${pid}/status`))?.[1]
      return text(`/proc/${pid}/cmdline`).startsWith('nginx: worker') && text(`/proc/${parent}/cmdline`).includes(root)
    })
    process.kill(Number(worker), 'SIGKILL')
    await pause(2000)
  })
  await measured("kill -9 of nginx's master", url, async () => {
    process.kill(Number(readFileSync(join(root, 'corpus', 'ingress', 'nginx.pid'), 'utf8')), 'SIGKILL')
    await pause(4000)
  })
} finally {
  run([corpus, 'destroy', name, '--confirm', name])
  rmSync(top, { recursive: true, force: true })
}
console.log('| what | requests | failed | for | | why |\n|---|---|---|---|---|---|')
for (const row of rows) console.log(`| ${row.join(' | ')} |`)
