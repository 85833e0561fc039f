/** Packages of the npm registry, pushed as they are used: built, installed without a lock file, and served. */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusOf, trusted, trustSettings } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

async function made(word: string, mode: string): Promise<string> {
  const name = uniqueName(word)
  await world.must('init', name, '--mode', mode, '--installer', 'auto', ...trustSettings())
  return name
}

async function page(name: string, path = '/'): Promise<{ status: number; text: string; type: string | null }> {
  const { url } = await statusOf(world, name)
  const response = await fetch(new URL(path, url ?? 'http://127.0.0.1:1'))
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

test('Express without a lock file is installed, with a notice, and answers', async () => {
  const name = await made('express', 'cooking')
  const server = "require('express')().get('/', (_, a) => a.send('express')).listen(process.env.PORT, '127.0.0.1')"
  const clone = await world.clone(name, {
    'package.json': JSON.stringify({ name: 'a', version: '1.0.0', main: 'index.js', dependencies: { express: '4' } }),
    'index.js': server,
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(pushed.stderr).toContain('there is no lock file')
  expect(await page(name)).toMatchObject({ status: 200, text: 'express' })
})

test('a Procfile that calls a package manager which is not here has npm bring it', async () => {
  const name = await made('yarn', 'cooking')
  const clone = await world.clone(name, {
    'package.json': JSON.stringify({
      name: 'a',
      version: '1.0.0',
      scripts: { serve: 'node x.js' },
      dependencies: { ms: '2.1.3' },
    }),
    'yarn.lock': `# yarn lockfile v1\n\n\nms@2.1.3:\n  version "2.1.3"\n  resolved "https://registry.npmjs.org/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2"\n  integrity sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==\n`,
    Procfile: 'web: yarn run --silent serve\n',
    'x.js': "require('http').createServer((q, a) => a.end(require('ms')(60000))).listen(process.env.PORT, '127.0.0.1')",
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(await page(name)).toMatchObject({ status: 200, text: '1m' })
}, 240_000)

test('a single-page application is built by Vite and served with every path leading to its page', async () => {
  const name = await made('vite', 'cooking')
  const clone = await world.clone(name, {
    'package.json': JSON.stringify({
      name: 'a',
      version: '1.0.0',
      type: 'module',
      scripts: { dev: 'vite', build: 'vite build', start: 'vite' },
      devDependencies: { vite: '5' },
    }),
    'index.html': '<html><body><script type="module" src="/src/main.js"></script></body></html>',
    'src/main.js': "document.title = 'built ' + import.meta.env.MODE",
    '.gitignore': 'node_modules\ndist\n',
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const start = await page(name)
  expect(start.status).toBe(200)
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(start.text)?.[1] ?? ''
  expect((await page(name, script)).text).toContain('built production')
  expect(await page(name, '/users/7')).toEqual(start)
  expect(await page(name, '/package.json')).toEqual(start)
})

test('a site of pages is built by Astro, and a path that has no page is not found', async () => {
  const name = await made('astro', 'cooking')
  const clone = await world.clone(name, {
    'package.json': JSON.stringify({
      name: 'a',
      version: '1.0.0',
      type: 'module',
      scripts: { dev: 'astro dev', start: 'astro dev', build: 'astro build' },
      dependencies: { astro: '5' },
    }),
    'src/pages/index.astro': '---\nconst word = "star"\n---\n<h1>a {word}</h1>\n',
    'src/pages/about.astro': '<p>about</p>\n',
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect((await page(name)).text).toContain('<h1>a star</h1>')
  expect((await page(name, '/about')).text).toContain('about')
  expect((await page(name, '/nowhere')).status).toBe(404)
}, 240_000)

test('reveal.js, which has a start script for development alone, is served as it was packed', async () => {
  const name = await made('reveal', 'final')
  const words = ['install', '--loglevel=error', '--ignore-scripts', '--prefix', world.scratch, 'reveal.js@5']
  const packed = await world.run(['npm', ...words], {
    env: { npm_config_cache: join(world.scratch, 'npm'), ...trusted() },
  })
  expect(packed.status, packed.stderr).toBe(0)
  const clone = await world.clone(name, {})
  const from = join(world.scratch, 'node_modules', 'reveal.js')
  cpSync(from, clone.folder, { recursive: true })
  await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect((await page(name)).text).toBe(readFileSync(join(from, 'index.html'), 'utf8'))
  expect(await page(name, '/dist/reveal.js')).toMatchObject({
    status: 200,
    type: expect.stringContaining('javascript'),
  })
  expect((await page(name, '/.git')).status).toBe(404)
})
