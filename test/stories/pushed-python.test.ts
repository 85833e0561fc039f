/** Python projects without requirements.txt, and requirements that are published as sources only: packages are made here, no index is asked. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixtureTree, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let packages: string
beforeAll(async () => {
  world = makeWorld()
  packages = join(world.scratch, 'packages')
  mkdirSync(packages)
  for (const [name, version] of [
    ['tinywheel', '1.0'],
    ['tinywheel', '2.0'],
    ['tinyextra', '1.0'],
  ] as const)
    await makeWheel(name, version)
})
afterAll(() => world.dispose())

/** A wheel as pip makes them. */
async function makeWheel(name: string, version: string, files?: Readonly<Record<string, string>>): Promise<void> {
  const content = files ?? { [`${name}.py`]: `word = "${name} ${version}"\n` }
  const script = `
import json, sys, zipfile
name, version, folder, files = sys.argv[1:]
info = f'{name}-{version}.dist-info'
with zipfile.ZipFile(f'{folder}/{name}-{version}-py3-none-any.whl', 'w') as wheel:
    for path, text in json.loads(files).items():
        wheel.writestr(path, text)
    wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(f'{info}/RECORD', '')
`
  const made = await world.run(['python3', '-c', script, name, version, packages, JSON.stringify(content)])
  expect(made.status, made.stderr).toBe(0)
}

const server = (imported: string) => `import http.server, os
${imported}
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = word.encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()
`

async function answers(files: Readonly<Record<string, string>>, ...links: readonly string[]): Promise<string> {
  const name = uniqueName('snake')
  const set = ['PIP_NO_INDEX=1', `PIP_FIND_LINKS=${[packages, ...links].join(' ')}`].flatMap(one => [
    '--set',
    `environment.${one}`,
  ])
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', ...set)
  const pushed = await (await world.clone(name, files)).push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const { url } = await statusOf(world, name)
  return (await fetch(url ?? '')).text()
}

const tiny = server('import tinywheel\nword = tinywheel.word')
const uv = `version = 1
requires-python = ">=3.9"

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "tinywheel" }, { name = "missing", marker = "python_full_version < '3'" }]

[package.dev-dependencies]
dev = [{ name = "not-there" }]

[[package]]
name = "tinywheel"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "tinyextra" }]

[[package]]
name = "tinyextra"
version = "1.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "not-there"
version = "9"
source = { registry = "https://pypi.org/simple" }
`
const poetry = `[[package]]
name = "tinywheel"
version = "1.0"
optional = false
files = []

[package.dependencies]
tinyextra = {version = ">=1", markers = "python_version >= \\"3\\""}

[[package]]
name = "tinyextra"
version = "1.0"
optional = false
files = []

[[package]]
name = "not-there"
version = "9"
optional = false
files = []
`
const project = '[project]\nname = "shop"\nversion = "0.1.0"\nrequires-python = ">=3.9"\ndependencies = ["tinywheel"]\n'

test('an application that is no package runs from its folder, with what pyproject.toml names', async () => {
  const {
    'config.py': config = '',
    'static/b': other = '',
    'templates/a': more = '',
  } = fixtureTree('pushed/no-package')
  const files = {
    'pyproject.toml': project,
    'main.py': server('import config, tinywheel\nword = config.word + " " + tinywheel.word'),
    'config.py': config,
    'static/b': other,
    'templates/a': more,
  }
  expect(await answers(files)).toBe('configured tinywheel 2.0')
})

test('a Python that the project does not allow is refused, also where it is no package', async () => {
  const name = uniqueName('newer')
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', '--set', 'environment.PIP_NO_INDEX=1')
  const files = { 'pyproject.toml': project.replace('>=3.9', '>=3.99'), 'main.py': tiny }
  const pushed = await (await world.clone(name, files)).push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('pyproject.toml asks for Python >=3.99, and here is 3.')
})

test.each([
  ['uv.lock', { 'uv.lock': uv, 'pyproject.toml': project }],
  ['poetry.lock', { 'poetry.lock': poetry, 'pyproject.toml': '[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = "^3.9"\ntinywheel = "^1.0"\n\n[tool.poetry.group.dev.dependencies]\nnot-there = "*"\n' }],
  ['Pipfile.lock', { Pipfile: '[packages]\n', 'Pipfile.lock': '{"default": {"tinywheel": {"version": "==1.0"}, "tinyextra": {"version": "==1.0", "markers": "python_version >= \'3\'"}}, "develop": {"not-there": {"version": "==9"}}}' }],
])('%s says which versions are installed, without those for development', async (_, files) => {
  const both = server('import tinywheel, tinyextra\nword = tinywheel.word + ", " + tinyextra.word')
  expect(await answers({ ...files, 'main.py': both })).toBe('tinywheel 1.0, tinyextra 1.0')
}) // biome-ignore format: lock files

test('the wishes of a Pipfile are read where it has no lock file', async () => {
  expect(await answers({ Pipfile: '[packages]\ntinywheel = "<2"\n', 'main.py': tiny })).toBe('tinywheel 1.0')
})

test('a requirement that has only a setup.py is built, without anything in the environment', async () => {
  const sources = join(world.scratch, 'tinydoc-1.0')
  mkdirSync(sources)
  const setup = 'from setuptools import setup\nsetup(name="tinydoc", version="1.0", py_modules=["tinydoc"])\n'
  for (const [file, text] of [
    ['setup.py', setup],
    ['PKG-INFO', 'Metadata-Version: 1.0\nName: tinydoc\nVersion: 1.0\n'],
    ['tinydoc.py', 'word = "tiny"\n'],
  ] as const)
    writeFileSync(join(sources, file), text)
  const packed = await world.run([
    'tar',
    'czf',
    join(packages, 'tinydoc-1.0.tar.gz'),
    '-C',
    world.scratch,
    'tinydoc-1.0',
  ])
  expect(packed.status).toBe(0)
  await makeBuildSystem()
  const files = { 'requirements.txt': 'tinydoc==1.0\n', 'main.py': server('import tinydoc\nword = tinydoc.word') }
  expect(await answers(files)).toBe('tiny')
})

/** Stands for setuptools and wheel, which only an index brings: pip asks for a wheel of the sources as PEP 517 says, in a place of its own. */
async function makeBuildSystem(): Promise<void> {
  const backend = `
import os, zipfile
class Legacy:
    def get_requires_for_build_wheel(self, settings=None):
        return []
    def build_wheel(self, folder, settings=None, metadata=None):
        name = 'tinydoc-1.0-py3-none-any.whl'
        info = 'tinydoc-1.0.dist-info'
        with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:
            wheel.write('tinydoc.py')
            wheel.writestr(f'{info}/METADATA', 'Metadata-Version: 2.1\\nName: tinydoc\\nVersion: 1.0\\n')
            wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
            wheel.writestr(f'{info}/RECORD', '')
        return name
__legacy__ = Legacy()
`
  await makeWheel('wheel', '99.0')
  await makeWheel('setuptools', '99.0', { 'setuptools/__init__.py': '', 'setuptools/build_meta.py': backend })
}
