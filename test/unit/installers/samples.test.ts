/** Sample applications of other platforms and templates of frameworks, by their shape: what each is taken for, and what starts or serves it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { declarationsOf } from '../../../src/deployment/processes.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName } from '../../../src/kernel/names.ts'
import { folderFiles } from '../../../src/kernel/tree-files.ts'
import { loadConfiguration } from '../../../src/project/configuration.ts'
import { detectInstaller } from '../../../src/project/detection.ts'
import { refuseOddApplication } from '../../../src/project/recognised.ts'
import { folderTree } from '../../../src/project/tree.ts'
import { plain } from '../../../src/salt/python/plain.ts'

const installers = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'installers')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-samples-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

type Files = Readonly<Record<string, string>>

function written(files: Files): string {
  const tree = join(root, 'tree')
  mkdirSync(tree)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
  return tree
}

/** As a push of it would find out: the installer, its processes, the site of its build, and the rest of the configuration. */
async function taken(files: Files) {
  const tree = written(files)
  const layout = projectLayout(root, projectName('demo'))
  const given = { installer: 'auto', mode: 'cooking' }
  const fresh = await loadConfiguration(layout, folderTree(tree), installers, given)
  const processes = Object.fromEntries(declarationsOf(fresh, tree).map(one => [one.name, one.command]))
  const folders = { official: installers, extra: join(root, 'none'), salt: join(tree, '.salt') }
  const cfg = plain(fresh.cfg) as Record<string, unknown>
  const { found, installer } = fresh
  return {
    installer: installer.name,
    processes,
    site: cfg['built_site'],
    cfg,
    found,
    refuse: () => refuseOddApplication(fresh, folderFiles(tree), folders),
  }
}

const npm = (scripts: object, dependencies: object = {}, more: object = {}) =>
  JSON.stringify({ name: 'shop', version: '1.0.0', scripts, dependencies, ...more })

