// What stands between people and the controller, by HTTP: reads beside a bare route of fastify in the same run, followers of one
// deployment, pushes of many projects at once, and memory. Arguments: reads (4000), followers (200), projects (20), pushes of each (5).
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const corpus = join(home, 'scripts', 'corpus')
const [reads = 4000, followers = 200, projects = 20, pushes = 5] = process.argv.slice(2).map(Number)
const connections = 16
const top = mkdtempSync(join(tmpdir(), 'corpus-bench-doors-'))
chmodSync(top, 0o755)
const root = join(top, 'root')
mkdirSync(root)
const env = { ...process.env, CORPUS_ROOT: root, HOME: top, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
delete env.NODE_EXTRA_CA_CERTS
const word = process.pid.toString(36)
const bareRoute = `const server = require('fastify')(); server.get('/projects/:name', async () => ({ name: 'x', state: 'live', url: null }))
server.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log('at ' + server.server.address().port))`
const hadAccount = spawnSync('getent', ['passwd', 'corpus']).status === 0
const started = []
const must = (argv, options = {}) => {
  const ended = spawnSync(argv[0], argv.slice(1), { env, encoding: 'utf8', ...options })
  if (ended.status !== 0) throw new Error(`${argv.join(' ')}\n${ended.stdout}${ended.stderr}`)
  return ended.stdout
}
const at = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))]
const round = number => Math.round(number * 10) / 10
const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds))
const names = Array.from({ length: projects }, (_, number) => `doors-${word}-${number}`)

try {
  for (const name of names) must([corpus, 'init', name, '--mode', 'final', '--installer', 'generic'])
  must([corpus, 'user', 'add', 'ann', '--admin'])
  const { token } = JSON.parse(must([corpus, 'token', 'create', 'ann', '--json']))
  start([corpus, 'agent'])
  const served = start([corpus, 'serve', '--listen', '127.0.0.1:0'])
  const port = Number((await said(served, /127\.0\.0\.1:(\d+)/))[1])
  const authorization = `Bearer ${token}`
  push(names[0], ['first'])

  const bare = start([process.execPath, '-e', bareRoute], { cwd: home })
  const barePort = Number((await said(bare, /at (\d+)/))[1])
  const rows = []
  for (const [what, to, path] of [
    ['a bare route of fastify', barePort, '/projects/x'],
    ['GET /projects/NAME', port, `/api/v1/projects/${names[0]}`],
    ['GET /projects', port, '/api/v1/projects'],
    ['GET /jobs', port, '/api/v1/jobs'],
  ]) {
    await read(to, path, authorization, 100)
    const began = performance.now()
    const took = await read(to, path, authorization, reads)
    rows.push({
      what,
      'a second': Math.round(reads / ((performance.now() - began) / 1000)),
      'median ms': round(at(took, 0.5)),
      'p99 ms': round(at(took, 0.99)),
    })
  }
  bare.kill()
  console.table(rows)

  console.table([await following(port, authorization)])
  console.table([await pushing(port, token)])
  console.table([{ 'what listens and what decides, MiB (PSS)': Math.round(memoryOf(served.pid)) }])
} finally {
  for (const child of started) child.kill('SIGTERM')
  await pause(1500)
  for (const name of names) spawnSync(corpus, ['destroy', name, '--confirm', name], { env })
  if (!hadAccount && process.getuid() === 0) spawnSync('userdel', ['corpus'])
  rmSync(top, { recursive: true, force: true })
}

function start(argv, options = {}) {
  const child = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'], ...options })
  started.push(child)
  return child
}

function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', piece => {
      text += piece
      const found = pattern.exec(text)
      if (found) resolve(found)
    })
    child.on('exit', status => reject(new Error(`it ended with ${status}: ${text}`)))
  })
}

/** Milliseconds that each of them took. */
async function read(port, path, authorization, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const took = []
  let left = count
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (left-- > 0) {
        const began = performance.now()
        const { status } = await ask({ port, path, agent, headers: { authorization } })
        if (status !== 200) throw new Error(`${path} answered ${status}`)
        took.push(performance.now() - began)
      }
    }),
  )
  agent.destroy()
  return took
}

function ask(options) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', ...options }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    sent.on('error', reject)
    sent.end(options.body)
  })
}

