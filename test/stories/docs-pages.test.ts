/** The pages are true: the files that a page of docs/ shows are pushed as it says, with the framework itself, and answer what it says. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { trustSettings } from '../support/applications.ts'
import { composerOfDebian } from '../support/debian-php.ts'
import { makeBase, type OwnEngine, ownEngine } from '../support/docker.ts'
import { type Example, examplesOf } from '../support/pages.ts'
import { type Clone, corpusCommand, eventually, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = makeWorld()
  await declareMirrors()
})
afterAll(() => world.dispose())

/** Where this machine takes packages of Python from, said for all projects as its documentation has it. */
async function declareMirrors(): Promise<void> {
  const asked = await world.run(['pip', 'config', 'get', 'global.extra-index-url'], { env: { HOME: homedir() } })
  const [first, ...others] = asked.stdout.trim().split(/\s+/)
  if (asked.status !== 0 || !first) return
  mkdirSync(join(world.root, 'corpus'), { recursive: true })
  const lines = [`PIP_INDEX_URL=${first}`, ...(others.length > 0 ? [`PIP_EXTRA_INDEX_URL=${others.join(' ')}`] : [])]
  writeFileSync(join(world.root, 'corpus', 'environment'), `${lines.join('\n')}\n`, { mode: 0o644 })
}

const pages = ['tutorial.md', ...readdirSync(join(home, 'docs', 'frameworks')).map(name => `frameworks/${name}`)]
const examples = pages.flatMap(examplesOf)

/** What an example needs of this machine, beyond what its page says. */
interface Need {
  /** Commands that succeed where it is here. */
  readonly has?: readonly string[]
  /** A sentence where it cannot be had. */
  readonly lacks?: () => Promise<string | null>
  readonly settings?: () => readonly string[]
  /** Done in the project before the push: the folder of the clone has the files. */
  readonly before?: (name: string, clone: Clone) => Promise<void>
}

const debianGems = ['BUNDLE_PATH=null', 'BUNDLE_DEPLOYMENT=null', 'BUNDLE_PATH__SYSTEM=true', 'BUNDLE_FROZEN=true']
const gems = (...names: readonly string[]): Need => ({
  has: [`ruby -e '${names.map(one => `gem %q(${one})`).join('; ')}'`, 'bundle --version'],
  settings: () => debianGems.map(one => `environment.${one}`),
  async before(_, clone) {
    const locked = await world.run(['bundle', 'lock', '--local'], {
      cwd: clone.folder,
      env: { PATH: process.env['PATH'] },
    })
    expect(locked.status, locked.stderr).toBe(0)
    await clone.commit({})
  },
})

let engine: OwnEngine | null = null
afterAll(() => engine?.end())

const needs: Readonly<Record<string, Need>> = {
  'Hello from Go': { has: ['command -v go'] },
  'Hello from PHP': { has: ['command -v php-fpm8.2'] },
  'Hello from Rails': gems('rails', 'puma'),
  'Hello from Sinatra': gems('sinatra', 'puma'),
  'Hello from Rack': { has: ['command -v rackup'] },
  // Of Debian: it is the framework itself, and no index is asked.
  'Hello from FastAPI': {
    has: ["/usr/bin/python3 -c 'import fastapi, uvicorn'"],
    settings: () => ['python.system_packages=true', 'environment.PIP_NO_INDEX=1'],
  },
  'Hello from Symfony': {
    has: ['command -v composer', 'command -v php-fpm8.2'],
    lacks: async () => (composerOfDebian() === null ? 'php-symfony-framework-bundle is not installed' : null),
    before: name => composerTakes(name, composerOfDebian() ?? ''),
  },
  // Laravel is in no registry that is reached here: its layout is pushed, and a stand-in plays the framework.
  'Hello from Laravel': {
    has: ['command -v composer', 'command -v php-fpm8.2'],
    async before(name, clone) {
      const framework = join(world.scratch, 'laravel-stand-in')
      mkdirSync(framework, { recursive: true })
      const played = "<?php\nnamespace Illuminate\\Foundation;\nclass Application { const VERSION = 'stand-in'; }\n"
      writeFileSync(join(framework, 'Application.php'), played)
      await composerTakes(name, composerOfDebian([standIn(framework)]) ?? '')
      await clone.commit(laravel)
    },
  },
  'Hello from a container': {
    async lacks() {
      const started = await ownEngine()
      if (typeof started === 'string') return started
      engine = started
      makeBase(engine, world.scratch, 'busybox:1')
      return null
    },
    settings: () => [`docker.engine=${engine?.socket}`, 'docker.network=host'],
  },
}

