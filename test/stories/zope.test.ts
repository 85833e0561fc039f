/**
 * buildout for real, without an index: a recipe and a server of the project's own make bin/instance. Zope itself is in no registry
 * that tests reach; what the installer does for it is the same.
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, fixture, statusOf } from '../support/applications.ts'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

interface Answer {
  readonly greeting: string
  readonly python: string
  readonly server: string
}

let world: World
let clone: Clone
const name = uniqueName('zope')
const withoutIndex = ['environment.PIP_NO_INDEX=1', 'environment.PIP_FIND_LINKS=wheels /usr/share/python-wheels']
const served = (greeting: string) => fixture('buildout-app', { '"one"': `"${greeting}"` })
/** The fixture's files lie side by side; a distribution has its package in a folder. */
const files = (greeting: string) => {
  const { 'buildout.cfg': buildout = '', 'setup.py': setup = '', ...modules } = served(greeting)
  const inPackage = Object.entries(modules).map(([file, text]) => [`shop/shop/${file}`, text])
  return { 'buildout.cfg': buildout, 'shop/setup.py': setup, ...Object.fromEntries(inPackage) }
}

beforeAll(async () => {
  world = makeWorld()
  const set = withoutIndex.flatMap(one => ['--set', one])
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', ...set)
  clone = await world.clone(name, files('one'))
  await makeWheel(clone.folder)
  await clone.commit({})
})
afterAll(() => world.dispose())

test('buildout makes bin/instance, which runs in the foreground and goes back', async () => {
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const tree = realpathSync(world.path(name, 'project'))
  const first = await answerOf<Answer>(world, name)
  expect(first).toEqual({
    greeting: 'Hello, one',
    python: join(tree, '..', 'venv'),
    server: join(tree, 'shop', 'shop', 'server.py'),
  })

  await clone.commit(files('two'))
  expect((await clone.push()).status).toBe(0)
  expect(await answerOf<Answer>(world, name)).toMatchObject({ greeting: 'Hello, two' })

  await clone.commit({ 'buildout.cfg': '[buildout]\nparts = missing\n[missing]\nrecipe = no.such.recipe\n' })
  const refused = await clone.push()
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('no.such.recipe')
  expect(await answerOf<Answer>(world, name)).toMatchObject({ greeting: 'Hello, two' })

  await world.must('rollback', name)
  expect(await answerOf<Answer>(world, name)).toEqual(first)
})

test('final mode writes the scripts for its own paths from the archive of cooking, and needs no index', async () => {
  const { release } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const production = makeWorld()
  try {
    const account = uniqueName('live')
    const settings = [`release_artifacts_urls=["file:${archive}"]`, `user=${account}`, `group=${account}`]
    const set = [...settings, 'environment.PIP_NO_INDEX=1'].flatMap(one => ['--set', one])
    await production.must('init', name, '--mode', 'final', '--installer', 'zope', ...set)
    const empty = await production.clone(name, { 'README.md': 'the archive has the rest' })
    const pushed = await empty.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    const tree = realpathSync(production.path(name, 'project'))
    const answer = await answerOf<Answer>(production, name)
    expect(answer).toMatchObject({ greeting: 'Hello, one', server: join(tree, 'shop', 'shop', 'server.py') })
    // The release of cooking, whose paths the archive names, is as it was.
    expect(await answerOf<Answer>(world, name)).toMatchObject({ greeting: 'Hello, one' })
  } finally {
    await production.dispose()
  }
})

/**
 * A wheel of the zc.buildout that Debian packages. It has one line that Python 3.10 and later no longer understand, so that the
 * package as it is cannot start; that line is mended here.
 */
async function makeWheel(folder: string): Promise<void> {
  const script = `
import pathlib, zipfile
source = pathlib.Path("/usr/lib/python3/dist-packages/zc/buildout")
info = "zc.buildout-2.13.2.dist-info/"
files = {"zc/buildout/" + str(one.relative_to(source)): one.read_text("utf-8") for one in sorted(source.rglob("*.py")) if "test" not in one.name}
main = "zc/buildout/buildout.py"
files[main] = files[main].replace("from collections import MutableMapping", "from collections.abc import MutableMapping")
files[info + "METADATA"] = "Metadata-Version: 2.1\\nName: zc.buildout\\nVersion: 2.13.2\\nRequires-Dist: setuptools>=8.0\\n"
files[info + "WHEEL"] = "Wheel-Version: 1.0\\nGenerator: a test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
files[info + "entry_points.txt"] = "[console_scripts]\\nbuildout = zc.buildout.buildout:main\\n"
files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile("zc.buildout-2.13.2-py3-none-any.whl", "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
`
  const wheels = join(folder, 'wheels')
  mkdirSync(wheels)
  writeFileSync(join(wheels, 'make.py'), script)
  const ended = await world.run(['/usr/bin/python3', 'make.py'], { cwd: wheels })
  expect(ended.status, ended.stderr).toBe(0)
}