test.each<[string, Files, string, Readonly<Record<string, string>>]>([
  ['Heroku, node-js-getting-started', { 'package.json': npm({ build: 'echo built', start: 'node index.js', test: 'node --test' }, { express: '4', ejs: '3' }, { engines: { node: '20.x || 22.x' } }), 'package-lock.json': '{}', Procfile: 'web: npm start\n', 'app.json': '{"name":"Start on Heroku: Node.js"}', 'index.js': '' }, 'nodejs', { web: 'npm start' }],
  ['Heroku, python-getting-started', { 'requirements.txt': 'django>=5\ngunicorn\nwhitenoise\n', 'manage.py': '', 'gettingstarted/__init__.py': '', 'gettingstarted/wsgi.py': '', 'gettingstarted/settings.py': 'STATIC_ROOT = 1\n', Procfile: 'web: gunicorn --config gunicorn.conf.py gettingstarted.wsgi\nrelease: ./manage.py migrate --no-input\n' }, 'python', { web: 'gunicorn --config gunicorn.conf.py gettingstarted.wsgi' }],
  ['Heroku, ruby-getting-started', { Gemfile: 'gem "rails", "~> 8"\ngem "puma"\n', 'config.ru': '', Rakefile: '', Procfile: 'web: bundle exec puma -C config/puma.rb\n' }, 'ruby', { web: 'bundle exec puma -C config/puma.rb' }],
  ['Heroku, php-getting-started', { 'composer.json': '{}', 'web/index.php': '', Procfile: 'web: heroku-php-apache2 web/\n' }, 'php', { web: 'sh "$CORPUS_BESIDE/php/serve"' }],
  ['Heroku, go-getting-started', { 'go.mod': 'module github.com/heroku/go-getting-started\n', 'main.go': 'package main', Procfile: 'web: bin/go-getting-started\n' }, 'go', { web: 'bin/go-getting-started' }],
  ['Laravel, whose Procfile names workers alone', { 'composer.json': '{}', artisan: '', 'public/index.php': '', Procfile: 'release: php artisan migrate --force\nworker: php artisan queue:work\n' }, 'php', { web: 'sh "$CORPUS_BESIDE/php/serve"', worker: 'php artisan queue:work' }],
  ['a Procfile with a release line alone', { 'package.json': npm({ start: 'node x.js' }), Procfile: 'release: node migrate.js\n' }, 'nodejs', { web: 'node x.js' }],
  ['a Procfile with workers alone', { 'package.json': npm({ start: 'node x.js' }), Procfile: 'worker: node bot.js\n' }, 'nodejs', { worker: 'node bot.js' }],
  ['Dokku, with .buildpacks', { '.buildpacks': 'https://github.com/heroku/heroku-buildpack-python\nhttps://github.com/heroku/heroku-buildpack-nodejs\n', 'requirements.txt': '', 'main.py': '', 'package.json': npm({ start: 'node x.js' }) }, 'nodejs', { web: 'node x.js' }],
  ['SvelteKit with adapter-node', { 'package.json': npm({ build: 'vite build', dev: 'vite dev' }, {}, { devDependencies: { '@sveltejs/kit': '2', '@sveltejs/adapter-node': '5', vite: '6' } }) }, 'nodejs', { web: 'HOST=127.0.0.1 node build' }],
  ['Astro with its adapter for Node', { 'package.json': npm({ build: 'astro build', dev: 'astro dev' }, { astro: '5', '@astrojs/node': '9' }) }, 'nodejs', { web: 'HOST=127.0.0.1 node ./dist/server/entry.mjs' }],
  ['Remix', { 'package.json': npm({ build: 'remix vite:build', dev: 'remix vite:dev', start: 'remix-serve ./build/server/index.js' }, { '@remix-run/serve': '2' }) }, 'nodejs', { web: 'remix-serve ./build/server/index.js' }],
  ['React Router', { 'package.json': npm({ build: 'react-router build', dev: 'react-router dev', start: 'react-router-serve ./build/server/index.js' }, { '@react-router/serve': '7' }) }, 'nodejs', { web: 'react-router-serve ./build/server/index.js' }],
  ['Nuxt', { 'package.json': npm({ build: 'nuxt build', dev: 'nuxt dev', generate: 'nuxt generate', postinstall: 'nuxt prepare' }, { nuxt: '3' }) }, 'nodejs', { web: 'HOST=127.0.0.1 node .output/server/index.mjs' }],
  ['Next, create-next-app', { 'package.json': npm({ dev: 'next dev', build: 'next build', start: 'next start' }, { next: '15' }) }, 'nodejs', { web: 'next start' }],
  ['Nest', { 'package.json': npm({ build: 'nest build', start: 'nest start', 'start:prod': 'node dist/main' }) }, 'nodejs', { web: 'node dist/main' }],
  ['Angular that renders on the server', { 'package.json': npm({ start: 'ng serve', build: 'ng build', 'serve:ssr:shop': 'node dist/shop/server/server.mjs' }, { '@angular/core': '19', '@angular/ssr': '19' }) }, 'nodejs', { web: 'node dist/shop/server/server.mjs' }],
  ['Hono on bun', { 'package.json': npm({ start: 'bun run src/index.ts' }, { hono: '4' }), 'bun.lock': '{}' }, 'nodejs', { web: 'bun run src/index.ts' }],
  ['uv init --package', { 'pyproject.toml': '[project]\nname = "shop"\ndependencies = []\n\n[project.scripts]\nshop = "shop:main"\n\n[build-system]\nrequires = ["uv_build"]\n', 'src/shop/__init__.py': '' }, 'python', { web: 'shop' }],
  ['Poetry, several scripts', { 'pyproject.toml': '[tool.poetry]\nname = "shop"\n\n[tool.poetry.scripts]\nimport-all = "a:b"\nserve = "a:c"\n\n[build-system]\nrequires = ["poetry-core"]\n' }, 'python', { web: 'serve' }],
  ['scripts of what is no package', { 'pyproject.toml': '[project]\nname = "shop"\n\n[project.scripts]\nshop = "shop:main"\n', 'main.py': '' }, 'python', { web: 'python main.py' }],
])('%s', async (_, files, installer, processes) => {
  const seen = await taken(files)
  expect([seen.installer, seen.processes]).toEqual([installer, processes])
}) // biome-ignore format: a table