/** Many who follow one deployment that says a line each 20 ms: how late the last of them reads a line, and what is lost. */
async function following(port, authorization) {
  const lines = 100
  const sls = Array.from(
    { length: lines },
    (_, number) => `step ${number}:\n  cmd.run:\n    - name: "sleep 0.02; echo mark-${number}"\n`,
  ).join('')
  push(names[0], ['followed', ['.salt/post_install.sls', sls]], ['-o', 'no-deploy'])
  const { text } = await ask({
    port,
    method: 'POST',
    path: `/api/v1/projects/${names[0]}/deploy`,
    headers: { authorization },
  })
  const { job } = JSON.parse(text)
  const began = performance.now()
  const told = await Promise.all(
    Array.from(
      { length: followers },
      () =>
        new Promise((resolve, reject) => {
          const ids = new Map()
          let rest = ''
          request(
            {
              host: '127.0.0.1',
              port,
              path: `/api/v1/jobs/${job}/events`,
              agent: false,
              headers: { authorization, accept: 'text/event-stream' },
            },
            answer => {
              answer.setEncoding('utf8').on('data', piece => {
                const parts = (rest + piece).split('\n\n')
                rest = parts.pop()
                for (const part of parts) {
                  const id = /^id: (\d+)/.exec(part)?.[1]
                  if (id !== undefined) ids.set(Number(id), performance.now())
                }
              })
              answer.on('end', () => resolve(ids))
            },
          )
            .on('error', reject)
            .end()
        }),
    ),
  )
  const most = Math.max(...told.map(ids => ids.size))
  const spread = [...told[0].keys()].map(id => {
    const times = told.map(ids => ids.get(id) ?? Number.POSITIVE_INFINITY)
    return Math.max(...times) - Math.min(...times)
  })
  return {
    followers,
    events: most,
    'followers that miss one': told.filter(ids => ids.size !== most).length,
    'first to last follower, median ms': round(at(spread, 0.5)),
    'p99 ms': round(at(spread, 0.99)),
    'the deployment, s': round((performance.now() - began) / 1000),
  }
}

/** Each project is pushed to again and again, all at once. */
async function pushing(port, token) {
  const began = performance.now()
  const took = []
  let failed = 0
  await Promise.all(
    names.map(async name => {
      const folder = clone(name)
      for (let time = 0; time < pushes; time++) {
        commit(folder, `${time}`)
        const start = performance.now()
        const child = spawn(
          'git',
          ['-C', folder, 'push', '-q', `http://ann:${token}@127.0.0.1:${port}/git/${name}/project.git`, '+HEAD:master'],
          { env, stdio: 'ignore' },
        )
        const status = await new Promise(resolve => child.on('exit', resolve))
        if (status !== 0) failed++
        took.push(performance.now() - start)
      }
    }),
  )
  return {
    'pushes by HTTP': took.length,
    failed,
    'median ms': Math.round(at(took, 0.5)),
    'p99 ms': Math.round(at(took, 0.99)),
    'all, s': round((performance.now() - began) / 1000),
  }
}

function clone(name) {
  const folder = mkdtempSync(join(top, `${name}-`))
  must(['git', 'init', '-q', '-b', 'master', folder])
  return folder
}

function commit(folder, text, more = []) {
  writeFileSync(join(folder, 'index.html'), `${text}\n`)
  for (const [path, content] of more) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  must(['git', '-C', folder, 'add', '-A'])
  must(['git', '-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', text])
}

function push(name, [text, ...more], options = []) {
  const folder = clone(name)
  commit(folder, text, more)
  must([
    'git',
    '-C',
    folder,
    'push',
    '-q',
    ...options,
    join(root, 'projects', name, 'git', 'project.git'),
    '+HEAD:master',
  ])
}

/** Of a process and all that it started. */
function memoryOf(pid) {
  const parents = new Map(
    readdirSync('/proc')
      .filter(one => /^\d+$/.test(one))
      .flatMap(one => {
        try {
          return [[one, / (\d+) /.exec(readFileSync(`/proc/${one}/stat`, 'latin1').replace(/^.*\) \S/s, ''))?.[1]]]
        } catch {
          return []
        }
      }),
  )
  const isOf = one => one === String(pid) || (parents.has(one) && isOf(parents.get(one)))
  return [...parents.keys()]
    .filter(isOf)
    .reduce(
      (sum, one) =>
        sum + Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024,
      0,
    )
}
