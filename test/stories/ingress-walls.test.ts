/** What nginx's workers reach: what a site serves, and nothing beside it, however a tree tries to lead them. */
import { chmodSync, chownSync, lchownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectName } from '../../src/kernel/names.ts'
import type { Driver } from '../../src/services/driver.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { findAccount } from '../../src/shell/account.ts'
import { localShell } from '../../src/shell/local.ts'
import { ask, type EntryPoint, entryPoint, siteOf } from '../support/ingress.ts'
import { type Room, room } from '../support/services.ts'
import { execute, makeWorld, uniqueName } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: folders of two accounts can be made by root only')

let here: Room
let driver: Driver
let entry: EntryPoint
beforeEach(async () => {
  here = room()
  driver = runitDriver({ place: here.place, shell: localShell })
  entry = await entryPoint(here)
})
afterEach(() => here.end(driver))

/** Two accounts that every Debian has, in the place of those of two projects. */
const ann = findAccount('games')
const bob = findAccount('news')

const home = (project: string) => join(here.root, 'projects', project)

/** A release as root has it: gates of root that others cannot pass, and a tree of this owner below. */
function release(project: string, name: string, files: Readonly<Record<string, string>>, uid = 0): string {
  const tree = join(home(project), 'archives/deployed', name, 'project')
  mkdirSync(tree, { recursive: true })
  for (let at = dirname(tree); at !== join(here.root, 'projects'); at = dirname(at)) chmodSync(at, 0o750)
  chownSync(tree, uid, uid)
  for (const [path, text] of Object.entries(files)) {
    const file = join(tree, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    chownSync(file, uid, uid)
    if (dirname(file) !== tree) chownSync(dirname(file), uid, uid)
  }
  return tree
}

const link = (tree: string, name: string, to: string, uid: number) => {
  symlinkSync(to, join(tree, name))
  lchownSync(join(tree, name), uid, uid)
}

/** Whether nginx's account gets at a path. */
const workerReads = async (path: string) =>
  (await execute(['setpriv', '--reuid=www-data', '--regid=www-data', '--init-groups', 'ls', path])).status === 0

const get = async (path: string, host = 'shop.test') => {
  const { status, text } = await ask(entry, host, path)
  return status === 200 ? text : status
}

test.skipIf(!isRoot)('the workers pass the gates of the release that serves, and of no other', async () => {
  const site = siteOf('shop', 'shop.test', {}, [])
  const trees = [
    release('shop', 'r1', { 'index.html': 'one' }),
    release('shop', 'r2', { 'index.html': 'two' }),
  ] as const
  mkdirSync(join(home('shop'), 'data'), { mode: 0o755 })
  writeFileSync(join(home('shop'), 'data/secret'), 'secret')
  chmodSync(join(home('shop'), 'data'), 0o750)
  const put = (tree: string) => entry.ingress.put(site, { tree, data: join(home('shop'), 'data'), ports: new Map() })
  expect((await put(trees[0])).notices.join()).not.toContain('every account')
  expect([await get('/'), await workerReads(trees[0]), await workerReads(trees[1])]).toEqual(['one', true, false])
  await put(trees[1])
  expect([await get('/'), await workerReads(trees[0]), await workerReads(trees[1])]).toEqual(['two', false, true])
  await put(trees[0])
  expect([await get('/'), await workerReads(trees[0]), await workerReads(trees[1])]).toEqual(['one', true, false])
  expect(await workerReads(join(home('shop'), 'data/secret'))).toBe(false)
  // Nobody else gets through, and nobody sees what is in a gate.
  expect(statSync(home('shop')).mode & 0o7).toBe(0)
  expect(await workerReads(home('shop'))).toBe(false)
  await entry.ingress.remove(projectName('shop'))
  const acl = await execute(['getfacl', '-pR', home('shop')])
  expect(acl.stdout).not.toContain('www-data')
})

test.skipIf(!isRoot)(
  'a project whose site leads to processes alone opens nothing, one that changes to that shuts it',
  async () => {
    const tree = release('shop', 'r1', { 'index.html': 'one' })
    const ports = new Map([['web' as never, [1]]])
    await entry.ingress.put(siteOf('shop', 'shop.test', { static: '.' }, ['web']), { tree, ports })
    expect(await workerReads(tree)).toBe(true)
    await entry.ingress.put(siteOf('shop', 'shop.test', {}, ['web']), { tree, ports })
    expect(await workerReads(tree)).toBe(false)
    expect((await execute(['getfacl', '-pR', home('shop')])).stdout).not.toContain('www-data')
  },
)

test.skipIf(!isRoot)('a folder of the data is served where a route says so, and then only that', async () => {
  const data = join(home('shop'), 'data')
  const tree = release('shop', 'r1', { 'index.html': 'one' })
  mkdirSync(join(data, 'uploads'), { recursive: true })
  for (const [name, text] of [
    ['secret', 'secret'],
    ['uploads/a.txt', 'a'],
  ] as const)
    writeFileSync(join(data, name), text)
  symlinkSync('../secret', join(data, 'uploads/inside'))
  symlinkSync('/etc/hostname', join(data, 'uploads/outside'))
  const { uid = 0 } = ann ?? {}
  for (const path of ['', 'secret', 'uploads', 'uploads/a.txt', 'uploads/inside', 'uploads/outside'])
    lchownSync(join(data, path), uid, uid)
  chmodSync(data, 0o750)
  await entry.ingress.put(siteOf('shop', 'shop.test', { routes: { '/up': { data: 'uploads' } } }, []), {
    tree,
    data,
    ports: new Map(),
  })
  expect(await get('/up/a.txt')).toBe('a')
  expect(await get('/up/outside')).toBe(403)
  expect(await get('/up/../secret')).toBe(404)
  expect(await get('/')).toBe('one')
})

test.skipIf(!isRoot || !ann || !bob)(
  'links lead to what has their owner, wherever in the tree the served folder is',
  async () => {
    const { uid: annId = 0 } = ann ?? {}
    const { uid: bobId = 0 } = bob ?? {}
    const other = release('other', 'r1', { 'index.html': 'other' }, bobId)
    chmodSync(join(home('other')), 0o755)
    writeFileSync(join(home('other'), 'pillar.sls'), 'pillar')
    for (const uid of [annId, 0]) {
      const name = `r${uid}`
      const tree = release('shop', name, { 'public/index.html': 'home', 'public/a.txt': 'a', 'shared/b.txt': 'b' }, uid)
      link(tree, 'public/inside', '../shared/b.txt', uid)
      link(tree, 'public/folder', '../shared', uid)
      // What leads out of a tree of root's own is given to the account when the tree is made.
      link(tree, 'public/passwd', '/etc/passwd', annId)
      link(tree, 'public/etc', '/etc', annId)
      link(tree, 'public/other', join(other, 'index.html'), annId)
      link(tree, 'public/pillar', join(home('other'), 'pillar.sls'), annId)
      link(tree, 'www', '/etc', annId)
      for (const routes of [{ '/': { static: 'public' } }, { '/x': { static: 'public' } }]) {
        await entry.ingress.put(siteOf('shop', 'shop.test', { routes }, []), { tree, ports: new Map() })
        const at = '/x' in routes ? '/x' : ''
        expect([await get(`${at}/a.txt`), await get(`${at}/inside`), await get(`${at}/folder/b.txt`)]).toEqual([
          'a',
          'b',
          'b',
        ])
        for (const path of ['passwd', 'etc/passwd', 'etc/', 'other', 'pillar'])
          expect([path, await get(`${at}/${path}`)]).toEqual([path, at === '' ? 404 : 403])
      }
      // The folder that is served may be a link itself.
      await entry.ingress.put(siteOf('shop', 'shop.test', { static: 'www' }, []), { tree, ports: new Map() })
      expect([await get('/passwd'), await get('/hostname')]).toEqual([404, 404])
    }
  },
)

test.skipIf(!isRoot || !ann)('what the ingress keeps is not for accounts of projects', async () => {
  const tree = release('shop', 'r1', { 'index.html': 'one' })
  const site = siteOf('shop', 'shop.test', { tls: 'internal', basic_auth: { ann: 'word' } }, [])
  await entry.ingress.put(site, { tree, ports: new Map() })
  const as = (...argv: string[]) =>
    execute(['setpriv', `--reuid=${ann?.uid}`, `--regid=${ann?.gid}`, '--clear-groups', ...argv])
  const found = await as('find', entry.place.home, '-type', 'f', '-readable')
  expect(found.stdout).not.toMatch(/key|password|\.log|sites|lock/)
  for (const name of readdirSync(join(entry.place.home, 'locks')))
    expect((await as('flock', '-n', join(entry.place.home, 'locks', name), 'true')).status).not.toBe(0)
  expect((await as('flock', '-n', join(here.place.home, 'runit/own/lock'), 'true')).status).not.toBe(0)
})

test.skipIf(!isRoot)(
  'a pushed site shows nothing that its links lead out to, by themselves, by others, or in a submodule',
  async () => {
    const world = makeWorld()
    try {
      const module = join(world.scratch, 'module')
      mkdirSync(module)
      symlinkSync('/etc/passwd', join(module, 'passwd'))
      writeFileSync(join(module, 'page.html'), 'module')
      chmodSync(world.scratch, 0o755)
      for (const words of [
        ['init', '-q'],
        ['add', '-A'],
        ['commit', '-qm', 'First'],
      ])
        await world.run(['git', '-C', module, ...words])
      const name = uniqueName('links')
      await world.must('init', name, '--mode', 'final', '--installer', 'static')
      const clone = await world.clone(name, { 'index.html': 'home' })
      symlinkSync('/etc/passwd', join(clone.folder, 'passwd'))
      symlinkSync('passwd', join(clone.folder, 'chain'))
      symlinkSync('/etc', join(clone.folder, 'etc'))
      symlinkSync('etc/passwd', join(clone.folder, 'through'))
      symlinkSync('index.html', join(clone.folder, 'inside'))
      await clone.git('submodule', 'add', '-q', module, 'module')
      await clone.commit({})
      const pushed = await clone.push()
      expect(pushed.status, pushed.stderr).toBe(0)
      const { url } = await world.json<{ url: string }>('status', name)
      const text = async (path: string) => {
        const answer = await fetch(`${url}${path}`)
        return answer.status === 200 ? answer.text() : answer.status
      }
      expect([await text(''), await text('inside'), await text('module/page.html')]).toEqual(['home', 'home', 'module'])
      for (const path of ['passwd', 'chain', 'through', 'etc/passwd', 'module/passwd'])
        expect([path, await text(path)]).toEqual([path, 404])
    } finally {
      await world.dispose()
    }
  },
)