test.each<[string, Files, string, { folder: string; fallback: string | null }]>([
  ...['react', 'vue', 'svelte'].map(one => [`Vite, ${one}`, { 'index.html': '<script type="module" src="/src/main.js"></script>', 'package.json': npm({ dev: 'vite', build: 'tsc -b && vite build', preview: 'vite preview' }, { [one]: '1' }, { devDependencies: { vite: '6' } }) }, 'nodejs', { folder: 'dist', fallback: '/index.html' }] as [string, Files, string, { folder: string; fallback: string | null }]),
  ['Create React App', { 'public/index.html': '', 'package.json': npm({ start: 'react-scripts start', build: 'react-scripts build', eject: 'react-scripts eject' }, { 'react-scripts': '5' }) }, 'nodejs', { folder: 'build', fallback: '/index.html' }],
  ['Angular', { 'src/index.html': '', 'package.json': npm({ ng: 'ng', start: 'ng serve', build: 'ng build', watch: 'ng build --watch' }, { '@angular/core': '19' }) }, 'nodejs', { folder: 'dist', fallback: '/index.html' }],
  ['Gatsby', { 'package.json': npm({ develop: 'gatsby develop', start: 'npm run develop', build: 'gatsby build', serve: 'gatsby serve' }, { gatsby: '5' }) }, 'nodejs', { folder: 'public', fallback: null }],
  ['Docusaurus', { 'package.json': npm({ docusaurus: 'docusaurus', start: 'docusaurus start', build: 'docusaurus build', serve: 'docusaurus serve' }, { '@docusaurus/core': '3' }) }, 'nodejs', { folder: 'build', fallback: null }],
  ['Eleventy', { 'package.json': npm({ build: 'npx @11ty/eleventy', start: 'npx @11ty/eleventy --serve --quiet' }, { '@11ty/eleventy': '3' }) }, 'nodejs', { folder: '_site', fallback: null }],
  ['Astro, minimal', { 'package.json': npm({ dev: 'astro dev', build: 'astro build', preview: 'astro preview' }, { astro: '5' }) }, 'nodejs', { folder: 'dist', fallback: null }],
  ['SvelteKit as files', { 'package.json': npm({ build: 'vite build' }, {}, { devDependencies: { '@sveltejs/kit': '2', '@sveltejs/adapter-static': '3' } }) }, 'nodejs', { folder: 'build', fallback: null }],
  ['Jekyll', { Gemfile: 'gem "jekyll", "~> 4"\n', '_config.yml': 'title: x\n', 'index.markdown': '' }, 'ruby', { folder: '_site', fallback: null }],
  ['Jekyll of GitHub Pages', { Gemfile: 'gem "github-pages"\n', '_config.yml': '' }, 'ruby', { folder: '_site', fallback: null }],
  ['MkDocs', { 'requirements.txt': 'mkdocs-material==9\n', 'mkdocs.yml': 'site_name: x\n', 'docs/index.md': '' }, 'python', { folder: 'site', fallback: null }],
  ['MkDocs with another folder', { 'requirements.txt': 'mkdocs\n', 'mkdocs.yml': 'site_dir: ./public/\n' }, 'python', { folder: 'public', fallback: null }],
  ['Pelican', { 'requirements.txt': 'pelican[markdown]\n', 'pelicanconf.py': '', 'publishconf.py': '' }, 'python', { folder: 'output', fallback: null }],
])('%s has no server: what its build leaves is served', async (_, files, installer, site) => {
  expect(await taken(files)).toMatchObject({ installer, processes: {}, site })
}) // biome-ignore format: a table

