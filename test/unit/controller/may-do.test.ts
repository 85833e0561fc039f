import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { machine, mayDo, onProject, reaches } from '../../../src/controller/may-do.ts'
import { type Granted, grantable, type Held, type Right, rights, roles } from '../../../src/controller/rights.ts'

const allow = (what: string, glob: string, kind = 'project'): Granted => ({ what, effect: 'allow', on: { kind, glob } })
const deny = (what: string, glob: string): Granted => ({ what, effect: 'deny', on: { kind: 'project', glob } })
const may = (grants: readonly Granted[], right: Right, project: string, more: Partial<Held> = {}) =>
  mayDo({ held: { admin: false, grants, token: null, ...more } }, right, onProject(project))

describe('what nobody granted is not allowed', () => {
  test('nothing to whoever was granted nothing, and everything to root of the machine', () => {
    for (const right of rights) {
      expect(may([], right, 'shop')).toBe(false)
      expect(mayDo({ held: { admin: false, grants: [], token: null } }, right, machine)).toBe(false)
      expect(mayDo({}, right, machine)).toBe(true)
    }
  })
  test.each(Object.entries(roles))('%s has its rights, and no other, on what was named alone', (role, its) => {
    for (const right of rights) {
      expect([right, may([allow(role, 'shop')], right, 'shop')]).toEqual([
        right,
        (its as readonly string[]).includes(right),
      ])
      expect(may([allow(role, 'shop')], right, 'shop2')).toBe(false)
      expect(mayDo({ held: { admin: false, grants: [allow(role, '*')], token: null } }, right, machine)).toBe(false)
    }
  })
  test('a word that this corpus does not know gives sight at most', () => {
    expect(rights.filter(right => may([allow('rule-the-world', 'shop')], right, 'shop'))).toEqual(['see'])
    expect(may([allow('constructor', 'shop')], 'deploy', 'shop')).toBe(false)
  })
})

describe('the most specific rule decides', () => {
  test.each([
    ['a name beats a glob', [allow('deployer', '*'), deny('deploy', 'shop')], 'shop', false],
    ['a name beats a glob, the other way', [deny('deploy', '*'), allow('deployer', 'shop')], 'shop', true],
    ['more letters beat fewer', [allow('deployer', 'team-*'), deny('deploy', 'team-secret-*')], 'team-secret-a', false],
    [
      'what is less specific elsewhere is nothing to it',
      [allow('deployer', 'team-*'), deny('deploy', 'x-*')],
      'team-a',
      true,
    ],
    ['at the same depth a denial wins', [allow('deployer', 'shop'), deny('deploy', 'shop')], 'shop', false],
    [
      'at the same depth a denial wins, whatever came first',
      [deny('deploy', 'shop'), allow('owner', 'shop')],
      'shop',
      false,
    ],
    ['who may not see may do nothing', [allow('owner', '*'), deny('see', 'shop')], 'shop', false],
    ['a denied right leaves the others', [allow('owner', '*'), deny('shell', 'shop')], 'shop', true],
  ] as const)('%s', (_, grants, project, is) => {
    expect(may(grants, 'deploy', project)).toBe(is)
  })
  test('any right lets one see', () => {
    expect(may([allow('deploy', 'shop')], 'see', 'shop')).toBe(true)
    expect(may([deny('deploy', 'shop')], 'see', 'shop')).toBe(false)
    expect(may([allow('logs', '*'), deny('deploy', 'shop')], 'see', 'shop')).toBe(true)
  })
  test('globs match whole names, and platforms behind @', () => {
    for (const [glob, name, is] of [
      ['*', 'shop', true], ['shop', 'shop', true], ['sho', 'shop', false], ['s*p', 'shop', true], ['s*o', 'shop', false],
      ['*o*', 'shop', true], ['aa*aa', 'aaa', false], ['shop@staging', 'shop@staging', true], ['shop@staging', 'shop', false],
      ['shop', 'shop@prod', true], ['*@prod', 'shop@prod', true], ['*@prod', 'shop@staging', false], ['.*', 'shop', false],
      ['', 'shop', false], ['s.op', 'shop', false],
    ] as const) expect([glob, name, reaches(glob, name)]).toEqual([glob, name, is]) // biome-ignore format: a table
  })
  test('a hostile glob keeps nobody busy', () => {
    expect(reaches(`${'*a'.repeat(5000)}b`, 'a'.repeat(10_000))).toBe(false)
  })
})

describe('a token narrows, and never widens', () => {
  const grants = [allow('maintainer', 'team-*')]
  test('to rights and to projects', () => {
    const token = { rights: ['deploy'], projects: ['team-a'] }
    expect(rights.filter(right => may(grants, right, 'team-a', { token }))).toEqual(['see', 'deploy'])
    expect(may(grants, 'see', 'team-b', { token })).toBe(false)
    expect(may(grants, 'shell', 'team-a', { token: { rights: ['shell'], projects: null } })).toBe(false)
    expect(may(grants, 'see', 'team-a', { token: { rights: [], projects: null } })).toBe(false)
  })
  test('an administrator’s, too', () => {
    const held = { admin: true, grants: [], token: { rights: null, projects: ['shop'] } }
    expect(mayDo({ held }, 'admin', machine)).toBe(false)
    expect(mayDo({ held }, 'admin', onProject('shop'))).toBe(true)
    expect(mayDo({ held: { ...held, token: { rights: ['viewer'], projects: null } } }, 'admin', machine)).toBe(false)
  })
})

const anyGrant = fc.record({
  what: fc.constantFrom<string>(...grantable),
  effect: fc.constantFrom('allow' as const, 'deny' as const),
  on: fc.record({ kind: fc.constant('project'), glob: fc.constantFrom('*', 's*', 'sh*', 'shop', 'other') }),
})

test('a denial more never allows more, and the order in which things were granted is nothing', () => {
  fc.assert(
    fc.property(fc.array(anyGrant, { maxLength: 6 }), anyGrant, fc.constantFrom(...rights), (grants, more, right) => {
      const before = may(grants, right, 'shop')
      expect(may([...grants].reverse(), right, 'shop')).toBe(before)
      if (!before) expect(may([...grants, { ...more, effect: 'deny' }], right, 'shop')).toBe(false)
      if (may(grants, right, 'shop')) expect(may(grants, 'see', 'shop')).toBe(true)
    }),
  )
})
