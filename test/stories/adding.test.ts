/** The worked examples of docs/adding.md, in a copy of the source: it compiles, and they do what the page says. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const home = join(import.meta.dirname, '../..')
const page = readFileSync(join(home, 'docs/adding.md'), 'utf8')

let world: World
let copy: string
beforeAll(() => {
  world = makeWorld()
  copy = mkdtempSync(join(tmpdir(), 'corpus-adding-'))
  for (const part of ['src', 'installers', 'scripts', 'package.json', 'tsconfig.json'])
    cpSync(join(home, part), join(copy, part), { recursive: true })
  symlinkSync(join(home, 'node_modules'), join(copy, 'node_modules'))
  for (const [, words = '', text = ''] of page.matchAll(/^```\w+ (.*)\n([\s\S]*?)^```$/gm)) put(words, text)
})
afterAll(async () => {
  await world.dispose()
  rmSync(copy, { recursive: true, force: true })
})

/** `file=PATH`, or `into=PATH after="LINE"`. */
function put(words: string, text: string): void {
  const [, file] = /^file=(\S+)$/.exec(words) ?? []
  const [, into, line] = /^into=(\S+) after="(.*)"$/.exec(words) ?? []
  const path = join(copy, file ?? into ?? '')
  if (file !== undefined) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return
  }
  const before = readFileSync(path, 'utf8')
  expect(before, `the line of docs/adding.md is in ${into}`).toContain(`${line}\n`)
  writeFileSync(
    path,
    before.replace(`${line}\n`, found => found + text),
  )
}

const node = (...words: string[]) => world.run([process.execPath, ...words], { cwd: copy })

test('the house compiles with them, and imports go down its floors', async () => {
  const words = ['--noEmit', '--incremental', 'false', '--tsBuildInfoFile', 'null', '-p', 'only-src.json']
  writeFileSync(join(copy, 'only-src.json'), JSON.stringify({ extends: './tsconfig.json', include: ['src'] }))
  const types = await node('node_modules/typescript/bin/tsc', ...words)
  expect([types.stdout, types.status]).toEqual(['', 0])
  const floors = await node('scripts/floors.mjs')
  expect([floors.stderr, floors.status]).toEqual(['', 0])
}, 240_000)

test('the state and the function are there for state files', async () => {
  const salt = join(world.scratch, 'salt')
  mkdirSync(salt)
  const file = join(world.scratch, 'greeting')
  writeFileSync(
    join(salt, 'main.sls'),
    `{% set side = salt['random.coin']() %}\n${file}:\n  greeting.written:\n    - text: Welcome {{ side }}\n`,
  )
  const applied = await node('src/main.ts', 'states', 'apply', 'main', '--file-root', salt, `--root=${world.root}`)
  expect(applied.status, applied.stdout + applied.stderr).toBe(0)
  expect(readFileSync(file, 'utf8')).toMatch(/^Welcome (heads|tails)\n$/)
})

test('the request is a command', async () => {
  const name = uniqueName('adding')
  await world.must('init', name, '--mode', 'final')
  const asked = await node('src/main.ts', 'commit', name, `--root=${world.root}`)
  expect([asked.stdout, asked.status]).toEqual([`${name}: nothing runs yet\n`, 0])
  const help = await node('src/main.ts', 'commit', '--help')
  expect(help.stdout).toContain('Says which commit of a project runs.')
})

test('the installer finds its trees', async () => {
  const name = uniqueName('zola')
  await world.must('init', name, '--mode', 'final', '--installer', join(copy, 'installers', 'zola'))
  const { stdout } = await world.must('config', 'get', name, 'installer')
  expect(stdout).toContain('zola')
})

test('the procedure has its column in the modes', async () => {
  const { stdout, status } = await node('src/main.ts', 'modes')
  expect(status).toBe(0)
  expect(stdout).toMatch(/stamp +run +run +run/)
})
