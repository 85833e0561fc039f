import { describe, expect, test } from 'vitest'
import { fromJson, toJson } from '../../../src/configuration/json.ts'
import { type Layers, resolveConfiguration } from '../../../src/configuration/resolve.ts'
import { projectName } from '../../../src/kernel/names.ts'
import type { Dict } from '../../../src/salt/python/dict.ts'

const fixed = { name: projectName('shop'), paths: { project_root: '/srv/projects/shop/project' } }
const debian = { os: 'Debian', osFamily: 'Debian' }
const dict = (json: object) => fromJson(json) as Dict
const resolve = (layers: Partial<Layers> = {}) => resolveConfiguration({ fixed, system: debian, ...layers })
const plain = (layers: Partial<Layers> = {}) => toJson(resolve(layers)) as Record<string, unknown>
const own = (section: object) => dict({ 'makina-projects.shop': section })

describe('the configuration of a project', () => {
  test('has defaults that need nobody to say anything', () => {
    expect(plain()).toMatchObject({
      name: 'shop',
      api_version: 2,
      installer: 'auto',
      keep_archives: 3,
      user: 'shop-user',
      group: 'shop-grp',
      default_env: 'dev',
      mode: 'cooking',
      deploy_branch: ['master', 'main'],
      project_root: '/srv/projects/shop/project',
    })
  })

  test('takes each layer over the one below it', () => {
    const layers = ['installer', 'sample', 'pillar', 'env', 'os', 'saved', 'args']
    const values = (upTo: number) => {
      const has = (name: string) => layers.indexOf(name) <= upTo
      const mark = (name: string) => ({ data: { who: name, [name]: true } })
      const pillar = {
        ...(has('pillar') ? mark('pillar') : {}),
        ...(has('env') ? { env_defaults: { dev: mark('env') } } : {}),
        ...(has('os') ? { os_defaults: { Debian: mark('os') } } : {}),
      }
      return plain({
        installer: dict(mark('installer')),
        ...(has('sample') ? { sample: () => own(mark('sample')) } : {}),
        pillar: own(pillar),
        ...(has('saved') ? { saved: dict(mark('saved')) } : {}),
        ...(has('args') ? { args: dict(mark('args')) } : {}),
      })['data'] as Record<string, unknown>
    }
    for (const [index, name] of layers.entries()) {
      const data = values(index)
      expect(data['who']).toBe(name)
      expect(Object.keys(data).sort()).toEqual(['who', ...layers.slice(0, index + 1)].sort())
    }
  })

  test('puts a bare key of env_defaults where its counterpart is, and into data where it has none', () => {
    const result = plain({
      pillar: own({
        default_env: 'prod',
        greeting: 'low',
        env_defaults: {
          prod: { greeting: 'high', domain: 'shop.example', keep_archives: 7 },
          dev: { keep_archives: 1 },
        },
      }),
    })
    expect(result).toMatchObject({
      greeting: 'high',
      keep_archives: 7,
      data: { domain: 'shop.example' },
      mode: 'final',
    })
  })

  test('takes the platform from the highest layer that names it', () => {
    const pillar = own({ default_env: 'dev', env_defaults: { staging: { port: 1 }, dev: { port: 2 } } })
    const result = plain({ pillar, saved: dict({ default_env: 'staging' }) })
    expect(result).toMatchObject({ mode: 'cooking', data: { port: 1 } })
  })

  test('is cooking where nobody says a mode or a platform, and never editable by silence', () => {
    expect(plain({ pillar: own({ data: { port: 1 } }) })['mode']).toBe('cooking')
    for (const layer of [{ pillar: own({ default_env: 'dev' }) }, { saved: dict({ default_env: 'dev' }) }])
      expect(plain(layer)['mode']).toBe('editable')
    expect(() => plain({ pillar: own({ default_env: 'production' }) })).toThrow(/says no mode/)
    expect(plain({ pillar: own({ default_env: 'production', mode: 'final' }) })['mode']).toBe('final')
  })

  test('keeps a mode that was chosen against the platform', () => {
    expect(plain({ args: dict({ mode: 'cooking', default_env: 'prod' }) })['mode']).toBe('cooking')
  })

  test('reads a sample written before the project had its name, and one written plainly', () => {
    const sample = dict({ 'makina-projects.projectname': { data: { port: 8080 } }, 'makina-states.other': { x: 1 } })
    expect(plain({ sample: () => sample })['data']).toEqual({ port: 8080 })
    expect(plain({ sample: () => dict({ data: { port: 1 } }) })['data']).toEqual({ port: 1 })
    const result = plain({ sample: () => dict({ 'other.thing': 1 }) })
    expect(result).not.toHaveProperty('other.thing')
  })

  test('reads flat keys of a pillar', () => {
    const pillar = dict({ 'makina-projects.shop': { data: { a: 1 } }, 'makina-projects.shop.data.port': 12 })
    expect(plain({ pillar })['data']).toEqual({ a: 1, port: 12 })
  })

  test('knows release_artifacts_urls by both spellings, in any layer', () => {
    const result = plain({
      sample: () => own({ release_artifacts_urls: ['file:/low'] }),
      pillar: own({ release_artifacs_urls: 'file:/high' }),
      args: dict({ 'release_artifacs_urls-append': [] }),
    })
    expect(result['release_artifacts_urls']).toEqual(['file:/high'])
    expect(result).not.toHaveProperty('release_artifacs_urls')
  })

  test('takes a key with nothing behind it as one that is not given', () => {
    const pillar = own({
      constructor: 'x',
      toString: 'y',
      data: null,
      env_defaults: null,
      os_defaults: null,
      services: null,
    })
    const result = plain({ sample: () => own({ data: { port: 1 } }), pillar })
    expect(result).toMatchObject({ constructor: 'x', toString: 'y', data: { port: 1 }, services: null })
  })

  test('takes several host names in one line', () => {
    expect(plain({ args: dict({ domains: 'a.example, b.example' }) })['domains']).toEqual(['a.example', 'b.example'])
  })

  test('puts settings of corpus in env_defaults to the top, where corpus reads them', () => {
    const pillar = own({
      env_defaults: { dev: { notifications: { slack: 'https://x' }, data_archives: ['media'], other: 1 } },
    })
    const result = plain({ pillar })
    expect(result).toMatchObject({
      notifications: { slack: 'https://x' },
      data_archives: ['media'],
      data: { other: 1 },
    })
  })

  test('takes an api_version written as text', () => {
    expect(plain({ pillar: own({ api_version: '2' }) })['api_version']).toBe(2)
  })

  test('belongs to the caller: changing it changes no layer and not the next one', () => {
    const saved = dict({ data: { list: [1] } })
    const first = resolve({ saved })
    ;((first.get('data') as Dict).get('list') as number[]).push(2)
    first.set('deploy_branch', [])
    expect(plain({ saved })).toMatchObject({ data: { list: [1] }, deploy_branch: ['master', 'main'] })
  })
})

