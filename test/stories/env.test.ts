/** Variables that people set: they reach the application byte for byte, and nobody else. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('env')
const secret = 'tiger"lily$HOME\nsecond line of it'
const bytes = Buffer.from([0x01, 0xff, 0xfe, 0x27, 0x22, 0x24, 0x0a, 0x80, 0x0a, 0x0a])
const procfile = [
  `release: printf %s "$SECRET"; printf %s "$ODD" > "$CORPUS_DATA/odd"`,
  'worker: env -0 > "$CORPUS_DATA/environ.new"; mv "$CORPUS_DATA/environ.new" "$CORPUS_DATA/environ"; exec sleep 1000',
  '',
].join('\n')

beforeAll(async () => {
  world = makeWorld()
  await world.must(
    'init',
    name,
    '--mode',
    'final',
    '--set',
    'procfile=true',
    '--set',
    'ingress=false',
    '--set',
    'environment.LAYER=configured',
  )
  clone = await world.clone(name, {
    Procfile: procfile,
    '.salt/configure.sls': 'the secret is printed:\n  cmd.run:\n    - name: echo "it is {{ cfg.data.password }}."\n',
  })
  const pillar = await world.clonePillar(name)
  await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  data: {password: open-sesame-17}\n` })
  expect((await pillar.push()).status).toBe(0)
})
afterAll(() => world.dispose())

/** What the worker found in its environment, once it wrote it. */
async function seen(): Promise<Map<string, Buffer>> {
  const file = world.path(name, 'data', 'environ')
  await eventually('the worker writes its environment', () => existsSync(file))
  const found = new Map<string, Buffer>()
  const text = readFileSync(file).toString('latin1')
  for (const line of text.split('\0').filter(Boolean)) {
    const at = line.indexOf('=')
    found.set(line.slice(0, at), Buffer.from(line.slice(at + 1), 'latin1'))
  }
  rmSync(file)
  return found
}
const restarted = () => rmSync(world.path(name, 'data', 'environ'), { force: true })

test('values with quotes, $, line breaks and bytes that are no text reach the processes and the release line untouched', async () => {
  const file = join(world.scratch, 'odd')
  writeFileSync(file, bytes)
  const set = await world.must('env', 'set', name, `ODD=@${file}`, 'LAYER=set', 'EMPTY=')
  expect(set.stdout).toContain('next deployment')
  await world.must('env', 'set', name, `SECRET=${secret}`)
  const pushed = await clone.push()
  expect(pushed.stderr).toContain('deployed in')
  const environment = await seen()
  expect(environment.get('SECRET')?.toString()).toBe(secret)
  expect(environment.get('ODD')).toEqual(bytes)
  expect(environment.get('LAYER')?.toString()).toBe('set')
  expect(environment.get('EMPTY')?.toString()).toBe('')
  expect(readFileSync(world.path(name, 'data', 'odd'))).toEqual(bytes)
})

test('no file of a deployment and no list shows a secret, unless it is asked for', async () => {
  for (const release of readdirSync(world.path(name, 'deployments'))) {
    const folder = world.path(name, 'deployments', release)
    if (!statSync(folder).isDirectory()) continue
    for (const file of readdirSync(folder, { recursive: true }) as string[]) {
      if (!statSync(join(folder, file)).isFile()) continue
      const text = readFileSync(join(folder, file), 'utf8')
      for (const part of ['tiger', 'second line of it', 'open-sesame-17']) expect(text, file).not.toContain(part)
    }
  }
  const log = await world.must('logs', name, '--json')
  expect(log.stdout).toContain('it is ********.')
  expect(log.stdout).not.toContain('tiger')
  const listed = await world.must('env', 'list', name)
  expect(listed.stdout).toContain('SECRET=********')
  expect((await world.must('env', 'list', name, '--json')).stdout).not.toContain('tiger')
  const revealed = await world.json<{ name: string; value: string; encoding: string }[]>(
    'env',
    'list',
    name,
    '--reveal',
  )
  expect(revealed.find(one => one.name === 'SECRET')?.value).toBe(secret)
  expect(revealed.find(one => one.name === 'ODD')).toMatchObject({
    encoding: 'base64',
    value: bytes.toString('base64'),
  })
  const stored = readFileSync(world.path(name, 'corpus', 'environment.json'), 'utf8')
  expect(stored).not.toContain('tiger')
  expect(statSync(join(world.root, 'corpus', 'environment.key')).mode & 0o777).toBe(0o600)
})

