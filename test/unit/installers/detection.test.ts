import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { folderFiles } from '../../../src/kernel/tree-files.ts'
import { loadConfiguration } from '../../../src/project/configuration.ts'
import { refuseOddApplication } from '../../../src/project/recognised.ts'
import { folderTree } from '../../../src/project/tree.ts'
import { plain } from '../../../src/salt/python/plain.ts'

const installers = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'installers')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-detection-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

type Files = Readonly<Record<string, string>>

async function read(files: Files, settings: Readonly<Record<string, string>> = {}) {
  const tree = join(root, 'tree')
  mkdirSync(tree)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
  const layout = projectLayout(root, projectName('demo'))
  const given = { installer: 'auto', mode: 'cooking', ...settings }
  const fresh = await loadConfiguration(layout, folderTree(tree), installers, given)
  const folders = { official: installers, extra: join(root, 'none'), salt: join(tree, '.salt') }
  return { ...fresh, refuse: () => refuseOddApplication(fresh, folderFiles(tree), folders) }
}

/** The installer and its reason, the command of `web`, and what is served. */
async function seen(
  files: Files,
): Promise<{ chosen: unknown; web: unknown; site: unknown; cfg: Record<string, unknown> }> {
  const { cfg } = await read(files)
  const all = plain(cfg) as Record<string, unknown>
  const processes = all['processes'] as { web?: string } | undefined
  return { chosen: all['installer_chosen'], web: processes?.web, site: all['built_site'], cfg: all }
}

const npm = (content: object) => JSON.stringify(content)
const vite = npm({ scripts: { build: 'vite build' }, devDependencies: { vite: '6' } })

