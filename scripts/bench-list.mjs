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
    ['list', 200, 100],
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

/** Milliseconds that the whole command takes, and of the processor. */
function median(words, env, times = runs) {
  const took = []
  for (let run = 0; run < times; run++) {
    const began = performance.now()
    const ended = spawnSync('sh', ['-c', '"$@" > /dev/null 2>&1 && times', 'sh', corpus, ...words], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
    const passed = performance.now() - began
    if (ended.status !== 0) throw new Error(`corpus ${words.join(' ')} failed`)
    const ofProcessor = [...ended.stdout.split('\n')[1].matchAll(/(\d+)m([\d.]+)s/g)]
    took.push([passed, ofProcessor.reduce((sum, [, minutes, seconds]) => sum + 60_000 * minutes + 1000 * seconds, 0)])
  }
  return [0, 1].map(at => Math.round(took.map(one => one[at]).sort((a, b) => a - b)[Math.floor(times / 2)])).join(' / ')
}
