/** Go for real: a program with a package of its own, built by the toolchain of the machine. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('gopher')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', '--set', 'environment.CGO_ENABLED=0')
})
afterAll(() => world.dispose())

/** Of the standard library only what is needed: a toolchain without caches compiles all of it first. */
const main = (greeting: string) => `package main

import (
	"bufio"
	"net"
	"os"

	"example.org/hello/greet"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stderr.WriteString("listening\\n")
	for {
		connection, err := listener.Accept()
		if err != nil {
			continue
		}
		bufio.NewReader(connection).ReadString('\\n')
		program, _ := os.Executable()
		body := "{\\"greeting\\":\\"" + greet.Greet("${greeting}") + "\\",\\"program\\":\\"" + program + "\\"}"
		connection.Write([]byte("HTTP/1.0 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n" + body))
		connection.Close()
	}
}
`
const files = {
  'go.mod': 'module example.org/hello\n\ngo 1.19\n',
  'main.go': main('one'),
  'greet/greet.go':
    'package greet\n\nimport "strings"\n\nfunc Greet(name string) string { return strings.Join([]string{"Hello", name}, ", ") }\n',
}

test('a Go program is built, runs as one file, and goes back', { timeout: 300_000 }, async () => {
  clone = await world.clone(name, files)
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const first = await answerOf<Record<string, string>>(world, name)
  const tree = realpathSync(world.path(name, 'project'))
  expect(first).toEqual({ greeting: 'Hello, one', program: join(tree, 'bin', 'app') })
  expect((await world.must('logs', name, '--app')).stdout).toContain('listening')
  expect(existsSync(world.path(name, 'build', 'cache', 'go-build'))).toBe(true)

  await clone.commit({ 'main.go': main('two') })
  expect((await clone.push()).status).toBe(0)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'Hello, two' })

  await clone.commit({ 'main.go': 'package main\n\nfunc main() { no such thing }\n' })
  const refused = await clone.push()
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('main.go:3')
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'Hello, two' })

  await world.must('rollback', name)
  expect(await answerOf(world, name)).toEqual(first)
})

test('final mode runs the program of the archive from cooking, without a compiler', async () => {
  const { release } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const production = makeWorld()
  try {
    const account = uniqueName('live')
    const settings = [`release_artifacts_urls=["file:${archive}"]`, `user=${account}`, `group=${account}`]
    const set = settings.flatMap(setting => ['--set', setting])
    await production.must('init', name, '--mode', 'final', '--installer', 'go', ...set)
    const clone = await production.clone(name, { 'README.md': 'the archive has the rest' })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(pushed.stderr).not.toContain('program-app')
    const answer = await answerOf<Record<string, string>>(production, name)
    expect(answer['greeting']).toBe('Hello, one')
    expect(dirname(dirname(answer['program'] ?? ''))).toBe(realpathSync(production.path(name, 'project')))
  } finally {
    await production.dispose()
  }
})

test("flags of the project's own count beside those of the installer", async () => {
  await world.must(
    'config',
    'set',
    name,
    'go.flags=-trimpath -tags=loud',
    'environment.GOFLAGS=-ldflags=-X=main.mark=set',
  )
  const volume = (text: string) => `package main\n\nconst volume = "${text}"\n`
  const body = main('x').replace('greet.Greet("x")', 'greet.Greet(volume + mark)')
  await clone.commit({
    'main.go': body.replace('func main', 'var mark string\n\nfunc main'),
    'loud.go': `//go:build loud\n\n${volume('loud')}`,
    'quiet.go': `//go:build !loud\n\n${volume('quiet')}`,
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(await answerOf(world, name)).toMatchObject({ greeting: 'Hello, loudset' })
})
