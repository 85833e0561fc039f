/** Samples of other platforms, pushed as a stranger pushes them: their Procfiles name what those platforms bring. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

type Files = Readonly<Record<string, string>>

/** The application's first page, with what else the push said. */
async function served(
  word: string,
  files: Files,
  path = '/',
): Promise<{ said: string; page: string; names: string[] }> {
  const name = uniqueName(word)
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
  const pushed = await (await world.clone(name, files)).push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const { url, processes } = await statusOf(world, name)
  const response = await fetch(new URL(path, url ?? 'http://127.0.0.1:1'))
  const page = `${response.status} ${(await response.text()).trim()}`
  return { said: pushed.stderr, page, names: processes.map(one => one.name) }
}

const go = `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Args[1:]) })
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
`

test('a program of Go is found by the name that its Procfile has for it, with bin/ and without', async () => {
  const name = uniqueName('gopher')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
  const clone = await world.clone(name, {
    'go.mod': 'module github.com/heroku/go-getting-started\n\ngo 1.19\n',
    'main.go': go,
  })
  for (const program of ['bin/go-getting-started', 'go-getting-started']) {
    await clone.commit({ Procfile: `web: ${program} ${program}\n` })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    const { url } = await statusOf(world, name)
    expect(await (await fetch(url ?? '')).text()).toBe(`[${program}]`)
  }
}, 300_000)

test('the web server of PHP that a Procfile asks for is the one that is here, with its document root', async () => {
  const files = {
    'index.php': 'not this',
    'web/index.php': '<?php echo "php ", $_SERVER["REQUEST_URI"];',
    Procfile: 'web: heroku-php-apache2 -C apache.conf web/\n',
  }
  const { said, page } = await served('elephant', files, '/a/b')
  expect(page).toBe('200 php /a/b')
  expect(said).toContain('heroku-php-apache2')
})

test('a Procfile with workers alone keeps the web server of PHP', async () => {
  const files = { 'public/index.php': '<?php echo "php";', Procfile: 'worker: sleep 1000\nrelease: echo ready\n' }
  const { page, names } = await served('worker', files)
  expect([page, [...names].sort()]).toEqual(['200 php', ['web.1', 'worker.1']])
})

test('a start script that calls one for development is not what serves a built site', async () => {
  const make = "require('fs').mkdirSync('public'); require('fs').writeFileSync('public/index.html', 'built')"
  const scripts = { build: `node -e "${make}"`, develop: 'gatsby develop', start: 'npm run develop' }
  const files = { 'package.json': JSON.stringify({ name: 'site', version: '1.0.0', scripts }) }
  const { page, said, names } = await served('gatsby', files)
  expect([page, names]).toEqual(['200 built', []])
  expect(said).toContain('server for development')
})