test('a changed variable restarts the processes, the same ones do not, and going back brings the old ones back', async () => {
  const pid = async () => (await world.json<{ processes: { pid: number }[] }>('status', name)).processes[0]?.pid
  const before = await pid()
  await world.must('deploy', name)
  expect(await pid()).toBe(before)
  restarted()
  await world.must('env', 'set', name, 'LAYER=newer', '--plain')
  await world.must('env', 'unset', name, 'EMPTY')
  await world.must('deploy', name)
  expect(await pid()).not.toBe(before)
  const changed = await seen()
  expect(changed.get('LAYER')?.toString()).toBe('newer')
  expect(changed.has('EMPTY')).toBe(false)
  expect((await world.must('env', 'list', name)).stdout).toContain('LAYER=newer')
  await world.must('rollback', name)
  const again = await seen()
  expect(again.get('LAYER')?.toString()).toBe('set')
  expect(again.get('EMPTY')?.toString()).toBe('')
  expect((await world.must('env', 'list', name)).stdout).toContain('EMPTY=********')
})

test('what was set since the last deployment stays set when somebody goes back', async () => {
  await world.must('env', 'set', name, 'LATER=1234', '--plain')
  const [, other] = (
    await world.json<{ release: string; status: string; current: boolean }[]>('releases', name)
  ).filter(row => row.status === 'succeeded' && !row.current)
  const back = await world.must('rollback', name, other?.release ?? '')
  expect(back.stdout).toContain('they stay')
  expect((await world.must('env', 'list', name)).stdout).toContain('LATER=1234')
})

test('a name, a value or a variable that cannot be is refused, and nothing is set', async () => {
  const before = readFileSync(world.path(name, 'corpus', 'environment.json'), 'utf8')
  for (const bad of ['A B=1', '=1', '1A=1', 'FILE=@/nonexistent/file']) {
    const ended = await world.corpus('env', 'set', name, 'GOOD=1', bad)
    expect([bad, ended.status, ended.stderr]).toEqual([bad, 2, expect.stringContaining('ENVIRONMENT_INVALID')])
  }
  const unset = await world.corpus('env', 'unset', name, 'LATER', 'NOWHERE')
  expect([unset.status, unset.stderr]).toEqual([4, expect.stringContaining('ENVIRONMENT_UNKNOWN')])
  expect(readFileSync(world.path(name, 'corpus', 'environment.json'), 'utf8')).toBe(before)
})

test('a value can come by standard input', async () => {
  await world.run([corpusCommand, 'env', 'set', name, 'TYPED=-', '--plain'], { input: 'one\ntwo "\'$\n' })
  const rows = await world.json<{ name: string; value: string }[]>('env', 'list', name)
  expect(rows.find(row => row.name === 'TYPED')?.value).toBe('one\ntwo "\'$\n')
})

test('two who set at once both count', async () => {
  await Promise.all([1, 2, 3, 4].map(one => world.must('env', 'set', name, `AT_ONCE_${one}=x`, '--plain')))
  const listed = (await world.must('env', 'list', name)).stdout
  for (const one of [1, 2, 3, 4]) expect(listed).toContain(`AT_ONCE_${one}=x`)
})

test('without its key a deployment is refused before anything changes', async () => {
  const key = join(world.root, 'corpus', 'environment.key')
  const kept = readFileSync(key)
  const url = await world.json('status', name)
  rmSync(key)
  const ended = await world.corpus('deploy', name)
  expect(ended.stdout + ended.stderr).toContain('ENVIRONMENT_LOCKED')
  expect(await world.json('status', name)).toEqual(url)
  writeFileSync(key, kept, { mode: 0o600 })
})
