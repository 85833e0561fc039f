/** `corpus run` never hands the caller's terminal to the project: the command has a session, and where there is a terminal, one of its own. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('tty')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
  const clone = await world.clone(name, { Procfile: 'web: false\n' })
  await world.must('config', 'set', name, 'processes={"web": null}', 'scale.web=0')
  expect((await clone.push()).stderr).toContain('deployed in')
})
afterAll(() => world.dispose())

/** A shell's lines on a terminal of their own, as an administrator types them; what then stands on the screen. */
async function onTerminal(lines: string): Promise<string> {
  const file = join(world.scratch, `lines-${Math.random().toString(36).slice(2)}`)
  writeFileSync(file, lines)
  const ended = await world.run(['script', '-qec', `stty cols 97 rows 31; bash ${file}`, '/dev/null'])
  return ended.stdout.replaceAll('\r', '')
}
const run = `${corpusCommand} run ${name} --`

test('what it types into a terminal is never typed into the caller’s', async () => {
  // TIOCSTI: as if somebody had typed it.
  const typing = `perl -e 'for my $tty (*STDIN, *STDOUT, *STDERR) { ioctl($tty, 0x5412, $_) for split //, "injected\\n" }'`
  const screen = await onTerminal(`${run} ${typing}\nread -t 2 line\necho "then: <$line>"\n`)
  expect(screen).toContain('then: <>')
})

test('it has a session and a terminal of its own, of the size of the caller’s, that it can open by name', async () => {
  const look = `sh -c 'echo "session $(ps -o sid= -p $$)"; tty; stty size; echo opened > "$(tty)"; ps -o tty= -p $$'`
  const screen = await onTerminal(`echo "mine $(ps -o sid= -p $$)"; tty; ${run} ${look}; echo "ended with $?"\n`)
  const [mine, session] = ['mine', 'session'].map(word => new RegExp(`${word} +(\\d+)`).exec(screen)?.[1])
  const terminals = [...screen.matchAll(/^\/dev\/pts\/\d+$/gm)].map(String)
  expect(session).toMatch(/^\d+$/)
  expect(session).not.toBe(mine)
  expect(new Set(terminals).size).toBe(2)
  expect(screen).toContain('31 97\n')
  expect(screen).toContain('opened\n')
  expect(screen).toContain('ended with 0')
})

test('its status, its signals and the caller’s terminal are what they were', async () => {
  const screen = await onTerminal(
    `before=$(stty -g)
${run} sh -c 'exit 7'; echo "status $?"
${run} sh -c 'kill -9 $$'; echo "status $?"
${run} sh -c 'stty raw -echo; exit 3'; echo "status $?"
[ "$before" = "$(stty -g)" ] && echo the same settings
${run} sh -c 'echo said >&2' 2> ${world.scratch}/errors; echo "elsewhere: $(cat ${world.scratch}/errors)"
`,
  )
  expect(screen.match(/status \d+/g)).toEqual(['status 7', 'status 137', 'status 3'])
  expect(screen).toContain('the same settings')
  expect(screen).toContain('elsewhere: said')
})

test('the terminal is itself again after whoever runs the command was killed', async () => {
  const killer = `(while ! [ -e ${world.scratch}/up ]; do sleep 0.05; done; kill -9 $(pgrep -f "/main.cjs run ${name} -- sh -c")) &`
  const up = `(while ! pgrep -f '/main.cjs run ${name} -- sh -c' > ${world.scratch}/pids; do sleep 0.05; done; sleep 0.5; touch ${world.scratch}/up) &`
  const screen = await onTerminal(
    `before=$(stty -g)
${killer}
${up}
${run} sh -c 'sleep 1000'
for turn in $(seq 100); do [ "$before" = "$(stty -g)" ] && break; sleep 0.1; done
[ "$before" = "$(stty -g)" ] && echo the same settings
`,
  )
  expect(screen).toContain('Killed')
  expect(screen).toContain('the same settings')
})

test('without a terminal of its own it finds none, and bytes go through as they are', async () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256))
  const through = await new Promise<Buffer>((resolve, reject) => {
    const child = spawn(corpusCommand, ['run', name, '--', 'cat'], { env: world.env })
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
    child.on('error', reject)
    child.on('close', () => resolve(Buffer.concat(pieces)))
    child.stdin.end(bytes)
  })
  expect(through.equals(bytes)).toBe(true)
  const screen = await onTerminal(
    `${run} sh -c ': < /dev/tty' < /dev/null | cat\n${run} sh -c 'ls -l /proc/self/fd' | cat\n`,
  )
  expect(screen).toMatch(/cannot open \/dev\/tty/)
  expect(screen).not.toContain('/dev/pts')
  const ended = await world.run([corpusCommand, 'run', name, '--', 'sh', '-c', 'echo out; echo err >&2; exit 5'])
  expect(ended).toEqual({ status: 5, stdout: 'out\n', stderr: 'err\n' })
})

test('a signal to whoever runs it reaches the command', async () => {
  const child = spawn(
    corpusCommand,
    ['run', name, '--', 'sh', '-c', 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done'],
    {
      env: world.env,
    },
  )
  let said = ''
  child.stdout.on('data', (piece: Buffer) => {
    said += piece
  })
  const end = new Promise<number | null>(resolve => child.on('close', resolve))
  await eventually('it is up', () => said.includes('up'))
  child.kill('SIGTERM')
  expect(await end).toBe(9)
})