test.each<[string, Files, string, string | undefined]>([
  ['a start script', { 'package.json': npm({ scripts: { start: 'node x.js' } }) }, 'nodejs, because of package.json', 'node x.js'],
  ['main', { 'package.json': npm({ main: 'lib/x.js' }), 'lib/x.js': '' }, 'nodejs, because of package.json', 'node lib/x.js'],
  ['server.js', { 'package.json': '{}', 'server.js': '' }, 'nodejs, because of package.json', 'node server.js'],
  ['server.js alone', { 'server.js': '' }, 'nodejs, because of server.js', 'node server.js'],
  ['index.js', { 'package.json': '{}', 'index.js': '' }, 'nodejs, because of package.json', 'node index.js'],
  ['nest', { 'package.json': npm({ scripts: { start: 'nest start', 'start:prod': 'node dist/main', build: 'nest build' } }) }, 'nodejs, because of package.json', 'node dist/main'],
  ['next without a start script', { 'package.json': npm({ scripts: { build: 'next build' }, dependencies: { next: '15' } }) }, 'nodejs, because of package.json', 'next start --hostname 127.0.0.1 --port $PORT'],
  ['nuxt', { 'package.json': npm({ scripts: { build: 'nuxt build', dev: 'nuxt dev' }, dependencies: { nuxt: '3' } }) }, 'nodejs, because of package.json', 'HOST=127.0.0.1 node .output/server/index.mjs'],
  ['Django below the top', { 'requirements.txt': 'django\ngunicorn\n', 'shop/manage.py': '', 'shop/shop/__init__.py': '', 'shop/shop/wsgi.py': '' }, 'python, because of requirements.txt', 'cd shop && gunicorn --bind 127.0.0.1:$PORT shop.wsgi:application'],
  ['main.py', { 'main.py': '' }, 'python, because of main.py', 'python main.py'],
  ['Flask with gunicorn', { 'app.py': 'app = Flask(__name__)', 'requirements.txt': 'flask\ngunicorn==23\n' }, 'python, because of requirements.txt', 'gunicorn --bind 127.0.0.1:$PORT app:app'],
  ['Flask alone', { 'app.py': 'from flask import Flask\nweb = Flask(__name__)', 'requirements.txt': 'Flask>=3' }, 'python, because of requirements.txt', 'flask --app app:web run --host 127.0.0.1 --port $PORT'],
  ['a factory of Flask', { 'shop/__init__.py': 'from flask import Flask\ndef create_app(test=None):\n  pass\n', 'requirements.txt': 'flask\ngunicorn' }, 'python, because of requirements.txt', "gunicorn --bind 127.0.0.1:$PORT 'shop:create_app()'"],
  ['FastAPI', { 'main.py': 'app = FastAPI()', 'requirements.txt': 'fastapi\nuvicorn[standard]\n' }, 'python, because of requirements.txt', 'uvicorn --host 127.0.0.1 --port $PORT main:app'],
  ['FastAPI in a package, by pyproject.toml', { 'app/main.py': 'api: FastAPI = FastAPI()', 'pyproject.toml': '[project]\nname = "a"\ndependencies = ["fastapi", "uvicorn"]' }, 'python, because of pyproject.toml', 'uvicorn --host 127.0.0.1 --port $PORT app.main:api'],
  ['Django', { 'manage.py': '', 'mysite/__init__.py': '', 'mysite/wsgi.py': '', 'requirements.txt': 'Django==5\ngunicorn' }, 'python, because of requirements.txt', 'gunicorn --bind 127.0.0.1:$PORT mysite.wsgi:application'],
  ['Django alone', { 'manage.py': '', 'mysite/__init__.py': '', 'mysite/wsgi.py': '', 'requirements.txt': 'Django==5' }, 'python, because of requirements.txt', 'python manage.py runserver --noreload 127.0.0.1:$PORT'],
  ['Pipfile', { Pipfile: '[packages]\n', 'server.py': '' }, 'python, because of Pipfile', 'python server.py'],
  ['config.ru', { 'config.ru': '' }, 'ruby, because of config.ru', 'rackup --host 127.0.0.1 --port $PORT'],
  ['config.ru with puma', { 'config.ru': '', Gemfile: 'gem "puma"\n' }, 'ruby, because of Gemfile', 'bundle exec puma --bind tcp://127.0.0.1:$PORT'],
  ['Sinatra', { 'app.rb': 'require "sinatra"', Gemfile: 'gem "sinatra"\n' }, 'ruby, because of Gemfile', 'bundle exec ruby app.rb -o 127.0.0.1 -p $PORT'],
  ['one program of Go', { 'go.mod': 'module x/shop', 'main.go': 'package main' }, 'go, because of go.mod', 'bin/app'],
  ['cmd/', { 'go.mod': 'module x/shop', 'cmd/server/main.go': 'package main', 'cmd/tool/main.go': 'package main' }, 'go, because of go.mod', 'bin/server'],
  ['a workspace of Go', { 'go.work': 'go 1.19\nuse (\n  ./api\n  ./lib\n)\n', 'api/main.go': 'package main', 'lib/x.go': 'package lib' }, 'go, because of go.work', 'bin/app'],
  ['a Dockerfile', { Dockerfile: 'FROM x', 'package.json': '{}' }, 'docker, because of Dockerfile', undefined],
  ['a Procfile alone', { Procfile: 'web: sh x.sh\n' }, 'procfile, because of Procfile', undefined],
])('what people push and how it starts: %s', async (_, files, chosen, command) => {
  expect(await seen(files)).toMatchObject({ chosen, web: command })
}) // biome-ignore format: a table