const standIn = (url: string) => ({
  type: 'package',
  package: {
    name: 'laravel/framework',
    version: '11.0.0',
    dist: { type: 'path', url },
    'transport-options': { symlink: false },
    autoload: { 'psr-4': { 'Illuminate\\Foundation\\': '' } },
  },
})

const laravel = {
  'composer.json': '{ "require": { "laravel/framework": "^11.0" } }\n',
  artisan: `#!/usr/bin/env php
<?php
require __DIR__ . '/vendor/autoload.php';
if ($argv[1] === 'migrate') file_put_contents(getenv('CORPUS_DATA') . '/migrated', implode(' ', array_slice($argv, 1)));
if ($argv[1] === 'queue:work') while (true) sleep(60);
`,
  'public/index.php': `<?php
require __DIR__ . '/../vendor/autoload.php';
$migrated = file_get_contents(getenv('CORPUS_DATA') . '/migrated');
echo 'Hello from Laravel ', Illuminate\\Foundation\\Application::VERSION, ' after ', $migrated;
`,
}

/** Composer's own configuration of the project's account. */
async function composerTakes(name: string, configuration: string): Promise<void> {
  const folder = world.path(name, 'build', 'cache', 'composer')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), configuration)
  for (const one of [world.path(name, 'build', 'cache'), folder]) chmodSync(one, 0o777)
  chmodSync(join(folder, 'config.json'), 0o644)
}

test('every framework has a page, and each page shows an application that is pushed here', () => {
  expect(pages.length).toBeGreaterThanOrEqual(11)
  for (const page of pages) expect([page, examplesOf(page).length > 0]).toEqual([page, true])
  for (const { answer, files } of examples) expect([answer, Object.keys(files).length > 0]).toEqual([answer, true])
  for (const answer of Object.keys(needs)) expect(examples.map(one => one.answer)).toContain(answer)
})

async function lacking({ has = [], lacks }: Need): Promise<string | null> {
  for (const command of has) {
    const found = await world.run(['sh', '-c', command], { env: { PATH: `${process.env['PATH']}:/usr/sbin` } })
    if (found.status !== 0) return `${command} fails`
  }
  return (await lacks?.()) ?? null
}

const named = examples.map(example => [example.page, example.answer, example] as const)

test.each(named)(
  '%s: what it shows is deployed by init and push: %s',
  { timeout: 600_000 },
  async (_page, _answer, { files, path, answer }: Example) => {
    const need = needs[answer] ?? {}
    const lack = await lacking(need)
    if (lack !== null) return console.warn(`skipped: ${answer}: ${lack}`)
    const name = uniqueName('page')
    const made = await world.run([corpusCommand, 'init', name])
    expect([made.status, made.stderr]).toEqual([0, ''])
    const trust = trustSettings().filter(one => one !== '--set')
    const settings = [...trust, ...(need.settings?.() ?? [])]
    if (settings.length > 0) await world.must('config', 'set', name, ...settings)
    const clone = await world.clone(name, files)
    await need.before?.(name, clone)
    const pushed = await clone.push()
    expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
    const { url } = await world.json<{ url: string | null }>('status', name)
    const answered = await eventually('it answers', async () => (await fetch(new URL(path, url ?? ''))).text())
    expect(answered).toContain(answer)
    await world.must('destroy', name, '--confirm', name)
  },
)
