/** What people type: one command to begin with, help on a screen, words of other tools, completion, a NAME that the clone knows. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foreignWords } from '../../src/cli/foreign.ts'
import { commands, usageOf } from '../../src/controller/reference/commands.ts'
import { dangerous, groups } from '../../src/controller/reference/groups.ts'
import { corpusCommand, type Ended, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('words')
/** Without what the world adds for other stories. */
const corpus = (words: readonly string[], cwd = world.scratch): Promise<Ended> =>
  world.run([corpusCommand, ...words], { cwd })
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

async function freshClone(folder: string): Promise<string> {
  const path = join(world.scratch, folder)
  mkdirSync(path)
  await world.run(['git', 'init', '-q', '-b', 'main', path])
  return path
}

test('init alone, in a clone, makes a project in which a push runs, and says so in three lines', async () => {
  const clone = await freshClone(`${name.toUpperCase()}.git`)
  const { status, stdout, stderr } = await corpus(['init'], clone)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^mode {7}cooking: /),
    expect.stringMatching(/^installer {2}auto: /),
    expect.stringMatching(/^push {7}git push corpus main {6}\(this clone has the remote corpus now\)$/),
  ])
  writeFileSync(join(clone, 'Procfile'), 'job: echo began; exec sleep 1000\n')
  await world.run(['git', 'add', '.'], { cwd: clone })
  await world.run(['git', 'commit', '-qm', 'Begin'], { cwd: clone })
  const pushed = await world.run(['git', 'push', 'corpus', 'main'], { cwd: clone })
  expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
  const here = JSON.parse((await corpus(['status', '--json'], clone)).stdout)
  expect(here).toMatchObject({ name, mode: 'cooking', state: 'live', processes: [{ name: 'job.1' }] })
})

test('a name that is made of a folder’s is told where it is another, without accents and spaces', async () => {
  const folder = `Ünser Läden_${uniqueName('x')}`
  const { stdout } = await corpus(['init'], await freshClone(folder))
  const told = /^name {7}(\S+)\n/.exec(stdout)?.[1] ?? ''
  expect(told).toMatch(/^unser-laden_x/)
  expect((await corpus(['status', told])).status).toBe(0)
  const again = await corpus(['destroy', 'nobody', '--confirm', 'nobody'])
  expect(again.stderr).toContain('`corpus init nobody`')
})

test('--verbose says all that was made; outside of a clone NAME is wanted, and the way to push is told', async () => {
  const other = uniqueName('wordy')
  const { stdout } = await corpus(['init', other, '--verbose'])
  expect(stdout).toContain(`made ${world.path(other, 'git', 'project.git')}`)
  expect(stdout).toContain(`push       in a clone: corpus remote add ${other} && git push corpus HEAD:master`)
  expect(await corpus(['init'])).toMatchObject({ status: 2, stderr: expect.stringContaining('Name the project') })
})

test('a platform gives the mode, and one that nobody knows is refused', async () => {
  for (const [env, mode] of [
    ['dev', 'editable'],
    ['staging', 'cooking'],
    ['prod', 'final'],
  ] as const) {
    const other = uniqueName(env)
    expect((await corpus(['init', other, '--env', env])).stdout).toContain(`mode       ${mode}: `)
  }
  const never = uniqueName('never')
  const refused = await corpus(['init', never, '--env', 'production'])
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('PLATFORM_UNKNOWN') })
  expect(existsSync(world.path(never))).toBe(false)
  expect((await corpus(['init', never, '--env', 'production', '--mode', 'final'])).status).toBe(0)
  const later = await corpus(['config', 'set', name, 'default_env=prodd'])
  expect(later).toMatchObject({ status: 2, stderr: expect.stringContaining('Did you mean prod?') })
})

test('a clone whose remote corpus is another project keeps it, and the way out is told', async () => {
  const clone = await freshClone('taken')
  await world.run(['git', 'remote', 'add', 'corpus', 'https://example.org/else.git'], { cwd: clone })
  const { status, stdout } = await corpus(['init', uniqueName('taken')], clone)
  expect([status, stdout]).toEqual([0, expect.stringContaining('names https://example.org/else.git already')])
})

