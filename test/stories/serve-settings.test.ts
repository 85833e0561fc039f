/** Whoever may configure a project by HTTP is neither root nor another project's by that. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
const other = uniqueName('other')
const tokens: Record<string, string> = {}
let world: World
let serving: Serving

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop)
  await world.must('init', other)
  for (const [name, role] of [
    ['mia', 'maintainer'],
    ['dan', 'deployer'],
    ['olga', 'owner'],
  ] as const) {
    await world.must('user', 'add', name)
    await world.must('grant', name, role, shop)
  }
  await world.must('user', 'add', 'admin', '--admin')
  for (const name of ['mia', 'dan', 'olga', 'admin'])
    tokens[name] = (await world.json<{ token: string }>('token', 'create', name)).token
  serving = await serve(world)
}, 60_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const as = (name: string, line: string, body?: unknown) =>
  serving.ask(line, { token: tokens[name] ?? '', ...(body === undefined ? {} : { body }) })
const configure = (name: string, ...settings: string[]) =>
  as(name, `PATCH /projects/${shop}/configuration`, { settings })
const saved = () => readFileSync(world.path(shop, 'corpus', 'configuration.json'), 'utf8')

/** An installer whose state files run as root, in a folder that the account of the project writes to. */
function evilInstaller(): string {
  const folder = join(world.path(shop, 'data'), 'evil')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'installer.yaml'), 'does: Is root.\n')
  writeFileSync(join(folder, 'build.sls'), 'root:\n  cmd.run:\n    - name: id > /tmp/evil\n')
  return folder
}

