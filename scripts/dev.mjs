/** Types, lint and the unit tests of what changed, again at each change, until Ctrl-C. */
import { watch } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

const home = join(import.meta.dirname, '..')
const program = name => join(home, 'node_modules', '.bin', name)
/** Who is started here ends with this process. */
const start = (name, words) => execa(program(name), words, { cwd: home, stdio: 'inherit', reject: false })

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))

start('tsc', ['--noEmit', '--watch', '--preserveWatchOutput', '--pretty'])
start('vitest', ['watch', '--project', 'unit', '--changed', '--passWithNoTests'])

const changed = new Set()
let waiting
let busy = false

/** One lint at a time, of all files that changed since the one before. */
async function lint() {
  if (busy || changed.size === 0) return
  busy = true
  const files = [...changed]
  changed.clear()
  await start('biome', ['check', '--no-errors-on-unmatched', '--files-ignore-unknown=true', ...files])
  busy = false
  void lint()
}

for (const folder of ['src', 'test', 'scripts'])
  watch(join(home, folder), { recursive: true }, (_, file) => {
    if (file === null || !/\.(ts|mjs|json)$/.test(file)) return
    changed.add(join(folder, file))
    clearTimeout(waiting)
    waiting = setTimeout(lint, 200)
  })