test('in a clone NAME is known from its remote, but not where something would be destroyed', async () => {
  const clone = join(world.scratch, `${name.toUpperCase()}.git`)
  expect(await corpus(['config', 'get', 'mode'], clone)).toMatchObject({ status: 0, stdout: 'cooking\n' })
  expect((await corpus(['env', 'set', 'COLOUR=red'], clone)).stdout).toContain('set COLOUR')
  expect((await corpus(['env', 'list', '--reveal'], clone)).stdout).toBe('COLOUR=red\n')
  expect((await corpus(['run', 'sh', '-c', 'echo "$1"', '-', '--json'], clone)).stdout).toBe('--json\n')
  expect((await corpus(['releases'], clone)).stdout).toContain('succeeded')
  expect(await corpus(['destroy', '--confirm', name], clone)).toMatchObject({ status: 2 })
  expect((await corpus(['status', 'nobody'], clone)).stderr).toContain('There is no project nobody')
  const lost = await corpus(['status'])
  expect(lost).toMatchObject({ status: 2, stderr: expect.stringMatching(/^corpus: Name the project\. .*\(USAGE\)\n/) })
  expect(lost.stderr).toContain(name)
})

test('run takes the words of a command as they are, with -- and without', async () => {
  for (const words of [
    ['run', name, 'printf', '%s', '-x'],
    ['run', name, '--', 'printf', '%s', '-x'],
    ['exec', name, 'printf', '%s', '-x'],
    ['run', '-a', name, 'printf', '%s', '-x'],
  ])
    expect([words, (await corpus(words)).stdout]).toEqual([words, '-x'])
  expect((await corpus(['run', name, 'echo', '--root=/nowhere'])).stdout).toBe('--root=/nowhere\n')
})

test('the help of every day fits on a screen, and every command is in one group of the whole', async () => {
  const { stdout } = await corpus(['--help'])
  const lines = stdout.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(24)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect((await corpus([])).stdout).toBe(stdout)
  const grouped = groups.flatMap(group => group.commands)
  expect([...grouped].sort()).toEqual(commands.map(one => one.name).sort())
  const whole = (await corpus(['help', '--all'])).stdout
  for (const one of commands) expect(whole).toContain(`\n  ${usageOf(one)} `)
  expect((await corpus(['help', 'config', 'set'])).stdout).toContain('Example: corpus config set')
})

test('words of other tools are ours, or lead to ours by a sentence', async () => {
  expect((await corpus(['apps'])).stdout).toBe((await corpus(['list'])).stdout)
  expect((await corpus(['apps:list'])).stdout).toContain(name)
  expect((await corpus(['config:get', name])).stderr).toContain('`corpus env set|unset|list NAME`')
  expect((await corpus(['stop', name])).stderr).toContain('scale web=0')
  expect((await corpus(['delete', name])).stderr).toContain('NOT_CONFIRMED')
  expect((await corpus(['restart', name])).stdout).toContain('activate')
  expect((await corpus(['scale', name, 'job=2'])).status).toBe(0)
  expect((await corpus(['ps:scale', name, 'job=1'])).status).toBe(0)
  expect((await corpus(['env:list', name, '--reveal'])).stdout).toBe('COLOUR=red\n')
  expect((await corpus(['logs', name, '-f'])).status).toBe(0)
  expect((await corpus(['version'])).stdout).toMatch(/^\d+\.\d+/)
  expect((await corpus(['freeze', name])).stdout).toContain(`${name} is frozen`)
  expect((await corpus(['unlock', name])).stdout).toContain(`${name} is not frozen`)
  expect((await corpus(['app', 'logs', name])).stdout).toBe((await corpus(['logs', name, '--app'])).stdout)
  expect((await corpus(['remove', name])).stderr).toContain('corpus destroy NAME')
  expect((await corpus(['restart', name, 'job'])).stderr).toContain('restart takes no words')
  expect((await corpus(['run', '-it', name, 'echo', '-it'])).stdout).toBe('-it\n')
  const port = await corpus(['env', 'set', name, 'PORT=1'])
  expect([port.status, port.stderr]).toEqual([0, expect.stringContaining('PORT of a process is what corpus hands out')])
  await corpus(['env', 'unset', name, 'PORT'])
  for (const word of foreignWords.filter((_, at) => at % 9 === 0)) {
    const { status, stderr } = await corpus([...word.split(' '), '--nonsense'])
    expect([word, status, stderr.includes('Unknown command')]).toEqual([
      word,
      ['version', '-v'].includes(word) ? 0 : 2,
      false,
    ])
  }
})

