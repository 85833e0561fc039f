/** What a build prints reaches the pusher line by line, as text: it neither hides what follows nor moves the cursor, and is no flood. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { meansOfLimits } from '../../src/shell/enclosure.ts'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('noise')
const isRoot = process.getuid?.() === 0
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'generic')
  clone = await world.clone(name, { x: '1' })
})
afterAll(() => world.dispose())

/** Pushes a build that runs this script. */
async function build(script: string) {
  const as = isRoot ? `\n    - runas: ${name}-user` : ''
  await clone.commit({
    'noise.sh': script,
    '.salt/build.sls': `noise:\n  cmd.run:\n    - name: sh {{ cfg.project_root }}/noise.sh${as}\n`,
  })
  return clone.push()
}
const shownLines = (text: string) => text.split('\n').flatMap(line => /^remote: +\| (.*?) *$/.exec(line)?.[1] ?? [])
const logOf = async () => {
  const [newest] = await world.json<{ release: string }[]>('releases', name)
  return join(world.path(name, 'deployments'), newest?.release ?? '', 'output.log')
}

test('a NUL, control sequences and odd bytes are shown as text, and every line arrives', async () => {
  const pushed = await build(
    `printf 'before\\n\\377\\376 odd \\000 nul\\nafter\\nup\\033[2A\\033[2Kerased\\n\\033[31mred\\033[0m\\n\\342\\200\\256bidi\\nerror: the line that matters\\n'`,
  )
  expect(pushed.status, pushed.stderr).toBe(0)
  const wanted = [
    'before',
    '\ufffd\ufffd odd ^@ nul',
    'after',
    'up^[[2A^[[2Kerased',
    '\x1b[31mred\x1b[0m',
    '\\u{202e}bidi',
    'error: the line that matters',
  ]
  expect(shownLines(pushed.stderr)).toEqual(wanted)
  const logged = (await world.must('logs', name)).stdout
  for (const line of wanted) expect(logged).toContain(`| ${line}\n`)
  // What was said stays as it was in the log itself.
  expect(readFileSync(await logOf(), 'utf8')).toContain('up\x1b[2A\x1b[2Kerased')
})

test('lines that come in pieces, and those that write over themselves, are whole', async () => {
  const pushed = await build(
    `printf 'one '; sleep 0.3; printf 'line\\n'; printf 'err' >&2; sleep 0.2; printf 'out\\n'; sleep 0.2; printf 'or\\n' >&2
printf 'progress 10%%\\r'; sleep 0.2; printf 'progress 100%%\\n'; printf '\\303'; sleep 0.2; printf '\\274 is one letter\\nno end'`,
  )
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(shownLines(pushed.stderr)).toEqual(['one line', 'out', 'error', 'progress 100%', 'ü is one letter', 'no end'])
})

test('of a flood the beginning and the end are kept, it is said once, and the reason of a failure is seen', async () => {
  await world.must('config', 'set', name, 'build.output=1M')
  const pushed = await build('yes flood | head -n 3000000\necho error: the reason >&2\nexit 3\n')
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr.match(/more than the \d+ bytes of build\.output/g)).toHaveLength(1)
  expect(pushed.stderr).toContain('| error: the reason')
  expect(statSync(await logOf()).size).toBeLessThan(10_000_000)
})

test.runIf(isRoot)('a build that begins processes without end is stopped by a bound, which is named', async () => {
  await world.must('config', 'set', name, 'build.output=null', 'build.processes=60')
  const pushed = await build(
    `i=0; while [ $i -lt 200 ]; do sleep 20 & i=$((i + 1)); done; echo all began > ${world.path(name, 'data')}/all; kill $(jobs -p)\n`,
  )
  expect(pushed.status).not.toBe(0)
  if (meansOfLimits().by === 'control groups')
    expect(pushed.stderr).toContain('more processes than the 60 of build.processes')
  expect(existsSync(world.path(name, 'data', 'all'))).toBe(false)
})
