import { expect, test } from 'vitest'
import { gitWordsOf } from '../../../src/serve/ssh-session.ts'

const project = (name: string) => ({ service: 'receive-pack', name, repository: 'project.git' })
const pillar = (name: string) => ({ service: 'receive-pack', name, repository: 'pillar.git' })

test.each([
  ["'shop'", project('shop')],
  ["'/shop'", project('shop')],
  ["'/shop/'", project('shop')],
  ["'shop.git'", project('shop')],
  ["'/~/shop'", project('shop')],
  ["'shop/project.git'", project('shop')],
  ["'/srv/projects/shop/git/project.git'", project('shop')],
  ["'/shop/pillar'", pillar('shop')],
  ["'shop/pillar.git'", pillar('shop')],
  ["'/srv/projects/shop/git/pillar.git/'", pillar('shop')],
])('git asks for %s', (path, wanted) => {
  expect(gitWordsOf(`git-receive-pack ${path}`, '/srv')).toEqual(wanted)
  expect(gitWordsOf(`git receive-pack ${path}`, '/srv')).toEqual(wanted)
})

// A name with anything else in it is no project's, and so nobody's to see.
test.each([
  "'../../etc'",
  "'--help'",
  "--strict 'shop'",
  "'shop'; id",
  "'shop' 'other'",
  "'/srv/projects/../x/git/project.git'",
  "''",
])('a forged path %s names no project', path => {
  const { name } = gitWordsOf(`git-upload-pack ${path}`, '/srv') ?? { name: 'none' }
  expect(name).not.toMatch(/^[a-z][a-z0-9_-]*$/)
})

test.each([
  'git-shell',
  'git-receive-packs x',
  'git push x',
  'status shop',
  '',
  " git-receive-pack 'shop'",
  'scp -t x',
])('%j is not for git', line => expect(gitWordsOf(line, '/srv')).toBeUndefined())