test('the nearest word is told, but never a dangerous one', async () => {
  expect((await corpus(['statsu', name])).stderr).toContain('Did you mean status?')
  for (const command of dangerous) {
    const words = command.split(' ').map(word => `${word.slice(0, -2)}${word.at(-1)}${word.at(-2)}`)
    const { status, stderr } = await corpus([...command.split(' ').slice(0, -1), words.at(-1) ?? '', name])
    expect([command, status, stderr.includes(`mean ${command.split(' ').at(-1)}?`)]).toEqual([command, 2, false])
  }
})

test('bash completes commands, their words, options and projects', async () => {
  const file = join(world.scratch, 'completion.bash')
  writeFileSync(file, (await corpus(['completion', 'bash'])).stdout)
  const complete = async (...words: string[]) => {
    const script = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _corpus; printf '%s\\n' "\${COMPREPLY[@]}"`
    const ended = await world.run(['bash', '-c', script, 'bash', file, 'corpus', ...words])
    expect(ended.stderr).toBe('')
    return ended.stdout.trim().split('\n')
  }
  expect(await complete('rol')).toEqual(['rollback'])
  expect(await complete('config', '')).toEqual(['get', 'set', 'unset'])
  expect(await complete('status', name.slice(0, -1))).toEqual([name])
  expect(await complete('env', 'set', name.slice(0, -1))).toEqual([name])
  expect(await complete('init', '--inst')).toEqual(['--installer'])
  for (const [shell, check] of [
    ['zsh', ['zsh', '-n']],
    ['fish', ['fish', '--no-execute']],
  ] as const) {
    const written = join(world.scratch, `completion.${shell}`)
    writeFileSync(written, (await corpus(['completion', shell])).stdout)
    expect(readFileSync(written, 'utf8')).toContain('rollback')
    // Where that shell is here, it says whether it can read it.
    if ((await world.run(['sh', '-c', `command -v ${shell}`])).status === 0)
      expect(await world.run([...check, written])).toMatchObject({ status: 0, stderr: '' })
  }
  expect((await corpus(['completion', 'tcsh'])).status).toBe(2)
})

test('the manual page names every command, and man reads it', async () => {
  const page = join(world.scratch, 'corpus.1')
  writeFileSync(page, (await corpus(['man'])).stdout)
  for (const one of commands)
    expect(readFileSync(page, 'utf8')).toContain(`corpus ${usageOf(one)}\n`.replaceAll('-', '\\-'))
  if ((await world.run(['sh', '-c', 'command -v man'])).status !== 0) return
  const read = await world.run(['man', '--warnings', '-l', page], { env: { MANPAGER: 'cat', MANWIDTH: '100' } })
  expect([read.status, read.stderr]).toEqual([0, ''])
})

test('a release is meant by its name, a commit or the word previous; for anything else those that can be gone back to are told', async () => {
  const other = uniqueName('named')
  await world.must('init', other, '--mode', 'final')
  const clone = await world.clone(other, { page: 'one' })
  const first = await clone.push()
  const commit = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  expect(first.status).toBe(0)
  await clone.commit({ page: 'two' })
  expect((await clone.push()).status).toBe(0)
  const runs = async () => (await world.json('status', other))['release_name']
  for (const [word, name] of [['v1', 'v1'], ['V2', 'v2'], [commit.slice(0, 7), 'v1'], ['previous', 'v2']] as const) {
    await world.must('rollback', other, word)
    expect([word, await runs()]).toEqual([word, name])
  } // biome-ignore format: a row each
  for (const word of ['HEAD~1', 'latest', '3', 'abcdef1', '']) {
    const refused = await world.corpus('rollback', other, word)
    expect([word, refused.status]).toEqual([word, 4])
    expect(refused.stderr).toContain(`Those that can: v2 (`)
    expect(refused.stderr).toContain(`v1 (${commit.slice(0, 10)})`)
  }
})