describe('a bad configuration', () => {
  test('has all its faults told at once', () => {
    const pillar = own({ keep_archives: -1, mode: 'turbo', data: 3, api_version: 9, user: 'a b', deploy_branch: [] })
    try {
      resolve({ pillar })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
      const lines = (error as { detail: string }).detail.split('\n')
      for (const key of ['keep_archives', 'mode', 'data', 'api_version', 'user', 'deploy_branch'])
        expect(lines.filter(line => line.startsWith(`${key} must be`))).toHaveLength(1)
      expect(lines).toHaveLength(6)
    }
  })

  test.each([[['a']], [{ b: 1 }]])('refuses a variable of the environment that is no scalar: %j', value => {
    expect(() => resolve({ pillar: own({ environment: { GOOD: 1.5, BAD: value } }) })).toThrow(
      /environment must be a mapping of names to texts, numbers or truth values/,
    )
  })

  test.each([
    ['the pillar', { pillar: fromJson(['a']) }, /pillar of shop is not a mapping but a list/],
    [
      'its section',
      { pillar: dict({ 'makina-projects.shop': 'x' }) },
      /makina-projects.shop in the pillar is not a mapp/,
    ],
    ['the sample', { sample: () => 'text' }, /PILLAR.sample of shop is not a mapping but "text"/],
  ])('is refused when %s is not a mapping', (_, layers, message) => {
    expect(() => resolve(layers)).toThrow(expect.objectContaining({ code: 'PILLAR_INVALID' }))
    expect(() => resolve(layers)).toThrow(message)
  })

  test('may not move the project or rename it', () => {
    expect(() => resolve({ pillar: own({ project_root: '/etc' }) })).toThrow(/project_root is fixed/)
    expect(() => resolve({ args: dict({ name: 'other' }) })).toThrow(/name is fixed/)
  })
})
