// Tiny pushes to this checkout and to another one, in turn with pushes to a bare repository: what a change made dearer.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { execa } from 'execa'

const [other, count = '13'] = process.argv.slice(2)
if (!other) {
  process.stderr.write('bench: scripts/bench beside OTHER_CHECKOUT [RUNS]\n')
  process.exit(2)
}
const runs = Number(count)
const work = mkdtempSync('/tmp/corpus-beside-')
execFileSync('chmod', ['755', work])
const who = { GIT_AUTHOR_NAME: 'b', GIT_AUTHOR_EMAIL: 'b@x', GIT_COMMITTER_NAME: 'b', GIT_COMMITTER_EMAIL: 'b@x' }
const env = { ...process.env, ...who, GIT_CONFIG_NOSYSTEM: '1' }
const git = (folder, ...argv) => execFileSync('git', ['-C', folder, ...argv], { env, stdio: 'ignore' })
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

function cloneNamed(name) {
  const folder = join(work, `clone-${name}`)
  mkdirSync(folder)
  git(folder, 'init', '-q', '-b', 'master')
  for (const file of ['index.html', 'a.txt', 'b.txt', 'c.txt']) writeFileSync(join(folder, file), `${file}\n`)
  git(folder, 'add', '-A')
  git(folder, 'commit', '-qm', 'First')
  return folder
}

async function checkoutAt(name, home) {
  const root = join(work, name)
  mkdirSync(root)
  const corpus = join(resolve(home), 'scripts', 'corpus')
  // Not in a clone: `init` would add its remote to that.
  const settings = { cwd: work, env: { ...env, CORPUS_ROOT: root }, stdio: 'ignore' }
  const agent = spawn(corpus, ['agent'], settings)
  while (!existsSync(join(root, 'corpus', 'agent.sock'))) await passed(50)
  const project = `beside-${name}-${process.pid}`
  execFileSync(corpus, ['init', project, '--mode', 'final', '--installer', 'generic'], settings)
  const close = () => {
    execFileSync(corpus, ['destroy', project, '--confirm', project], settings)
    agent.kill()
  }
  return { name, clone: cloneNamed(name), url: join(root, 'projects', project, 'git', 'project.git'), agent, close }
}

function bareAt(name) {
  const url = join(work, 'bare.git')
  execFileSync('git', ['init', '-q', '--bare', '-b', 'master', url], { env })
  rmSync(join(url, 'hooks'), { recursive: true, force: true })
  return { name, clone: cloneNamed(name), url, agent: null, close() {} }
}

/** Milliseconds of the processor that a process and all below it have had. */
function processorOf(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`)
    const read = (task, file) => readFileSync(`/proc/${pid}/task/${task}/${file}`, 'utf8').trim().split(' ')
    const own = tasks.map(task => Number(read(task, 'schedstat')[0]) / 1e6)
    const below = tasks.flatMap(task => read(task, 'children')).filter(Boolean)
    return [...own, ...below.map(processorOf)].reduce((sum, one) => sum + one, 0)
  } catch {
    return 0
  }
}

async function push(target) {
  const words = ['-C', target.clone, 'push', '-q', target.url, 'HEAD:refs/heads/master']
  const { durationMs } = await execa('git', words, { env, extendEnv: false, stdio: ['ignore', 'ignore', 'pipe'] })
  return durationMs
}

const targets = [bareAt('bare')]
try {
  targets.push(await checkoutAt('other', other), await checkoutAt('this', join(import.meta.dirname, '..')))
  await passed(1500)
  const measured = targets.map(() => ({ milliseconds: [], processor: [] }))
  for (let run = -2; run < runs; run++)
    for (const [at, target] of targets.entries()) {
      writeFileSync(join(target.clone, 'index.html'), `${run}\n`)
      git(target.clone, 'commit', '-qam', 'Change')
      await passed(700)
      const before = target.agent ? processorOf(target.agent.pid) : 0
      const milliseconds = await push(target)
      const after = target.agent ? processorOf(target.agent.pid) : 0
      if (run < 0) continue
      measured[at].milliseconds.push(milliseconds)
      measured[at].processor.push(after - before)
    }
  const [bare, before, now] = measured
  for (const [at, { name }] of targets.entries()) {
    const { milliseconds, processor } = measured[at]
    const ratio = median(milliseconds) / median(bare.milliseconds)
    console.log(
      `${name.padEnd(6)} ${median(milliseconds).toFixed(1)} ms, ${ratio.toFixed(2)} bare pushes; agent and runners ${median(processor).toFixed(1)} ms of the processor`,
    )
  }
  const ratios = now.milliseconds.map((one, run) => one / before.milliseconds[run])
  console.log(`this beside other, median of the ratios of pushes in turn: ${median(ratios).toFixed(2)}`)
} finally {
  for (const target of targets) target.close()
  await passed(300)
  rmSync(work, { recursive: true, force: true })
}
