import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSaved, withSnapshot, writeSaved } from '../../../src/configuration/saved.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'
import { newRelease } from '../../../src/kernel/release.ts'
import { createWorld, pillarDict } from '../../../src/salt/context/world.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { localShell } from '../../../src/shell/local.ts'
import { projectFunctions } from '../../../src/statefiles/functions.ts'

let root = ''
let cfg: Dict
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-functions-'))
  cfg = Dict.of({ name: 'shop', data: Dict.of({ port: 8080 }), project_root: '/srv/shop' })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const layoutOf = (name: string) => projectLayout(root, projectName(name))

/** A template as a state file of the project `shop` has it. */
async function rendered(text: string, rehearsal = false): Promise<string> {
  const world = createWorld({
    shell: localShell,
    fileRoots: [],
    pillar: pillarDict(),
    test: false,
    cfg,
    functions: projectFunctions({ layout: layoutOf('shop'), cfg, rehearsal }),
  })
  try {
    return (await world.templating()).renderSls({ path: 'main.sls', text }, new Map())
  } finally {
    world.dispose()
  }
}

const password = (key: string, more = '') => `{{ salt['mc_utils.generate_stored_password']('${key}'${more}) }}`
const passwords = () => join(root, 'corpus', 'passwords.json')

describe('A stored password', () => {
  test('is made once, and is the same for all who ask for its key', async () => {
    const first = await rendered(password('shop-db'))
    expect(first).toMatch(/^[A-Za-z0-9]{16}$/)
    expect(await rendered(`${password('shop-db')} ${password('other', ', 30')}`)).toMatch(
      new RegExp(`^${first} [A-Za-z0-9]{30}$`),
    )
    expect(statSync(passwords()).mode & 0o777).toBe(0o600)
  })

  test('is replaced when that is asked for, and can be given', async () => {
    const first = await rendered(password('a'))
    expect(await rendered(password('a', ', force=True'))).not.toBe(first)
    expect(await rendered(password('b', ", value='given'"))).toBe('given')
    expect(await rendered(password('b'))).toBe('given')
  })

  test('is not made where somebody only looks', async () => {
    expect(await rendered(password('a', ', 8'), true)).toBe('********')
    expect(existsSync(passwords())).toBe(false)
  })

  test('is told from a file that cannot be read, which stays as it is', async () => {
    mkdirSync(join(root, 'corpus'))
    writeFileSync(passwords(), '{"a": ')
    await expect(rendered(password('a'))).rejects.toThrow(/passwords\.json cannot be read/)
    expect(readFileSync(passwords(), 'utf8')).toBe('{"a": ')
  })

  test('has a length that makes sense', async () => {
    await expect(rendered(password('a', ', 0'))).rejects.toThrow(/from 1 to 4096/)
    await expect(rendered(password('a', ', 10**9'))).rejects.toThrow(/from 1 to 4096/)
  })
})

describe('mc_project', () => {
  test('gives the configuration by reference, with and without the name', async () => {
    await rendered("{% set c = salt['mc_project.get_configuration']('shop') %}{% do c.data.update({'seen': 1}) %}")
    expect((cfg.get('data') as Dict).get('seen')).toBe(1)
    expect(await rendered("{{ salt['mc_project.get_configuration'](cfg).name }}")).toBe('shop')
    expect(await rendered('{{ opts.ms_project.data.port }}')).toBe('8080')
  })

  test('gives the configuration of another project as it was last deployed', async () => {
    const layout = layoutOf('db')
    mkdirSync(layout.own, { recursive: true })
    const release = releaseId(newRelease())
    writeSaved(
      layout.savedConfiguration,
      withSnapshot(readSaved(layout.savedConfiguration), Dict.of({ name: 'db', port: 5432 }), release),
    )
    expect(await rendered("{{ salt['mc_project.get_configuration']('db').port }}")).toBe('5432')
    for (const name of ['nobody', '../../etc'])
      await expect(rendered(`{{ salt['mc_project.get_configuration']('${name}') }}`)).rejects.toThrow(/project/)
  })

  test('saves settings, but not where somebody only looks', async () => {
    const text = "{% do salt['mc_project.set_configuration']('shop', port=9) %}{{ cfg.port }}"
    mkdirSync(layoutOf('shop').own, { recursive: true })
    expect(await rendered(text, true)).toBe('9')
    expect(existsSync(layoutOf('shop').savedConfiguration)).toBe(false)
    await rendered(text)
    expect(readSaved(layoutOf('shop').savedConfiguration).settings.get('port')).toBe(9)
  })

  test.each(['deploy', 'deploy_project', 'archive', 'release_sync', 'configure', 'build', 'rollback', 'notify'])(
    'refuses %s inside of a deployment, and says what to write',
    async name => {
      await expect(rendered(`{{ salt['mc_project.${name}']('shop', only='build') }}`)).rejects.toThrow(
        new RegExp(`mc_project\\.${name} cannot be called by a state file.*corpus [a-z_-]+ NAME`),
      )
    },
  )
})

test('mc_utils.format_resolve fills texts from the configuration, and tells a circle', async () => {
  expect(await rendered("{{ salt['mc_utils.format_resolve']('{project_root}/{port}', cfg) }}")).toBe('/srv/shop/8080')
  cfg.set('a', '{b}')
  cfg.set('b', '{a}')
  await expect(rendered("{{ salt['mc_utils.format_resolve']('{a}') }}")).rejects.toThrow(/circle|leads back/)
})
