import { readdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, fixture, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

interface Answer {
  readonly greeting: string
  readonly prefix: string
  readonly folder: string
}

let world: World
const name = uniqueName('snake')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
})
afterAll(() => world.dispose())

test('a WSGI application runs in the virtual environment of its release', async () => {
  const clone = await world.clone(name, fixture('python-app'))
  await makeWheel(clone.folder)
  await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('environment-filled')
  expect(pushed.status, pushed.stderr).toBe(0)
  const first = await answerOf<Answer>(world, name)
  expect(first).toMatchObject({ greeting: 'Hello, one', prefix: `${dirname(first.folder)}/venv` })

  await clone.commit({ 'app.py': fixture('python-app', { '"one"': '"two"' })['app.py'] ?? '' })
  expect((await clone.push()).status).toBe(0)
  const second = await answerOf<Answer>(world, name)
  expect(second.greeting).toBe('Hello, two')
  expect(second.prefix).not.toBe(first.prefix)

  await world.must('rollback', name)
  expect(await answerOf<Answer>(world, name)).toMatchObject({ greeting: 'Hello, one', prefix: first.prefix })
})

test('the archive from cooking has the wheels and not the environment, and runs in final mode', async () => {
  const { release } = await statusOf(world, name)
  const archive = world.path(name, 'releases', 'deployed', release, 'project.tar.zst')
  const listed = (await world.run(['tar', '--list', `--file=${archive}`])).stdout
  expect(listed).toMatch(/\.wheels\/greeter-[^/]*\.whl/)
  expect(listed).not.toContain('pyvenv.cfg')
  const production = makeWorld()
  try {
    const account = uniqueName('live')
    const urls = JSON.stringify([`file:${archive}`])
    const settings = [`release_artifacts_urls=${urls}`, `user=${account}`, `group=${account}`]
    const set = settings.flatMap(setting => ['--set', setting])
    await production.must('init', name, '--mode', 'final', '--installer', 'python', ...set)
    const clone = await production.clone(name, { 'README.md': 'the archive has the rest' })
    const pushed = await clone.push()
    expect(pushed.stderr).not.toContain('wheels-built')
    expect(pushed.stderr).toContain('deployed in')
    const answer = await answerOf<Answer>(production, name)
    const tree = realpathSync(production.path(name, 'project'))
    expect(answer).toMatchObject({ greeting: 'Hello, one', prefix: `${dirname(tree)}/venv`, folder: tree })
    expect(readdirSync(tree)).toContain('.wheels')
  } finally {
    await production.dispose()
  }
})

/** A wheel as pip makes them: no package index is needed. */
async function makeWheel(folder: string): Promise<void> {
  const script = `
import zipfile
info = "greeter-1.0.dist-info/"
files = {
  "greeter.py": "def greet(name):\\n    return 'Hello, ' + name\\n",
  info + "METADATA": "Metadata-Version: 2.1\\nName: greeter\\nVersion: 1.0\\n",
  info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: a test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile("greeter-1.0-py3-none-any.whl", "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
`
  const ended = await world.run(['/usr/bin/python3', '-c', script], { cwd: folder })
  expect(ended.status, ended.stderr).toBe(0)
}
