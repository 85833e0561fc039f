import { expect, test } from 'vitest'
import { leadingOut } from '../../../src/git/leading-out.ts'

const out = (links: Record<string, string>) => leadingOut(new Map(Object.entries(links))).sort()

test('a link leads out by what it says, or by way of another that does', () => {
  expect(
    out({
      inside: 'page.html',
      'docs/up': '../page.html',
      absolute: '/etc/passwd',
      'docs/above': '../../other',
      hidden: 'docs/../../x',
      chain: 'absolute',
      longer: './chain',
      folder: '/etc',
      through: 'folder/passwd',
      'docs/through': '../folder/passwd',
      'deep/down': '../within/absolute',
      within: 'docs',
      'docs/absolute': '../absolute',
      fine: 'within/up',
    }),
  ).toEqual([
    'absolute',
    'chain',
    'deep/down',
    'docs/above',
    'docs/absolute',
    'docs/through',
    'folder',
    'hidden',
    'longer',
    'through',
  ])
})

test('links that lead to one another for ever are not trusted', () => {
  expect(out({ a: 'b', b: 'a', self: 'self', grows: 'grows/x' })).toEqual(['a', 'b', 'grows', 'self'])
})
