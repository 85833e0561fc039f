/** What root keeps of a project, and what it reads and puts back for it, is out of reach of the project's own account. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/shell/account.ts'
import { type Clone, type Ended, home, makeWorld, uniqueName, type World } from '../support/world.ts'

const asRoot = process.getuid?.() === 0
const canary = 'canary-of-the-other-project'

describe.skipIf(!asRoot || !existsSync('/usr/bin/sqlite3'))('the data of a project', () => {
  let world: World
  let clone: Clone
  let pillar: Clone
  const name = uniqueName('tenant')
  const other = uniqueName('other')
  const data = (...parts: string[]) => world.path(name, 'data', ...parts)
  const hook = () => world.path(other, 'git', 'project.git', 'hooks', 'pre-receive')
  const secret = () => world.path(other, 'data', 'shop.db')
  const current = async () => (await world.json<{ release: string }>('status', name)).release
  /** As the project's own account, by a shell, in its data. */
  const asTenant = (script: string) => {
    const account = findAccount(`${name}-user`)
    const rights = [`--reuid=${account?.uid}`, `--regid=${account?.gid}`, '--init-groups', '--']
    const ended = spawnSync('setpriv', [...rights, 'sh', '-ec', script], { cwd: data(), encoding: 'utf8' })
    if (ended.status !== 0) throw new Error(`${script}\n${ended.stderr}`)
  }
  const keep = async (declared: string): Promise<Ended> => {
    await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  ingress: false\n  data_archives: ${declared}\n` })
    return pillar.push()
  }
  let pushes = 0
  const push = async () => {
    await clone.commit({ 'index.html': `${++pushes}\n` })
    return clone.push()
  }
  /** In all that is kept of the tenant, packed or not. */
  const isKept = () => {
    const files = execFileSync('find', [world.path(name), '-type', 'f', '-size', '-1000k', '-print0'], {
      encoding: 'utf8',
    }).split('\0')
    return files.filter(file => {
      if (!existsSync(file)) return false
      try {
        return (file.endsWith('.zst') ? execFileSync('zstd', ['-dcq', file]) : readFileSync(file)).includes(canary)
      } catch (error) {
        // A blank file became another meanwhile.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
        throw error
      }
    })
  }

  beforeAll(async () => {
    world = makeWorld()
    for (const one of [name, other]) await world.must('init', one, '--mode', 'final')
    pillar = await world.clonePillar(name)
    clone = await world.clone(name, { 'index.html': 'one\n' })
    execFileSync('sqlite3', [secret(), `CREATE TABLE t (x); INSERT INTO t VALUES ('${canary}')`])
    const owner = findAccount(`${other}-user`)
    chownSync(secret(), owner?.uid ?? 0, owner?.gid ?? 0)
    execFileSync('chmod', ['600', secret()])
    expect((await keep('{shop: {sqlite: shop.db}, media: media}')).status).toBe(0)
    expect((await push()).stderr).toContain('deployed in')
    asTenant('mkdir media && echo then >media/photo && sqlite3 shop.db "CREATE TABLE t (x); INSERT INTO t VALUES (1)"')
    expect((await push()).stderr).toContain('kept shop, media')
  })
  afterAll(() => world?.dispose())

  test('is dumped by its own account: a link to the database of another project is not read', async () => {
    asTenant(`mv shop.db mine.db && ln -s ${secret()} shop.db`)
    const pushed = await push()
    expect(pushed.stderr).toMatch(/could not be dumped|shop is not in the data yet/)
    expect(isKept()).toEqual([])
    asTenant('rm shop.db && mv mine.db shop.db')
  })

  test('is dumped without what a hard link or a link on the way shows', async () => {
    const file = join(world.root, 'secret')
    writeFileSync(file, canary, { mode: 0o600 })
    linkSync(file, data('media', 'stolen'))
    const pushed = await push()
    expect([pushed.status, pushed.stderr]).toEqual([1, expect.stringContaining('Permission denied')])
    rmSync(data('media', 'stolen'))
    asTenant(`mv media real && ln -s ${world.path(other, 'data')} media`)
    expect((await push()).status).toBe(0)
    expect(isKept()).toEqual([])
    asTenant('rm media && mv real media')
  })

  test('that is a pipe is no database, and holds nobody up', async () => {
    asTenant('mv shop.db mine.db && mkfifo shop.db')
    const pushed = await push()
    expect([pushed.status, pushed.stderr]).toEqual([1, expect.stringContaining('there is no SQLite database')])
    asTenant('rm shop.db && mv mine.db shop.db')
  })

  test('is not moved by a plan that its account wrote', async () => {
    const before = readFileSync(hook())
    const folder = '.0123456789ab.restoring'
    const plan = JSON.stringify([{ name: `../../${other}/git/project.git/hooks/pre-receive`, was: true, comes: false }])
    asTenant(
      `mkdir -p ${folder}/old ${folder}/new && echo '#!/bin/sh' >${folder}/old/0 && echo '${plan.slice(0, -1)}]' >${folder}/plan.json`,
    )
    expect((await push()).status).toBe(0)
    expect(readFileSync(hook()).equals(before)).toBe(true)
    expect(readdirSync(data()).filter(one => one.endsWith('.restoring'))).toEqual([])
  })

  test('is put back through no link: neither one that leads nowhere nor one on the way', async () => {
    for (const _ of [1, 2]) expect((await push()).stderr).toContain('kept shop, media')
    const kept = (await world.json<{ release: string }[]>('releases', name))[1]?.release ?? ''
    const target = join(world.root, 'made-by-root')
    asTenant(`mv shop.db mine.db && ln -s ${target} shop.db`)
    const restored = await world.corpus('restore', name, kept)
    expect([restored.status, existsSync(target)]).toEqual([0, false])
    expect(execFileSync('sqlite3', [data('shop.db'), 'SELECT x FROM t'], { encoding: 'utf8' })).toBe('1\n')
    const mine = findAccount(`${name}-user`)?.uid
    expect([statSync(data('shop.db')).uid, statSync(data('media')).uid]).toEqual([mine, mine])

    expect((await keep("{deep: 'way/media'}")).status).toBe(0)
    asTenant('mkdir way && mv media way/media')
    expect((await push()).status).toBe(0)
    expect((await push()).status).toBe(0)
    const deep = (await world.json<{ release: string }[]>('releases', name))[1]?.release ?? ''
    const victim = join(world.root, 'victim')
    mkdirSync(victim)
    asTenant(`mv way gone && ln -s ${victim} way`)
    const refused = await world.corpus('restore', name, deep)
    expect(readdirSync(victim)).toEqual([])
    expect(refused.status).not.toBe(0)
    asTenant('rm way && mv gone way')
    expect(await current()).not.toBe('')
  })

  test('is moved while everything in it changes places with links, and nothing of others is touched', async () => {
    expect((await keep("{all: '.'}")).status).toBe(0)
    expect((await push()).status).toBe(0)
    const victim = world.path(other, 'data')
    const account = findAccount(`${name}-user`)
    const script = `while :; do for f in .*.restoring way; do mv "$f" "$f-" && ln -s ${victim} "$f"; rm -f "$f"; mv "$f-" "$f"; done; done 2>/dev/null`
    const child = spawn(
      'setpriv',
      [`--reuid=${account?.uid}`, `--regid=${account?.gid}`, '--init-groups', 'sh', '-c', script],
      {
        cwd: data(),
        stdio: 'ignore',
        detached: true,
      },
    )
    try {
      const before = readdirSync(victim)
      for (let round = 0; round < 3; round++) {
        await push()
        await world.corpus('restore', name)
      }
      expect(readdirSync(victim)).toEqual(before)
      expect(isKept()).toEqual([])
    } finally {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
  })
})

describe.skipIf(!asRoot)('what corpus keeps of a project of before', () => {
  let world: World
  let clone: Clone
  let name = ''
  const settings = () => JSON.parse(readFileSync(world.path(name, 'corpus', 'configuration.json'), 'utf8')).settings
  const asTenant = (script: string) => {
    const account = findAccount(`${name}-user`)
    const rights = [`--reuid=${account?.uid}`, `--regid=${account?.gid}`, '--init-groups', '--']
    const cwd = world.path(name, 'data')
    const ended = spawnSync('setpriv', [...rights, 'sh', '-ec', script], { cwd, encoding: 'utf8' })
    if (ended.status !== 0) throw new Error(`${script}\n${ended.stderr}`)
  }
  /** As it stood before: in the data. */
  const makeOld = async () => {
    // What goes on behind the verdict would make it anew.
    await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
    rmSync(world.path(name, 'corpus', 'restores'), { recursive: true, force: true })
    const old = world.path(name, 'data', '.corpus')
    execFileSync('mv', ['-T', world.path(name, 'corpus'), old])
    chmodSync(old, 0o700)
  }
  const isNew = () => {
    expect(existsSync(world.path(name, 'data', '.corpus'))).toBe(false)
    const { uid, mode } = statSync(world.path(name, 'corpus'))
    expect([uid, mode & 0o777]).toEqual([0, 0o700])
    expect(readdirSync(world.path(name)).filter(one => one.endsWith('.new'))).toEqual([])
  }
  const step = (word: string) => `${word}:\n  cmd.run:\n    - name: echo ${word} >> ${join(world.scratch, name)}\n`
  const ran = () => readFileSync(join(world.scratch, name), 'utf8')

  beforeAll(() => {
    world = makeWorld()
  })
  afterAll(() => world?.dispose())
  beforeEach(async () => {
    name = uniqueName('before')
    await world.must('init', name, '--mode', 'final', '--set', 'keep_archives=7')
    clone = await world.clone(name, { 'index.html': 'one\n', '.salt/upgrade.sls': step('first') })
    await world.must('env', 'set', name, 'GREETING=hello')
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
  })

  test('moves to its new folder with the next command, and says nothing where nothing is lost', async () => {
    const before = settings()
    await makeOld()
    const ended = await world.must('config', 'get', name)
    expect(ended.stderr).toBe('')
    isNew()
    expect(settings()).toEqual(before)
    expect((await world.must('env', 'list', name)).stdout).toContain('GREETING')
    await clone.commit({ 'index.html': 'two\n' })
    expect((await clone.push()).status).toBe(0)
    expect(ran()).toBe('first\n')
  })

  test('moves with the next push as well, and what was set since the last deployment is named, never with its value', async () => {
    await world.must('config', 'set', name, 'token=opensesame', 'keep_archives=3')
    await world.must('env', 'set', name, 'LATER=opensesame')
    await makeOld()
    await clone.commit({ 'index.html': 'two\n' })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(pushed.stderr).toMatch(/settings made since the last deployment.*do not count: keep_archives, token;/)
    expect(pushed.stderr).toMatch(/variables set since.*LATER/)
    expect(pushed.stderr).not.toContain('opensesame')
    isNew()
    expect(settings()).toMatchObject({ keep_archives: 7, mode: 'final' })
    await clone.commit({ 'index.html': 'three\n' })
    expect((await clone.push()).stderr).not.toContain('since the last deployment')
  })

  test('is not believed where the account put another folder in its place', async () => {
    const before = settings()
    await makeOld()
    const body = JSON.stringify({
      format: 1,
      api_version: 2,
      release: null,
      snapshot: null,
      settings: { ...before, installer: 'evil', user: 'root', mode: 'editable' },
    })
    const marker = {
      step: 'two',
      sha256: 'a'.repeat(64),
      release: '20200101T000000000Z-00000000-0000-4000-8000-000000000000',
      at: '2020-01-01T00:00:00Z',
    }
    asTenant(`mv .corpus x; mkdir -p .corpus/upgrades; cat >.corpus/configuration.json <<'END'
${body}
END
cat >.corpus/upgrades/two.json <<'END'
${JSON.stringify(marker)}
END`)
    await clone.commit({ '.salt/upgrades/two.sls': step('two') })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(pushed.stderr).toMatch(/do not count: installer, mode, user;/)
    expect(settings()).toEqual(before)
    // What root's own journal says was done is not done again; what the account says was done is.
    expect(ran()).toBe('first\ntwo\n')
    isNew()
  })

  test('is not looked for behind a link, nor is what the link leads to taken away', async () => {
    const other = uniqueName('victim')
    await world.must('init', other, '--mode', 'final', '--set', 'canary=there')
    await makeOld()
    asTenant(`mv .corpus x; ln -s ${world.path(other, 'corpus')} .corpus`)
    const ended = await world.must('status', name)
    expect(ended.stderr).toContain('not where root left it')
    isNew()
    expect(settings()).not.toHaveProperty('canary')
    expect(readdirSync(world.path(other, 'corpus'))).toContain('configuration.json')
    expect(settings()).toMatchObject({ mode: 'final', keep_archives: 7 })
  })

  test("is not believed where another folder of root's was given its name", async () => {
    const before = settings()
    await makeOld()
    // As a state file of root's could have left it in the data.
    const left = world.path(name, 'data', 'left')
    mkdirSync(left, { mode: 0o700 })
    const body = { format: 1, api_version: 2, release: null, snapshot: null, settings: { mode: 'editable' } }
    writeFileSync(join(left, 'configuration.json'), JSON.stringify(body), { mode: 0o600 })
    asTenant('mv .corpus x; mv left .corpus')
    await world.must('status', name)
    expect(settings()).toEqual(before)
    isNew()
  })

  test('of which a command was killed in the middle, or that two do at once, is whole', async () => {
    const before = settings()
    await makeOld()
    const half = world.path(name, '.corpus.0123456789ab.new')
    mkdirSync(half)
    writeFileSync(join(half, 'configuration.json'), '{')
    const ended = await Promise.all([1, 2, 3].map(() => world.corpus('config', 'get', name)))
    expect(ended.map(one => one.status)).toEqual([0, 0, 0])
    expect(settings()).toEqual(before)
    isNew()
  })

  test('is pushed to by way of the corpus that moved it, which one before had its hooks', async () => {
    const hooks = ['project.git', 'pillar.git'].flatMap(repository =>
      ['pre-receive', 'post-receive'].map(hook => world.path(name, 'git', repository, 'hooks', hook)),
    )
    const texts = hooks.map(hook => readFileSync(hook, 'utf8'))
    await makeOld()
    for (const hook of hooks) writeFileSync(hook, readFileSync(hook, 'utf8').replaceAll(home, '/nowhere/corpus'))
    await world.must('status', name)
    expect(hooks.map(hook => readFileSync(hook, 'utf8'))).toEqual(texts)
  })

  test('has releases whose processes start again, though their trees were half root’s', async () => {
    name = uniqueName('half')
    await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
    const files = (word: string) => ({
      Procfile: 'web: node web.js\n',
      'web.js': `require('node:http').createServer((q, a) => a.end('${word}')).listen(process.env.PORT, '127.0.0.1')\n`,
    })
    clone = await world.clone(name, files('one'))
    expect((await clone.push()).status).toBe(0)
    await clone.commit(files('two'))
    expect((await clone.push()).status).toBe(0)
    await makeOld()
    const { gid } = statSync(world.path(name, 'data'))
    const deployed = world.path(name, 'archives', 'deployed')
    for (const release of readdirSync(deployed).filter(one => one !== 'current')) {
      const tree = join(deployed, release, 'project')
      rmSync(join(deployed, release, 'tree.json'))
      chownSync(tree, 0, gid)
      chmodSync(tree, 0o1775)
    }
    const answer = async () => (await fetch((await world.json<{ url: string }>('status', name)).url)).text()
    expect(await answer()).toBe('two')
    await world.must('rollback', name)
    expect(await answer()).toBe('one')
    await clone.git('fetch', '-q', 'corpus')
    await clone.git('reset', '-q', '--hard', 'corpus/master')
    await clone.commit(files('three'))
    expect((await clone.push()).status).toBe(0)
    expect(await answer()).toBe('three')
  })

  test('where nothing was deployed yet stands as it was set', async () => {
    name = uniqueName('fresh')
    await world.must('init', name, '--mode', 'final', '--installer', 'static')
    const before = settings()
    await makeOld()
    const ended = await world.must('config', 'get', name)
    expect(ended.stderr).toBe('')
    expect(settings()).toEqual(before)
    isNew()
  })
})