describe('a maintainer', () => {
  const attacks: readonly (readonly [string, () => string])[] = [
    ['an installer by its path', () => `installer=${evilInstaller()}`],
    ['an installer that leads out', () => 'installer=../../../data/evil'],
    ['an installer that is filled in', () => 'installer={data.installer}'],
    ['assets by their path', () => `assets=${evilInstaller()}`],
    ['one of several assets by its path', () => `assets=["nodejs", "${evilInstaller()}"]`],
    ['another account', () => 'user=root'],
    ['another group', () => 'group=shadow'],
    ['the account of another project', () => `user=${other}-user`],
    ['to share the account of another project', () => 'shared_account=true'],
    ['a developer', () => 'developer=root'],
    ['state files of root’s', () => 'states_as=root'],
    ['editable mode', () => 'mode=editable'],
    ['the platform of editable mode', () => 'default_env=dev'],
    ['submodules with the keys of root', () => 'submodules_as=root'],
    ['a release out of another project', () => `release_artifacts_urls=file://${world.path(other, 'releases')}/`],
    ['a release of anybody’s', () => 'artifacts_without_digest=true'],
    ['another origin', () => `origin=file://${world.path(other, 'git', 'project.git')}`],
    ['another origin of the pillar', () => `pillar_origin=file://${world.path(other, 'git', 'pillar.git')}`],
    ['a folder for backups', () => 'backup.target=/etc/cron.d'],
    ['all of it', () => 'backup={"target": "/root/x", "password": "x"}'],
    ['a dump as another account', () => 'data_archives={"db": {"postgresql": "other", "account": "postgres"}}'],
    ['a command of the machine', () => 'notifications={"command": ["/bin/sh", "-c", "id"]}'],
    ['a command of the machine, in another spelling', () => 'notifications.command-overrides=["/bin/sh"]'],
    ['another engine', () => 'engine=salt'],
    ['the engine of containers', () => 'docker.engine=/var/run/docker.sock'],
    ['containers', () => 'containers={"web": {"privileged": true}}'],
    ['the settings of one platform', () => 'env_defaults.prod.installer=/tmp/evil'],
    ['the settings of one system', () => 'os_defaults={"Debian": {"user": "root"}}'],
    ['a text that state files put into commands', () => 'data.name="x; id > /tmp/evil"'],
    ['a branch with other state files', () => 'deploy_branch=attic'],
    ['other state files', () => 'full=false'],
    ['a list by its other spelling', () => 'deploy_branch-append=["attic"]'],
    ['a mapping by its other spelling', () => 'data-overrides={"a": 1}'],
    ['a name that ends a line', () => 'domains=["a.example\\n  evil"]'],
    ['what nobody has declared', () => 'python.interpreter=/tmp/evil'],
    ['a folder of the machine', () => 'pillar_root=/tmp'],
  ]

  test.each(attacks)('does not say %s', async (_, attack) => {
    const before = saved()
    const said = await configure('mia', 'keep_archives=7', attack())
    expect([said.status, said.json.error?.code]).toEqual([403, 'RIGHT_MISSING'])
    expect(saved()).toBe(before)
    const deployed = await as('mia', `POST /projects/${shop}/deploy`, { set: [attack()] })
    expect([deployed.status, deployed.json.error?.code]).toEqual([403, 'RIGHT_MISSING'])
  })

  test('does not take back what the operator said', async () => {
    await world.must('config', 'set', shop, 'submodules_as=account')
    const said = await as('mia', `POST /projects/${shop}/configuration/unset`, { keys: ['submodules_as'] })
    expect([said.status, said.json.error?.code]).toEqual([403, 'RIGHT_MISSING'])
    expect(saved()).toContain('submodules_as')
  })

  test('says what is the application’s own', async () => {
    const settings = [
      'keep_archives=5',
      'installer=nodejs',
      'mode=final',
      'scale.web=2',
      'domains=www.example.org shop.example.org',
      'environment.COLOUR=blue',
      'services.web.memory=512M',
      'notifications.mail=ops@example.org',
      'build.nice=5',
    ]
    const said = await configure('mia', ...settings)
    expect([said.status, said.json.changed?.length]).toEqual([200, settings.length])
    const keys = ['installer', 'mode', 'scale.web', 'notifications.mail']
    expect((await as('mia', `POST /projects/${shop}/configuration/unset`, { keys })).status).toBe(200)
  })

  test('names no folder of the machine', async () => {
    const root = join(world.scratch, 'states')
    mkdirSync(root)
    writeFileSync(join(root, 'web.sls'), 'root:\n  test.nop: []\n')
    const places = [
      { file_root: root, sls: ['web'] },
      { file_root: root, pillar_root: root },
      { pillar_root: root },
      { cfg: '{}' },
    ]
    for (const place of places)
      for (const who of ['mia', 'olga']) {
        const said = await as(who, 'POST /states/apply', { name: shop, ...place })
        expect([who, place, said.status]).toEqual([who, place, 403])
        const words = new URLSearchParams({ name: shop })
        for (const [key, value] of Object.entries(place)) words.set(key, String(value))
        for (const line of ['/states/rendered', '/states/steps'])
          expect([line, place, (await as(who, `GET ${line}?${words}`)).status]).toEqual([line, place, 403])
      }
    const pillar = { name: shop, pillar: '{"a": 1}' }
    expect((await as('mia', 'POST /states/apply', pillar)).status).toBe(403)
    const applied = await as('admin', 'POST /states/apply', { file_root: root, sls: ['web'], test: true })
    expect([applied.status, Object.keys(applied.json.local)]).toEqual([200, ['test_|-root_|-root_|-nop']])
  }, 30_000)
})

test('a deployer configures nothing, not for one deployment alone', async () => {
  const said = await as('dan', `POST /projects/${shop}/deploy`, { set: ['keep_archives=5'] })
  expect([said.status, said.json.error.code]).toEqual([403, 'RIGHT_MISSING'])
  expect((await as('dan', `POST /projects/${shop}/rollback`, { with_data: true })).status).toBe(403)
})

test('an owner says what a pillar says, and nothing of the machine; an administrator says both', async () => {
  expect((await configure('olga', 'data.colour=blue', 'deploy_branch=master')).status).toBe(200)
  expect((await configure('olga', 'user=root')).status).toBe(403)
  expect((await configure('olga', 'installer=/tmp/x')).status).toBe(403)
  expect((await configure('admin', 'python.interpreter=python3', 'states_as=developer')).status).toBe(200)
  const narrowed = await world.json<{ token: string }>('token', 'create', 'admin', '--right', 'maintainer')
  const line = `PATCH /projects/${shop}/configuration`
  const said = await serving.ask(line, { token: narrowed.token, body: { settings: ['states_as=root'] } })
  expect(said.status).toBe(403)
})
