/**
 * A project's account does what it can to reach root and another project, during whole deployments in each mode. It gets
 * nothing, and the deployments end as they should. HOSTILE_ROUNDS and HOSTILE_SEED: more of it, or the same again.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Hunt, openHunt } from '../support/hostile.ts'
import { type Clone, type Ended, isAlive, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: only root has accounts of projects to be walled off')
const rounds = Number(process.env['HOSTILE_ROUNDS'] ?? 2)
/** Stands in the pillar of the tenant's own project: settings that it does not see, but for what a build is told. */
const token = randomBytes(8).toString('hex')
const firstSeed = Number(process.env['HOSTILE_SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000))

/** The log of a job is the account's. */
const jobs = ['/usr/sbin/cron', '/run/systemd/system'].some(path => existsSync(path))
  ? "  schedule: {tick: '0 3 * * * true'}\n"
  : ''

const files = {
  'index.html': 'one\n',
  Procfile: 'release: true\nworker: exec perl -e "sleep 1000"\n',
  // A build is the tenant's too: it leaves programs where the project's search path finds them first.
  'build.sh': `mkdir -p out bin && echo built > out/built
for name in git setpriv sh env tar rsync flock zstd sqlite3 npm node chown rm cp test id timeout prlimit; do
  printf '#!/bin/sh\\n[ "$(/usr/bin/id -u)" = 0 ] && echo "$0" >> "$EVIDENCE/root-ran.build"\\nexec /usr/bin/%s "$@"\\n' $name > bin/$name
  chmod 755 bin/$name
done
`,
  '.salt/build.sls':
    'built:\n  cmd.run:\n    - name: sh build.sh\n    - cwd: {{ cfg.project_root }}\n    - runas: {{ cfg.user }}\n',
  '.salt/configure.sls':
    'noted:\n  file.managed:\n    - name: {{ cfg.data_root }}/noted\n    - contents: noted\n    - user: {{ cfg.user }}\n',
  '.salt/upgrades/0001.sls': 'step:\n  test.nop: []\n',
}

describe.skipIf(!isRoot)('a hostile tenant', () => {
  const world: World = makeWorld()
  const victim = uniqueName('victim')
  let hunt: Hunt
  beforeAll(async () => {
    await world.must('init', victim, '--mode', 'final', '--installer', 'static')
    const clone = await world.clone(victim, { 'index.html': 'victim\n' })
    expect((await clone.push()).status).toBe(0)
    hunt = openHunt(world, [victim])
  })
  afterEach(() => hunt.stop())
  afterAll(async () => {
    await hunt.stop()
    hunt.dispose()
    await world.dispose()
  })

  /** Nothing that a person cannot make sense of. */
  const clear = (what: string, ended: Ended): Ended => {
    expect(`${what}: ${ended.stdout}${ended.stderr}`).not.toMatch(
      /INTERNAL|TypeError|ENOENT: no such|at .*\.(ts|cjs):\d+/,
    )
    return ended
  }
  const accountOf = (name: string) => {
    const { uid, gid } = statSync(world.path(name, 'data'))
    return { uid, gid }
  }
  /** None where the number is another account's by now: one that another run made meanwhile. */
  const running = (uid: number, name: string) => {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find(one => one.split(':')[2] === String(uid))
    if (line !== undefined && line.split(':')[5] !== world.path(name)) return []
    return spawnSync('/usr/bin/pgrep', ['-U', String(uid)])
      .stdout.toString()
      .split('\n')
      .filter(pid => pid !== '' && isAlive(pid))
  }

  for (const mode of ['final', 'cooking', 'editable'] as const)
    test(`gets nothing in ${mode} mode (seed ${firstSeed})`, { timeout: 120_000 + rounds * 120_000 }, async () => {
      const name = uniqueName(`hostile-${mode}`)
      await world.must('init', name, '--mode', mode, '--installer', 'procfile')
      const pillar = await world.clonePillar(name)
      const settings = (more: string) =>
        `makina-projects.${name}:\n  search_path: [bin, node_modules/.bin]\n  data_archives: {media: media, shop: {sqlite: cache.db}}\n${jobs}  data: {evidence: ${hunt.evidence}, payment: canary-of-own-${token}${more}}\n`
      await pillar.commit({ 'init.sls': settings('') })
      clear('pillar', await pillar.push())
      const clone = await world.clone(name, files)
      const first = clear('first push', await clone.push())
      expect(first.stderr).toContain('deployed in')
      const account = accountOf(name)
      expect(account.uid).not.toBe(0)
      await world.must('env', 'set', name, `BASH_ENV=${hunt.evidence}/planted`, `PERL5OPT=-Mstrict`, '--plain')
      for (let round = 0; round < rounds; round++) {
        for (const nth of [0, 1]) hunt.start(account, world.path(name), firstSeed + 10 * round + nth)
        await deployments(name, clone, pillar, settings, round)
        await hunt.stop()
        expect(hunt.found(world.path(name))).toEqual([])
      }
      // What he left behind, but for his own data, does not stand in the way of his project.
      for (const own of ['noted', 'cache.db', 'cache.db-wal', 'media'])
        spawnSync('/bin/rm', ['-rf', '--', world.path(name, 'data', own)])
      await clone.commit({ 'index.html': 'last\n' })
      const last = clear('last push', await clone.push())
      expect(last.stderr).toContain('deployed in')
      expect(last.status).toBe(0)
      expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('last\n')
      hunt.start(account, world.path(name), firstSeed + 5)
      await new Promise(resolve => setTimeout(resolve, 300))
      const destroyed = clear('destroy', await world.corpus('destroy', name, '--confirm', name))
      expect(destroyed.status).toBe(0)
      expect(running(account.uid, name)).toEqual([])
      expect(hunt.found(world.path(name))).toEqual([])
    })

  async function deployments(
    name: string,
    clone: Clone,
    pillar: Clone,
    settings: (more: string) => string,
    round: number,
  ): Promise<void> {
    const push = async (what: string, changes: Record<string, string | null>) => {
      await clone.commit(changes)
      return clear(what, await clone.push('--force', 'corpus', 'HEAD:master'))
    }
    await push('push', { 'index.html': `round ${round}\n` })
    const bad = await push('failing push', { '.salt/install.sls': 'no:\n  cmd.run:\n    - name: "false"\n' })
    expect(bad.status).not.toBe(0)
    await push('push after a failure', { '.salt/install.sls': null, more: `${round}\n` })
    clear('rollback', await world.corpus('rollback', name))
    await pillar.commit({ 'init.sls': settings(`, round: ${round}`) })
    clear('pillar push', await pillar.push())
    await push('push of a step', { [`.salt/upgrades/000${round + 2}.sls`]: 'step:\n  test.nop: []\n' })
    const releases = JSON.parse((await world.corpus('releases', name, '--json')).stdout || '[]') as {
      release: string
    }[]
    const kept = releases[1]?.release
    if (kept) clear('restore', await world.corpus('restore', name, kept))
    clear('run', await world.corpus('run', name, '--', 'true'))
    clear('status', await world.corpus('status', name))
    clear('rollback with data', await world.corpus('rollback', name, '--with-data'))
    clear('app logs', await world.corpus('logs', name, '--app'))
    clear('plan', await world.corpus('plan', name))
    clear('du', await world.corpus('du', name))
    clear('doctor', await world.corpus('doctor'))
  }
})