test.each<[string, Files, { folder: string; fallback: string | null }]>([
  ['Vite', { 'package.json': vite }, { folder: 'dist', fallback: '/index.html' }],
  ['Vite with another folder', { 'package.json': vite, 'vite.config.ts': "build: { outDir: './web/out' }" }, { folder: 'web/out', fallback: '/index.html' }],
  ['Create React App, whose start script is for development', { 'package.json': npm({ scripts: { start: 'react-scripts start', build: 'react-scripts build' }, dependencies: { 'react-scripts': '5' } }) }, { folder: 'build', fallback: '/index.html' }],
  ['Astro', { 'package.json': npm({ scripts: { build: 'astro build', start: 'astro dev' }, dependencies: { astro: '5' } }) }, { folder: 'dist', fallback: null }],
  ['Next as files', { 'package.json': npm({ scripts: { build: 'next build', start: 'next start' }, dependencies: { next: '15' } }), 'next.config.mjs': "export default { output: 'export' }" }, { folder: 'out', fallback: null }],
  ['a build of the project’s own', { 'package.json': npm({ scripts: { build: 'node make.js' } }) }, { folder: 'dist', fallback: null }],
])('a front end without a server is served as its build leaves it: %s', async (_, files, site) => {
  expect(await seen(files)).toMatchObject({ web: undefined, site })
}) // biome-ignore format: a table

test.each<[string, Files, unknown]>([
  ['the tree', { 'index.html': '' }, '.'],
  ['the folder with the page', { 'public/index.html': '' }, 'public'],
  ['Staticfile', { Staticfile: 'root: site\npushstate: enabled\n', 'site/index.html': '' }, { folder: 'site', fallback: '/index.html' }],
  ['static.json', { 'static.json': '{"root": "build/", "routes": {"/**": "index.html"}}' }, { folder: 'build', fallback: '/index.html' }],
  ['static.json without a root', { 'static.json': '{}', 'public_html/index.html': '' }, 'public_html'],
])('plain files: %s', async (_, files, site) => {
  expect((await seen(files)).cfg).toMatchObject({ ingress: { static: site }, installer_chosen: expect.stringContaining('static') })
}) // biome-ignore format: a table

const django = { 'manage.py': '', 'm/__init__.py': '', 'm/wsgi.py': '', 'requirements.txt': 'django\ngunicorn' }
test.each<[string, Files, string, string[] | undefined]>([
  ['assets of Django', { ...django, 'package.json': vite }, 'python, because of requirements.txt', ['nodejs']],
  ['assets of Django, with a start script for development', { ...django, 'package.json': npm({ scripts: { build: 'x', start: 'webpack serve' } }) }, 'python, because of requirements.txt', ['nodejs']],
  ['package.json without a build', { ...django, 'package.json': '{}' }, 'python, because of requirements.txt', undefined],
  ['assets of PHP', { 'composer.json': '{}', 'public/index.php': '', 'package.json': vite }, 'php, because of composer.json', ['nodejs']],
  ['a server in Node with a script in Python', { 'package.json': npm({ scripts: { start: 'node x' } }), 'requirements.txt': 'numpy' }, 'nodejs, because of package.json', undefined],
  ['what the Procfile says', { ...django, 'package.json': vite, Procfile: 'web: node server.js\n' }, 'nodejs, because of package.json', undefined],
  ['what app.json says', { 'app.json': '{"buildpacks":[{"url":"heroku/python"},{"url":"heroku/nodejs"}]}', 'main.py': '', 'package.json': vite }, 'nodejs, because of package.json', undefined],
])('several languages: %s', async (_, files, chosen, assets) => {
  const { cfg } = await seen(files)
  expect([cfg['installer_chosen'], cfg['assets']]).toEqual([chosen, assets])
}) // biome-ignore format: a table

test('app.json brings values of variables, and counts of the processes that the Procfile has', async () => {
  const app = {
    env: { A: 'one', B: { value: 'two' }, C: { generator: 'secret' }, 'D-': 'x' },
    formation: { web: { quantity: 2 }, gone: { quantity: 1 } },
  }
  const { cfg } = await seen({ 'app.json': JSON.stringify(app), Procfile: 'web: sh x\n' })
  expect(cfg).toMatchObject({ environment: { A: 'one', B: 'two' }, scale: { web: 2 } })
  expect(cfg['environment']).not.toHaveProperty('C')
  expect(cfg['scale']).not.toHaveProperty('gone')
})

test('app.json that cannot be read says nothing', async () => {
  expect((await seen({ 'app.json': '[', Procfile: 'web: sh x\n' })).cfg).not.toHaveProperty('scale')
})

