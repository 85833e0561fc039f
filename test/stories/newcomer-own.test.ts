/** The same walk as somebody who is not root: a root folder of their own, no account of the machine, and what they read on the way. */
import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusCommand, type Ended, execute, makeWorld, uniqueName, type World } from '../support/world.ts'

describe.skipIf(process.getuid?.() !== 0)('a newcomer who is not root', () => {
  let world: World
  let folder = ''
  let ids = { uid: 0, gid: 0 }
  const account = uniqueName('nw').slice(0, 20)
  const name = uniqueName('own')
  beforeAll(async () => {
    spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/bin/sh', '--', account])
    const [uid = 0, gid = 0] = ['-u', '-g'].map(flag => Number(spawnSync('id', [flag, account]).stdout.toString()))
    ids = { uid, gid }
    world = makeWorld({ uid, gid, name: account })
    folder = join(world.scratch, name)
    mkdirSync(folder)
    for (const one of [world.root, world.scratch, folder]) chownSync(one, uid, gid)
  })
  afterAll(async () => {
    await world.dispose()
    spawnSync('userdel', [account])
  })

  const type = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    world.run(words[0] === 'corpus' ? [corpusCommand, ...words.slice(1)] : words, { cwd: folder, env })
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  }
  const commit = async (files: Readonly<Record<string, string>>, message: string) => {
    write(files)
    for (const words of [
      ['add', '-A'],
      ['commit', '-qm', message],
    ])
      await type(['git', ...words])
  }

  test('first mistake: no CORPUS_ROOT; the line that helps is told, and nothing is made', async () => {
    await type(['git', 'init', '-q', '-b', 'main'])
    const { status, stderr } = await type(['corpus', 'init'], { CORPUS_ROOT: '/usr/corpus-nowhere' })
    expect([status, stderr]).toEqual([
      6,
      `corpus: /usr/corpus-nowhere cannot be written to. (ROOT_UNUSABLE)
  EACCES: permission denied, mkdir '/usr/corpus-nowhere'
  Set CORPUS_ROOT to a folder of yours (export CORPUS_ROOT=$HOME/corpus), or run corpus as root.
`,
    ])
    const listed = await type(['corpus', 'list'], { CORPUS_ROOT: '/usr/corpus-nowhere' })
    expect(listed.stdout).toBe('There is no project below /usr/corpus-nowhere yet: corpus init makes one.\n')
    expect(existsSync('/usr/corpus-nowhere')).toBe(false)
  })

  test('then init is three lines, and a push ends with an address that answers', { timeout: 120_000 }, async () => {
    expect((await type(['corpus', 'init'])).stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^mode {7}cooking: /),
      'installer  auto: asks each push what it is',
      'push       git push corpus main      (this clone has the remote corpus now)',
    ])
    await commit(
      {
        Procfile: 'web: while :; do python3 -m http.server --bind 127.0.0.1 $PORT; done\n',
        'index.html': 'mine\n',
      },
      'Begin',
    )
    const pushed = await type(['git', 'push', 'corpus', 'main'])
    expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('success:')])
    const { url } = await world.json<{ url: string }>('status', name)
    expect(await (await fetch(url)).text()).toBe('mine\n')
    expect(statSync(world.path(name)).uid).toBe(ids.uid)
    // It runs as whoever pushed, and no account was made.
    expect((await type(['corpus', 'run', '--', 'id', '-un'])).stdout).toBe(`${account}\n`)
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(`${name}-`)
  })

  test('settings, variables, host names and going back are as they are for root', { timeout: 120_000 }, async () => {
    const next = `It counts from the next deployment on: corpus deploy ${name}\n`
    expect((await type(['corpus', 'env', 'set', 'COLOUR=red'])).stdout).toBe(`set COLOUR\n${next}`)
    expect((await type(['corpus', 'domains', 'add', 'own.example.org'])).stdout).toBe(`own.example.org\n${next}`)
    expect((await type(['corpus', 'domains', 'remove', 'own.example.org'])).stdout).toBe(next)
    await commit({ 'index.html': 'next\n' }, 'Go on')
    expect((await type(['git', 'push', 'corpus', 'main'])).status).toBe(0)
    const { url } = await world.json<{ url: string }>('status', name)
    expect(await (await fetch(url)).text()).toBe('next\n')
    expect((await type(['corpus', 'rollback'])).status).toBe(0)
    expect(await (await fetch(url)).text()).toBe('mine\n')
  })

  test('doctor finds nothing that is missing, and asks for nothing that only root needs', async () => {
    const found = await world.json<{ name: string; ok: boolean; level: string; found: string }[]>('doctor')
    expect(found.filter(one => !one.ok && one.level === 'needed')).toEqual([])
    expect(found).toContainEqual(expect.objectContaining({ name: 'nft', found: 'not needed without root' }))
  })

  test('second mistake: root in that root; it is refused, for whose it is can lead root anywhere', async () => {
    const asRoot = (...words: string[]) =>
      execute([corpusCommand, ...words], { cwd: '/', env: { ...world.env, CORPUS_ROOT: world.root } })
    for (const words of [['status', name], ['deploy', name], ['init', uniqueName('other')], ['list']])
      expect([words, await asRoot(...words)]).toEqual([
        words,
        {
          status: 6,
          stdout: '',
          stderr: `corpus: ${world.root} can be changed by others than root, which would lead root astray. (ROOT_UNUSABLE)
  It is there for ${account}: run corpus as that account, as in setpriv, su or sudo -u.
  Set CORPUS_ROOT to a folder of yours (export CORPUS_ROOT=$HOME/corpus), or run corpus as root.
`,
        },
      ])
    for (const word of ['runner', 'hook-check']) {
      const ended = await asRoot(word, name, 'project', 'HEAD', `--root=${world.root}`)
      expect([word, ended.status, ended.stderr]).toEqual([
        word,
        6,
        expect.stringContaining('nothing is done there as root'),
      ])
    }
    expect((await type(['corpus', 'status'])).stdout).toMatch(/^state +live$/m)
  })

  test('and at the end it is gone without a trace, but for the root folder', async () => {
    expect((await type(['corpus', 'destroy', name, '--confirm', name])).stdout).toBe(`removed ${world.path(name)}\n`)
    expect((await type(['corpus', 'list'])).stdout).toBe(
      `There is no project below ${world.root} yet: corpus init makes one.\n`,
    )
    expect((await execute(['pgrep', '-U', String(ids.uid), '-f', 'http.server'], { env: world.env })).stdout).toBe('')
  })
})
