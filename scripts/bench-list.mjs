// How long `corpus list` and `corpus releases` take with few and with many deployments behind them, with the index and from the files.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deployMany } from '../test/support/many-records.ts'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const runs = Number(process.argv[2] ?? 9)
const top = mkdtempSync(join(tmpdir(), 'corpus-bench-list-'))
const corpus = process.env.CORPUS_BENCH_COMMAND ?? join(home, 'scripts', 'corpus')

try {
  const rows = []
  for (const [what, projects, deployments] of [
    ['list', 200, 5],
    ['list', 200, 50],
    ['list', 200, 200],
    ['releases', 1, 50],
    ['releases', 1, 500],
  ]) {
    const root = join(top, `${what}-${projects}-${deployments}`)
    mkdirSync(root)
    for (let number = 0; number < projects; number++) deployMany(root, `shop-${number}`, 1, deployments)
    const words = what === 'list' ? ['list', '--json'] : ['releases', 'shop-0', '--json']
    // What cannot be opened is not used.
    const files = median(words, { CORPUS_ROOT: root, CORPUS_STORE: 'none:' })
    const first = median(words, { CORPUS_ROOT: root }, 1)
    const index = median(words, { CORPUS_ROOT: root })
    rows.push({ what, projects, 'deployments of each': deployments, files, first, index })
  }
  console.table(rows)
} finally {
  rmSync(top, { recursive: true, force: true })
}

/** Milliseconds of the whole command. */
function median(words, env, times = runs) {
  const took = []
  for (let run = 0; run < times; run++) {
    const began = performance.now()
    const ended = spawnSync(corpus, words, { env: { ...process.env, ...env }, maxBuffer: 1 << 28 })
    took.push(performance.now() - began)
    if (ended.status !== 0) throw new Error(String(ended.stderr))
  }
  return Math.round(took.sort((a, b) => a - b)[Math.floor(took.length / 2)])
}