test.each<[string, Files, string]>([
  ['Hugo', { 'public/index.html': '', 'hugo.toml': '' }, 'public'],
  ['Jekyll, built elsewhere', { '_site/index.html': '', '_config.yml': '' }, '_site'],
  ['MkDocs, built elsewhere', { 'site/index.html': '', 'mkdocs.yml': '' }, 'site'],
])('what %s left is served where it was committed', async (_, files, folder) => {
  expect((await taken(files)).cfg).toMatchObject({ ingress: { static: folder } })
}) // biome-ignore format: a table

test.each<[string, Files, string]>([
  ['Hugo', { 'hugo.toml': '', 'content/_index.md': '' }, 'hugo.toml tells of Hugo, which no installer is for. Commit public'],
  ['MkDocs', { 'mkdocs.yml': '', 'docs/index.md': '' }, 'A requirements.txt with mkdocs has it built'],
  ['Jekyll', { '_config.yml': '', 'index.md': '' }, 'A Gemfile with jekyll has it built'],
  ['mdBook', { 'book.toml': '', 'src/SUMMARY.md': '' }, 'ingress.static=book'],
])('the sources of %s alone are told what is missing', async (_, files, sentence) => {
  await expect((await taken(files)).refuse()).rejects.toMatchObject({ code: 'INSTALLER_UNDETECTED', detail: expect.stringContaining(sentence) })
}) // biome-ignore format: a table

test.each<[string, string, string]>([
  ['the document root', 'web/', 'web'],
  ['options before it', '-C nginx.conf -i user.ini public/', 'public'],
  ['an option alone', '-C nginx.conf', 'public'],
  ['a folder outside', '../etc', 'public'],
])("Heroku's web server of PHP is read for %s", async (_, options, folder) => {
  const files = {
    'composer.json': '{}',
    'public/index.php': '',
    Procfile: `web: vendor/bin/heroku-php-nginx ${options}\n`,
  }
  expect((await taken(files)).cfg).toMatchObject({ php: { root: folder } })
})

test.each<[string, string, string]>([
  ['bin/NAME', 'web: bin/shop\n', 'shop'],
  ['its module', 'web: shop --verbose\n', 'shop'],
  ['bin/app', 'web: bin/app\nworker: bin/app work\n', 'app'],
  ['nothing of its own', 'web: ./start.sh\n', 'app'],
])('the only program of Go is built as the Procfile calls it: %s', async (_, Procfile, name) => {
  const { cfg } = await taken({ 'go.mod': 'module example.org/shop\n', 'main.go': 'package main', Procfile })
  expect(cfg).toMatchObject({ go: { programs: [{ package: '.', name }] } })
})

test.each<[string, string, number]>([
  ['the port that it exposes', 'FROM a\nEXPOSE 80/tcp 443\n', 80],
  ['that of the last stage', 'FROM a AS b\nEXPOSE 1\nFROM b\nRUN x \\\n  y\nexpose 3000\n', 3000],
  ['none that a variable says', 'FROM a\nEXPOSE $PORT\n', 8080],
  ['none', 'FROM a\n', 8080],
])('a container is reached at %s', async (_, Dockerfile, port) => {
  expect((await taken({ Dockerfile })).cfg).toMatchObject({ docker: { port } })
})

test('without a container engine, the language beside the Dockerfile runs; its other files are no site', async () => {
  const tree = written({ Dockerfile: 'FROM x', 'package.json': '{}', 'index.html': 'x' })
  const folders = { official: installers, extra: join(root, 'none'), salt: join(tree, '.salt') }
  const files = folderFiles(tree)
  const chosen = await detectInstaller(folders, files, files, new Set(['docker']))
  expect(chosen).toEqual({
    name: 'nodejs',
    because: 'package.json',
    passedOver: { name: 'docker', because: 'Dockerfile' },
  })
  expect(await detectInstaller(folders, files)).toEqual({ name: 'docker', because: 'Dockerfile' })
  rmSync(join(tree, 'package.json'))
  expect(await detectInstaller(folders, files, files, new Set(['docker']))).toMatchObject({ name: 'docker' })
})
