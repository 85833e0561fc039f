/** Who reads what below the root: an account of another project, and anybody else on the machine. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/shell/account.ts'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

describe.skipIf(process.getuid?.() !== 0)('below the root', () => {
  let world: World
  const name = uniqueName('shop')
  const other = uniqueName('other')

  /** What an account can read or write of files, and list or write of folders. */
  const reach = (user: { uid: number; gid: number }, rights: '-readable' | '-writable'): string[] => {
    const as = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups']
    const found = execFileSync(
      'setpriv',
      [...as, 'sh', '-c', `find "$1" ! -type l ${rights} -printf '%y %P\\n' 2>/dev/null; true`, 'sh', world.root],
      { encoding: 'utf8', cwd: '/' },
    )
    return found
      .split('\n')
      .filter(line => /^[fdps] ./.test(line))
      .sort()
  }

  beforeAll(async () => {
    world = makeWorld()
    for (const one of [name, other]) await world.must('init', one, '--mode', 'cooking', '--installer', 'generic')
    await world.must('env', 'set', name, 'SECRET=opensesame')
    const clone = await world.clone(name, {
      Procfile: 'worker: sleep 1000\n',
      'index.html': 'one\n',
      '.salt/upgrade.sls': 'up:\n  cmd.run:\n    - name: echo up\n',
    })
    const pillar = await world.clonePillar(name)
    await pillar.commit({
      'init.sls': `makina-projects.${name}:\n  procfile: true\n  ingress: false\n  data_archives: ['.']\n  schedule: {clean: '0 3 * * * true'}\n`,
    })
    expect((await pillar.push()).status).toBe(0)
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    await clone.commit({ '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: exit 3\n' })
    expect((await clone.push()).status).toBe(1)
    await clone.commit({ '.salt/post_install.sls': '', 'index.html': 'three\n' })
    expect((await clone.push()).status).toBe(0)
    await world.corpus('run', name, '--', 'true')
    await world.corpus('maintenance', 'on', name)
    await world.corpus('maintenance', 'off', name)
    await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
  }, 120_000)
  afterAll(() => world?.dispose())

  test.each(['-readable', '-writable'] as const)('no other account has anything that is %s', rights => {
    const neighbour = findAccount(`${other}-user`)
    const nobody = findAccount('nobody')
    if (!neighbour || !nobody) throw new Error('no account')
    // Names of projects, the installers of the machine, and a person's own links are no secrets; nothing is written to.
    const isMeant = (row: string) =>
      rights === '-readable' && /^d (projects|corpus\/installers|(pillar|salt)(\/makina-projects)?)$/.test(row)
    const isOwn = (row: string) => row.includes(`projects/${other}`)
    expect(reach(neighbour, rights).filter(row => !isMeant(row) && !isOwn(row))).toEqual([])
    expect(reach(nobody, rights).filter(row => !isMeant(row))).toEqual([])
  })

  test('what will be private is so before anything stands in it: a file that was opened early shows nothing', async () => {
    const account = findAccount(`${name}-user`)
    if (!account) throw new Error('no account')
    await eventually('a folder is laid out', () => existsSync(world.path(name, 'deployments', 'next')))
    const early = `
      $| = 1;
      for my $path (map { "$ENV{AT}/deployments/next/$_" } qw(output.log children), map { "blank.$_" } 0 .. 15) {
        open my $file, '<', $path or next;
        push @files, $file;
      }
      print "open\n";
      <STDIN>;
      for my $file (@files) { seek $file, 0, 0; print while <$file> }
    `
    const [program, ...drop] = ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', 'perl']
    const spy = spawn(program as string, [...drop, '-e', early], {
      cwd: '/',
      env: { AT: world.path(name), PATH: '/usr/bin' },
    })
    let seen = ''
    spy.stdout.setEncoding('utf8').on('data', piece => {
      seen += piece
    })
    const ended = new Promise(resolve => spy.once('close', resolve))
    await eventually('it has what it can open', () => seen.includes('open\n'))
    const pillar = await world.clonePillar(name)
    const text = readFileSync(join(pillar.folder, 'init.sls'), 'utf8')
    await pillar.commit({ 'init.sls': `${text}  data: {payment: opensesame-of-the-pillar}\n` })
    expect(await pillar.push()).toMatchObject({ status: 0 })
    spy.stdin.end('\n')
    await ended
    expect(seen).toContain('deployed in')
    expect(seen).not.toContain('opensesame-of-the-pillar')
  })

  test('logs and records of deployments are closed one by one, too, and belong to the group', () => {
    const find = (...words: string[]) =>
      execFileSync('find', [world.path(name, 'deployments'), ...words], { encoding: 'utf8' })
    expect(find('-type', 'f', '-perm', '/o=rwx')).toBe('')
    expect(find('-mindepth', '1', '-type', 'd', '-perm', '/o=rwx')).toBe('')
    const logs = find('-name', 'output.log', '-path', '*Z-*', '-printf', '%m %u %g\n').trim().split('\n')
    expect(new Set(logs)).toEqual(new Set([`640 root ${name}-grp`]))
  })

  test('what the account of a project reads of its own is there', () => {
    const account = findAccount(`${name}-user`)
    if (!account) throw new Error('no account')
    const rows = reach(account, '-readable')
    expect(rows).toContain(`d projects/${name}/deployments`)
    expect(rows.some(row => row.endsWith('/project/index.html'))).toBe(true)
    expect(
      rows.filter(row => /^. projects\/[^/]+\/(corpus|pillar|git\/pillar\.git|deployments\/queue)\/./.test(row)),
    ).toEqual([])
  })
})
