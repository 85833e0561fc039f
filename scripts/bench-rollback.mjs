// Going back, in a project of 10,000 files and 100 MB: what `corpus rollback` takes beside the deployments it undoes.
// No process is started: what a restart takes is the application's own time.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const corpus = join(home, 'scripts', 'corpus')
const runs = Number(process.argv[2] ?? 7)
const top = mkdtempSync(join(tmpdir(), 'corpus-rollback-'))
const root = join(top, 'root')
const clone = join(top, 'clone')
const name = `back-${process.pid.toString(36)}`
const env = { ...process.env, CORPUS_ROOT: root }
delete env.NODE_EXTRA_CA_CERTS
const must = (...argv) =>
  execFileSync(argv[0], argv.slice(1), { env, cwd: clone, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const git = (...argv) => must('git', '-c', 'user.name=b', '-c', 'user.email=b@example.org', ...argv)
const timed = (...argv) => {
  const began = performance.now()
  must(...argv)
  return performance.now() - began
}
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const milliseconds = value => `${value.toFixed(0)} ms`
/** What the deployment itself took, without the start of a command or of git. */
function recorded() {
  const deployments = join(root, 'projects', name, 'deployments')
  const newest = readdirSync(deployments)
    .filter(file => /^\d{8}T/.test(file))
    .sort()
    .at(-1)
  return JSON.parse(readFileSync(join(deployments, newest, 'record.json'), 'utf8')).seconds * 1000
}
const page = () => readFileSync(join(root, 'projects', name, 'project', 'index.html'), 'utf8')
/** The copy for the next push is made when the pusher has the answer: it is not part of what comes next. */
const settled = () => execFileSync('flock', [join(root, 'projects', name, 'deployments', 'lock'), 'true'])

mkdirSync(root)
mkdirSync(clone)
try {
  git('init', '-q', '-b', 'master')
  let state = 0x9e3779b9
  const bytes = Buffer.alloc(10486)
  for (let file = 0; file < 10_000; file++) {
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      bytes.writeUInt32LE(state, at)
    }
    mkdirSync(join(clone, 'data', `d${file % 100}`), { recursive: true })
    writeFileSync(join(clone, 'data', `d${file % 100}`, `f${file}.bin`), bytes)
  }
  writeFileSync(join(clone, 'index.html'), '0\n')
  git('add', '-A')
  git('commit', '-qm', 'First')
  must(corpus, 'init', name, '--mode', 'final', '--installer', 'generic')
  must(corpus, 'remote', 'add', name)
  const first = timed('git', 'push', '-q', 'corpus', 'HEAD:master')
  settled()
  const taken = { push: [], pushRecorded: [], rollback: [], rollbackRecorded: [] }
  for (let run = 1; run <= runs; run++) {
    writeFileSync(join(clone, 'index.html'), `${run}\n`)
    git('commit', '-qam', 'Change')
    taken.push.push(timed('git', 'push', '-q', '--force', 'corpus', 'HEAD:master'))
    taken.pushRecorded.push(recorded())
    settled()
    const before = page()
    taken.rollback.push(timed(corpus, 'rollback', name))
    taken.rollbackRecorded.push(recorded())
    if (page() === before) throw new Error('The rollback did not go back.')
    settled()
  }
  process.stdout.write(`| 10,000 files, 100 MB | the command | of it the deployment |
|---|---|---|
| first push: everything is new | ${milliseconds(first)} | |
| push with one file changed | ${milliseconds(median(taken.push))} | ${milliseconds(median(taken.pushRecorded))} |
| \`corpus rollback\` | ${milliseconds(median(taken.rollback))} | ${milliseconds(median(taken.rollbackRecorded))} |
`)
} finally {
  try {
    must(corpus, 'destroy', name, '--confirm', name)
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}