test('assets bring the settings and the search path of what builds them, beside those of the language', async () => {
  const { cfg } = await seen({ ...django, 'package.json': vite })
  expect(cfg).toMatchObject({ nodejs: { prune: true }, search_path: ['../venv/bin', 'node_modules/.bin'], python: {} })
})

test('a tree that nothing is known of is refused, with what was looked for; state files with work are known', async () => {
  const empty = await read({ 'README.md': '#', '.salt/install.sls': '# nothing\n' })
  await expect(empty.refuse()).rejects.toMatchObject({
    code: 'INSTALLER_UNDETECTED',
    detail: expect.stringMatching(/nodejs: package\.json/),
  })
})

test.each<[string, Files, Readonly<Record<string, string>>]>([
  ['state files', { '.salt/install.sls': 'a:\n  test.nop: []\n' }, {}],
  ['an archive that has the rest', { 'README.md': '' }, { release_artifacts_urls: 'file:/x' }],
  ['processes of the configuration', { 'a.txt': '' }, { 'processes.web': './a' }],
  ['an installer that is named', { 'a.txt': '' }, { installer: 'generic' }],
])('what is known all the same: %s', async (_, files, settings) => {
  await (await read(files, settings)).refuse()
})

test.each<[string, Files, string, RegExp]>([
  ['a Procfile', { 'package.json': '{}', Procfile: 'web: a\n\nworker\n' }, 'PROCFILE_INVALID', /line 3/],
  ['package.json', { 'package.json': '{"a":' }, 'APPLICATION_INVALID', /package\.json is not a JSON object/],
  ['static.json', { 'static.json': '{' }, 'APPLICATION_INVALID', /static\.json is not JSON/],
  ['Staticfile', { Staticfile: 'root: ../../etc\n' }, 'APPLICATION_INVALID', /not a folder below the project/],
])('%s that cannot be read is refused', async (_, files, code, message) => {
  await expect((await read(files)).refuse()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

test.each<[string, Files, string]>([
  ['Rust', { 'Cargo.toml': '', 'src/main.rs': '' }, 'Cargo.toml tells of Rust, which no installer is for'],
  ['Java', { 'pom.xml': '' }, 'pom.xml tells of Java (Maven)'],
  ['.NET', { 'Shop.csproj': '' }, 'Shop.csproj tells of .NET'],
  ['Compose alone', { 'docker-compose.yml': '' }, 'docker-compose.yml tells of Docker Compose, whose files are not read'],
  ['a folder below', { 'README.md': '', 'server/requirements.txt': '' }, 'There is server/requirements.txt: `corpus config set NAME path=server` deploys'],
  ['folders of a monorepo', { 'apps/api/go.mod': '', 'apps/web/package.json': '{}' }, 'There is apps/api/go.mod, apps/web/package.json: `corpus config set NAME path=apps/api`'],
])('a tree of %s that nothing is known to run is told what it is', async (_, files, sentence) => {
  const { undetected, refuse } = await read(files)
  expect(undetected).toBe(true)
  await expect(refuse()).rejects.toMatchObject({ code: 'INSTALLER_UNDETECTED', detail: expect.stringContaining(sentence) })
  await expect(refuse()).rejects.toMatchObject({ detail: expect.stringContaining('Looked for') })
}) // biome-ignore format: one row each

test('what others brought is no hint, and a folder that is deployed already is part of the path', async () => {
  const vendored = await read({ 'node_modules/a/package.json': '{}', '.git2/b/package.json': '{}', 'README.md': '' })
  await expect(vendored.refuse()).rejects.toMatchObject({ detail: expect.not.stringContaining('config set') })
  rmSync(join(root, 'tree'), { recursive: true })
  const inside = await read({ 'apps/web/site/server.js': '' }, { path: 'apps/web' })
  await expect(inside.refuse()).rejects.toMatchObject({ detail: expect.stringContaining('path=apps/web/site') })
})
