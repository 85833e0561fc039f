// Measures the state engine: whole processes of the built product, and compiling and running inside one warm process.
// Medians, beside the times of real Salt 3006 for the same trees where they are known.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
const runs = Number(process.argv[2] ?? 7)
const top = mkdtempSync(join(tmpdir(), 'bench-states-'))
process.on('exit', () => rmSync(top, { recursive: true, force: true }))

/** Seconds of real Salt on 2 cores, whole process: [first, unchanged]. */
const salt = { nop: [1.55], 1: [], 20: [1.67, 1.57], 200: [2.47, 2.34], 'jinja 200': [3.13, 3.02] }

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const out = join(top, 'out')
const files = join(top, 'salt')
mkdirSync(files)
const managed = count =>
  `{% for n in range(${count}) %}\nfile-{{ n }}:\n  file.managed:\n    - name: ${out}/{{ n }}.conf\n    - makedirs: true\n    - mode: "0644"\n    - contents: |\n        number = {{ n }}\n        text = of some length, as a configuration has it\n{% endfor %}\n`
const sourced = count =>
  `{% for n in range(${count}) %}\nfile-{{ n }}:\n  file.managed:\n    - name: ${out}/{{ n }}.conf\n    - makedirs: true\n    - source: salt://template.conf\n    - template: jinja\n    - context: {n: {{ n }}}\n{% endfor %}\n`
/** Chains of requirements, commands and files, each with an ID of its own. */
const large = count =>
  Array.from({ length: count }, (_, n) =>
    n % 2 === 0
      ? `file-${n}:\n  file.managed:\n    - name: ${out}/${n}\n    - contents: text ${n}\n${n > 0 ? `    - require:\n      - cmd: run-${n - 1}\n` : ''}`
      : `run-${n}:\n  cmd.run:\n    - name: echo ${n}\n    - onchanges:\n      - file: file-${n - 1}\n`,
  ).join('\n')
const trees = {
  nop: 'nop:\n  test.nop: []\n',
  1: managed(1),
  20: managed(20),
  200: managed(200),
  'jinja 200': sourced(200),
}
for (const [name, text] of Object.entries(trees)) writeFileSync(join(files, `${name.replace(' ', '_')}.sls`), text)
for (const count of [2000, 4000]) writeFileSync(join(files, `large_${count}.sls`), large(count))
writeFileSync(
  join(files, 'template.conf'),
  'number = {{ n }}\n{% for x in range(5) %}line {{ x }} of {{ n }}\n{% endfor %}',
)

/** One whole process: seconds from start to end, and seconds of the processor; its exit status must be right. */
const whole = (...words) =>
  taken([join(home, 'scripts', 'corpus'), 'states', 'call', '--work', top, '--file-root', files, ...words])

function taken(argv) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > "$OUTPUT"'
  const ended = spawnSync('bash', ['-c', script, 'bench', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, OUTPUT: join(top, 'result.json'), LC_ALL: 'C' },
  })
  if (ended.status !== 0) throw new Error(`${argv.join(' ')} ended with ${ended.status}\n${ended.stderr}`)
  const [wall = 0, user = 0, system = 0] = ended.stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { wall, cpu: user + system }
}

const milliseconds = seconds => `${(seconds * 1000).toFixed(seconds < 0.0995 ? 1 : 0)} ms`
const lines = ['| tree | run | corpus | of it processor | Salt | times faster |', '|---|---|---|---|---|---|']
function row(tree, run, taken, peer) {
  const wall = median(taken.map(one => one.wall))
  const cpu = median(taken.map(one => one.cpu))
  const beside = peer ? `${peer} s | ${(peer / wall).toFixed(1)}` : ' |'
  lines.push(`| ${tree} | ${run} | ${milliseconds(wall)} | ${milliseconds(cpu)} | ${beside} |`)
}

// Once for what Node keeps of a program that it has seen.
whole('state.sls', 'nop')
row(
  '1 `test.nop`',
  '',
  Array.from({ length: runs }, () => whole('state.sls', 'nop')),
  salt.nop[0],
)
const nodes = []
const unchanged = []
for (const [name, what] of [
  ['1', '1 `file.managed`'],
  ['20', '20 `file.managed`'],
  ['200', '200 `file.managed`'],
  ['jinja 200', '200 with a Jinja source'],
]) {
  const first = []
  const again = []
  for (let run = 0; run < runs; run++) {
    rmSync(out, { recursive: true, force: true })
    first.push(whole('state.sls', name.replace(' ', '_')))
    again.push(whole('state.sls', name.replace(' ', '_')))
    if (name === '200') nodes.push(taken([process.execPath, '-e', '0']))
  }
  if (name === '200') unchanged.push(...again)
  row(what, 'first', first, salt[name][0])
  row(what, 'unchanged', again, salt[name][1])
}

const { showStates, applyStates } = await import('../src/salt/apply.ts')
const { localShell } = await import('../src/shell/local.ts')
const input = sls => ({ shell: localShell, fileRoots: [files], work: top, sls: [sls] })
async function timed(work) {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}
const compiled = {}
for (const count of [2000, 4000]) {
  const times = []
  for (let run = 0; run < runs + 2; run++) times.push(await timed(() => showStates(input(`large_${count}`))))
  compiled[count] = median(times.slice(2))
}
const warm = []
for (let run = 0; run < runs + 2; run++) warm.push(await timed(() => applyStates(input('200'))))

console.log(
  `Medians of ${runs}; Node ${process.version}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)}.\n`,
)
console.log(`${lines.join('\n')}\n`)
const ratio = median(unchanged.map(({ wall }, run) => wall / nodes[run].wall))
const start = milliseconds(median(nodes.map(one => one.wall)))
console.log(
  `200 unchanged, beside the start of Node (${start}) in turn: ${ratio.toFixed(1)} times; the aim, 4: ${ratio <= 4 ? 'reached' : 'not reached'}\n`,
)
console.log(`| inside a warm process | corpus | Salt |\n|---|---|---|`)
console.log(`| 200 \`file.managed\`, unchanged | ${milliseconds(median(warm.slice(2)))} | 0.96 s |`)
console.log(`| compile 2,000 states | ${milliseconds(compiled[2000])} | |`)
console.log(
  `| compile 4,000 states | ${milliseconds(compiled[4000])}: ${(compiled[4000] / compiled[2000]).toFixed(2)} times as long | |`,
)
