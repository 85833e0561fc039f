/** What a key may do over a real sshd: git on the projects that are named, and nothing that makes its owner root. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Clone, corpusCommand, eventually, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let sshd: Sshd
/** ann pushes and fetches `shop` and `team-…`; pia also pillars and state files of all; sue has a shell; old was added before keys had rights. */
type Who = 'ann' | 'pia' | 'sue' | 'old'
const commands = {} as Record<Who, string>
const suffix = uniqueName('k')
const shop = `shop-${suffix}`
const team = `team-${suffix}`
const secret = `secret-${suffix}`
let clone: Clone
let first: string
const keysFile = () => join(world.scratch, '.ssh', 'authorized_keys')
const url = (name: string) => `ssh://${sshd.user}@127.0.0.1:${sshd.port}/${name}`
const gitAs = (who: Who, folder: string, ...args: string[]) =>
  world.run(['git', '-C', folder, ...args], { env: { GIT_SSH_COMMAND: commands[who] } })
const pushAs = (who: Who, name: string, ...args: string[]) => gitAs(who, clone.folder, 'push', url(name), ...args)
const sshAs = (who: Who, ...words: string[]) =>
  world.run([...(commands[who] ?? '').split(' '), `${sshd.user}@127.0.0.1`, ...words])
const afresh = async () => {
  // Git leaves what a submodule has put there.
  rmSync(join(clone.folder, '.salt'), { recursive: true, force: true })
  await clone.git('checkout', '-q', '-f', '-B', 'master', first)
  await clone.git('clean', '-ffdqx')
}
const deployed = async () => (await world.json('status', shop))['commit']
const nop = 'here:\n  test.nop: []\n'

beforeAll(async () => {
  world = makeWorld()
  // A daemon that takes every variable from those who come.
  sshd = await startSshd(join(world.scratch, 'sshd'), keysFile(), ['AcceptEnv *'])
  for (const name of [shop, team, secret]) await world.must('init', name, '--mode', 'final')
  const rights: Record<Who, string[]> = {
    ann: ['--project', shop, '--project', 'team-*'],
    pia: ['--project', '*', '--pillar'],
    sue: ['--shell'],
    old: ['--project', '*'],
  }
  for (const who of Object.keys(rights) as Who[]) {
    const { publicKey, command } = sshd.another(who)
    commands[who] = command
    const added = await world.run([corpusCommand, 'keys', 'add', who, '-', ...rights[who]], { input: publicKey })
    expect(added.status, added.stderr).toBe(0)
    if (who === 'old') {
      const body = publicKey.split(' ').slice(0, 2).join(' ')
      const lines = readFileSync(keysFile(), 'utf8')
        .split('\n')
        .filter(line => !line.endsWith('corpus:old'))
      const program = `'${join(home, 'src/hooks/ssh-door')}' '${world.root}' 'old'`
      const line = `command="${program}",no-port-forwarding,no-agent-forwarding,no-X11-forwarding ${body} corpus:old`
      writeFileSync(keysFile(), [...lines.filter(Boolean), line, ''].join('\n'))
    }
  }
  clone = await world.clone(shop, { 'index.html': 'one\n', '.salt/install.sls': nop })
  first = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
})
afterAll(async () => {
  sshd?.stop()
  await world.dispose()
})

test('what a key may do was said when it was added, and is listed', async () => {
  const { publicKey } = sshd.another('said')
  const add = (...words: string[]) =>
    world.run([corpusCommand, 'keys', 'add', 'said', '-', ...words], { input: publicKey })
  const none = await add()
  expect(none.status).toBe(2)
  for (const word of ['KEY_RIGHTS', '--project', '--pillar', '--shell']) expect(none.stderr).toContain(word)
  expect((await add('--project', 'nowhere')).stderr).toContain('nowhere is no project yet')
  const pillar = await add('--project', shop, '--pillar')
  expect(pillar.stdout).toMatch(/who pushes those acts as (root|this account) on this machine/)
  await world.must('keys', 'remove', 'said')
  const rows = await world.json<Record<string, unknown>[]>('keys', 'list')
  expect(rows).toMatchObject([
    { name: 'ann', projects: [shop, 'team-*'], pillar: false, shell: false, unlimited: false },
    { name: 'pia', projects: ['*'], pillar: true, shell: false, unlimited: false },
    { name: 'sue', projects: ['*'], pillar: true, shell: true, unlimited: false },
    { name: 'old', projects: ['*'], pillar: true, shell: true, unlimited: true },
  ])
  const listed = await world.must('keys', 'list')
  expect(listed.stdout).toMatch(new RegExp(`^ann +${shop} team-\\* +no +no +SHA256:`, 'm'))
  expect(listed.stderr).toContain('corpus keys add old --project GLOB')
  const findings = await world.run([corpusCommand, 'doctor', '--json'])
  const found = (JSON.parse(findings.stdout) as { name: string; ok: boolean; found: string; mend: string }[]).find(
    one => one.name === 'keys',
  )
  expect(found).toMatchObject({ ok: false, mend: expect.stringContaining('corpus keys add old --project GLOB') })
  expect(found?.found).toMatch(/: old$/)
})

test('who may not push state files begins a project without them only', async () => {
  const refused = await pushAs('ann', team, 'HEAD:master')
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('The key ann does not change state files')
  expect(await world.ref(team, 'refs/heads/master')).toBe('')
  await clone.git('checkout', '-q', '--orphan', 'bare')
  await clone.commit({ '.salt': null })
  const pushed = await pushAs('ann', team, 'HEAD:master')
  expect(pushed.status, pushed.stderr).toBe(0)
  const rows = await world.json<{ by: string }[]>('releases', team)
  expect(rows[0]?.by).toBe('ann')
  await clone.git('checkout', '-q', '-f', 'master')
})

test('a key with --pillar pushes state files and the pillar, and reads it', async () => {
  const pushed = await pushAs('pia', shop, 'HEAD:master')
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(await deployed()).toBe(first)
  const folder = join(world.scratch, 'pillar')
  expect(await gitAs('pia', world.scratch, 'clone', '-q', `${url(shop)}/pillar`, folder)).toMatchObject({ status: 0 })
  writeFileSync(join(folder, 'init.sls'), `makina-projects.${shop}:\n  data: {colour: red}\n`)
  await world.run(['git', '-C', folder, 'commit', '-qam', 'Red'])
  const pillar = await gitAs('pia', folder, 'push', 'origin', 'HEAD:master')
  expect(pillar.status, pillar.stderr).toBe(0)
})

describe.each(['ann', 'pia'] as const)('the key %s', who => {
  test.each([
    ['a shell', []],
    ['a command', ['id']],
    ['a command of corpus', ['corpus', 'logs', shop]],
    ['a terminal', ['-tt', 'id']],
    ['files by scp', ['-s', 'sftp']],
    ['another program of git', ['git-shell']],
    ['git with more', [`git-upload-pack '${shop}'; id`]],
    ['git on two lines', [`git-upload-pack '${shop}'\nid`]],
  ])('has no %s', async (_, words) => {
    const said = await sshAs(who, ...words)
    expect(said.status).not.toBe(0)
    expect(said.stdout).toBe('')
    // A subsystem has no other output than its own.
    if (words[0] !== '-s')
      expect(said.stderr).toMatch(/it has no shell here|no such project|PTY allocation request failed/)
  })
})

test.each([
  ['another project', () => url(secret)],
  ['one whose name begins like its own', () => `${url(shop)}x`],
  ['one that is none', () => url('nowhere')],
  ['another project, by its path', () => url('').replace(/\/$/, world.path(secret, 'git', 'project.git'))],
  ['another project, by a way round', () => `${url(shop)}/../${secret}`],
  [
    'another project, through its own path',
    () => url('').replace(/\/$/, world.path(shop, `../${secret}/git/project.git`)),
  ],
  ['its project’s pillar', () => `${url(shop)}/pillar`],
  ['its project’s pillar, by another name', () => `${url(shop)}/pillar.git`],
  ['its project’s pillar, by its path', () => url('').replace(/\/$/, world.path(shop, 'git', 'pillar.git'))],
])('a key without more does not reach %s', async (_, address) => {
  for (const words of [
    ['ls-remote', address()],
    ['push', address(), 'HEAD:refs/heads/mine'],
    ['archive', `--remote=${address()}`, 'master'],
  ]) {
    const said = await gitAs('ann', clone.folder, ...words)
    expect([words[0], said.status]).not.toEqual([words[0], 0])
    expect(said.stderr).toMatch(/there is no project|no such project|neither reads nor pushes pillars/)
    expect(said.stdout).toBe('')
  }
})

test('sue has a shell and the commands of corpus, and so has a key of before', async () => {
  for (const who of ['sue', 'old'] as const) {
    expect((await sshAs(who, 'echo', '"$CORPUS_BY"')).stdout).toBe(`${who}\n`)
    expect((await sshAs(who, corpusCommand, 'status', shop, '--json')).stdout).toContain(first)
    expect(await gitAs(who, clone.folder, 'ls-remote', `${url(secret)}/pillar`)).toMatchObject({ status: 0 })
  }
})

describe('state files that run as root are pushed by those who may alone', () => {
  const evil = 'evil:\n  cmd.run:\n    - name: "true"\n'
  const submodule = async (path: string) => {
    const other = join(world.scratch, uniqueName('other'))
    mkdirSync(other)
    const git = (...words: string[]) => world.run(['git', '-C', other, ...words])
    await git('init', '-q', '-b', 'master')
    writeFileSync(join(other, 'install.sls'), evil)
    await git('add', '.')
    await git('commit', '-qm', 'Other')
    await clone.git('rm', '-rq', path)
    const named = ['--name', uniqueName('sub')]
    const added = await clone.git('submodule', 'add', '-q', '-f', ...named, other, path)
    expect(added.status, added.stderr).toBe(0)
    await clone.git('commit', '-qm', 'A submodule')
  }
  const ways: [string, () => Promise<unknown>, string[]?][] = [
    ['a file that is changed', () => clone.commit({ '.salt/install.sls': evil })],
    ['a file that comes', () => clone.commit({ '.salt/build.sls': evil })],
    ['a file that goes', () => clone.commit({ '.salt/install.sls': null, '.salt/x': 'x' })],
    ['all of them gone', () => clone.commit({ '.salt': null })],
    ['a sample of a pillar', () => clone.commit({ '.salt/PILLAR.sample': 'installer: nodejs\n' })],
    ['an installer of its own', () => clone.commit({ '.salt/own/installer.yaml': 'name: own\n' })],
    [
      'a file that becomes a program',
      async () => {
        await clone.git('update-index', '--chmod=+x', '.salt/install.sls')
        await clone.git('commit', '-qm', 'A program')
      },
    ],
    [
      'a link',
      async () => {
        await clone.git('rm', '-rq', '.salt')
        mkdirSync(join(clone.folder, 'states'), { recursive: true })
        writeFileSync(join(clone.folder, 'states', 'install.sls'), evil)
        symlinkSync('states', join(clone.folder, '.salt'))
        await clone.git('add', '-A', '-f')
        await clone.git('commit', '-qm', 'A link')
      },
    ],
    ['a submodule', () => submodule('.salt')],
    ['a submodule below', () => submodule('.salt/more')],
    [
      'a merge',
      async () => {
        await clone.git('checkout', '-q', '-b', 'aside')
        await clone.commit({ '.salt/install.sls': evil })
        await clone.git('checkout', '-q', '-')
        await clone.commit({ 'index.html': 'beside\n' })
        await clone.git('merge', '-q', '--no-ff', '-m', 'Merge', 'aside')
        await clone.git('branch', '-qD', 'aside')
      },
    ],
    [
      'a merge that says it takes none of it',
      async () => {
        await clone.git('checkout', '-q', '-b', 'aside')
        await clone.commit({ '.salt/install.sls': evil })
        await clone.git('merge', '-q', '-s', 'ours', '-m', 'Merge', first)
        await clone.git('checkout', '-q', '-B', 'master')
        await clone.git('branch', '-qD', 'aside')
      },
    ],
    [
      'a history of its own',
      async () => {
        await clone.git('checkout', '-q', '--orphan', 'own')
        await clone.commit({ '.salt/install.sls': evil })
        await clone.git('branch', '-qD', 'master')
        await clone.git('branch', '-m', 'master')
      },
    ],
    ['a push that only stores', () => clone.commit({ '.salt/a.sls': evil }), ['-o', 'no-deploy']],
    ['a plan', () => clone.commit({ '.salt/a.sls': evil }), ['-o', 'plan']],
    ['one procedure', () => clone.commit({ '.salt/a.sls': evil }), ['-o', 'only=notification']],
    ['options of others', () => clone.commit({ '.salt/a.sls': evil }), ['-o', 'CORPUS_KEY_MAY=', '-o', 'pillar']],
  ]
  const branches = ['master', 'main', 'feature', 'a/b']

  test.each(ways)('%s', async (_, make, options = []) => {
    const before = await Promise.all(branches.map(branch => world.ref(shop, `refs/heads/${branch}`)))
    const history = (await world.json<unknown[]>('releases', shop)).length
    await afresh()
    await make()
    expect((await clone.git('diff', '--quiet', first, 'HEAD')).status).toBe(1)
    for (const branch of branches) {
      const pushed = await pushAs('ann', shop, '--force', ...options, `HEAD:refs/heads/${branch}`)
      expect(pushed.stderr).toContain('The key ann does not change state files')
      expect(pushed.status).not.toBe(0)
    }
    // Beside a branch that may pass, and with the old one taken away first.
    const beside = await pushAs(
      'ann',
      shop,
      '--force',
      ...options,
      `${first}:refs/heads/fine`,
      'HEAD:refs/heads/feature',
    )
    expect(beside.stderr).toContain('does not change state files')
    expect(await world.ref(shop, 'refs/heads/fine')).toBe('')
    expect(await Promise.all(branches.map(branch => world.ref(shop, `refs/heads/${branch}`)))).toEqual(before)
    expect(await deployed()).toBe(first)
    expect((await world.json<unknown[]>('releases', shop)).length).toBe(history)
  })

  test('variables that are sent along change nothing of it', async () => {
    await afresh()
    await clone.commit({ '.salt/install.sls': evil })
    const sent: Record<string, string> = {
      CORPUS_KEY_MAY: '',
      CORPUS_BY: 'pia',
      CORPUS_ROOT: '/',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: '/nowhere',
      GIT_CONFIG_PARAMETERS: "'core.hookspath'='/nowhere'",
      GIT_CONFIG_GLOBAL: '/nowhere',
      GIT_REPLACE_REF_BASE: 'refs/heads/',
      GIT_TRACE: join(world.scratch, 'traced'),
      PERL5OPT: '-MNothing',
      here: '/nowhere',
      pillar: 'yes',
      shell: 'yes',
    }
    const set = `-oSetEnv="${Object.entries(sent)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}"`
    const command = `${commands.ann} ${Object.keys(sent)
      .map(name => `-oSendEnv=${name}`)
      .join(' ')}`
    expect(set).toContain('pillar=yes')
    const pushed = await world.run(['git', '-C', clone.folder, 'push', '--force', url(shop), 'HEAD:master'], {
      // git of this side takes none of them: they are for the other.
      env: {
        GIT_SSH_COMMAND: `env ${Object.entries(sent)
          .map(([name, value]) => `${name}="${value}"`)
          .join(' ')} ${command}`,
      },
    })
    expect(pushed.stderr).toContain('The key ann does not change state files')
    expect(pushed.status).not.toBe(0)
    expect(await deployed()).toBe(first)
    const shell = await world.run([...command.split(' '), `${sshd.user}@127.0.0.1`, 'id'], {
      env: Object.fromEntries(Object.entries(sent).filter(([name]) => !name.startsWith('GIT'))),
    })
    expect(shell.stdout).toBe('')
  })

  test('what was only stored by one who may, another does not deploy; what was deployed once, they do', async () => {
    await afresh()
    await clone.commit({ '.salt/install.sls': `${nop}more:\n  test.nop: []\n` })
    expect(await pushAs('pia', shop, 'HEAD:refs/heads/ready')).toMatchObject({ status: 0 })
    const stored = await pushAs('ann', shop, 'HEAD:master')
    expect(stored.stderr).toContain('does not change state files')
    // In further branches it may stand, with changes of their own.
    await clone.commit({ 'index.html': 'on top\n' })
    expect(await pushAs('ann', shop, 'HEAD:refs/heads/ready', 'HEAD:refs/heads/on-top')).toMatchObject({ status: 0 })
    expect((await pushAs('ann', shop, 'HEAD:master')).status).not.toBe(0)
    const second = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
    expect(await pushAs('pia', shop, 'HEAD:master')).toMatchObject({ status: 0 })
    expect(await deployed()).toBe(second)
    await clone.commit({ 'index.html': 'by ann\n' })
    const mine = await pushAs('ann', shop, 'HEAD:master')
    expect(mine.status, mine.stderr).toBe(0)
    // Back to the state files of the first release, which are accepted, with files that are new.
    await afresh()
    const back = await clone.commit({ 'index.html': 'back\n' })
    const rewound = await pushAs('ann', shop, '--force', 'HEAD:master')
    expect(rewound.status, rewound.stderr).toBe(0)
    expect(await deployed()).toBe(back)
    expect(await pushAs('pia', shop, '--force', `${first}:master`)).toMatchObject({ status: 0 })
  })

  test('what failed was not accepted by that', async () => {
    await afresh()
    await clone.commit({ '.salt/install.sls': 'failing:\n  cmd.run:\n    - name: "false"\n' })
    const failed = await pushAs('pia', shop, 'HEAD:master')
    expect(failed.stderr).toContain('ROLLED BACK')
    await eventually('the branch is put back', async () => (await world.ref(shop, 'refs/heads/master')) === first)
    expect((await pushAs('ann', shop, 'HEAD:master')).stderr).toContain('does not change state files')
  })

  test('submodules of state files come from where they came from', async () => {
    await afresh()
    await submodule('.salt')
    const whole = await pushAs('pia', shop, 'HEAD:master')
    expect(whole.status, whole.stderr).toBe(0)
    const name = (await clone.git('config', '-f', '.gitmodules', '--get-regexp', 'path')).stdout.split('.')[1] ?? ''
    const sub = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
    await clone.commit({ 'index.html': 'with a submodule\n' })
    const fine = await pushAs('ann', shop, 'HEAD:master')
    expect(fine.status, fine.stderr).toBe(0)
    await clone.git('config', '-f', '.gitmodules', `submodule.${name}.url`, 'https://elsewhere.test/x.git')
    await clone.git('commit', '-qam', 'From elsewhere')
    expect((await pushAs('ann', shop, 'HEAD:master')).stderr).toContain('does not change state files')
    expect(await pushAs('pia', shop, '--force', `${sub}:master`)).toMatchObject({ status: 0 })
    expect(await pushAs('pia', shop, '--force', `${first}:master`)).toMatchObject({ status: 0 })
  })

  test('what a link leads to out of .salt is a state file as well', async () => {
    await afresh()
    symlinkSync('../states/more.sls', join(clone.folder, '.salt', 'more.sls'))
    symlinkSync('install.sls', join(clone.folder, '.salt', 'inside.sls'))
    await clone.commit({ 'states/more.sls': nop, 'states/x': '' })
    const whole = await pushAs('pia', shop, '--force', 'HEAD:master')
    expect(whole.status, whole.stderr).toBe(0)
    const linked = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
    await clone.commit({ 'states/more.sls': evil })
    const refused = await pushAs('ann', shop, 'HEAD:master')
    expect(refused.stderr).toContain('has links to other files of the project')
    expect(refused.status).not.toBe(0)
    await clone.git('reset', '-q', '--hard', linked)
    rmSync(join(clone.folder, '.salt', 'more.sls'))
    await clone.commit({})
    expect(await pushAs('pia', shop, 'HEAD:master')).toMatchObject({ status: 0 })
    await clone.commit({ 'states/more.sls': evil })
    const fine = await pushAs('ann', shop, 'HEAD:master')
    expect(fine.status, fine.stderr).toBe(0)
    expect(await pushAs('pia', shop, '--force', `${first}:master`)).toMatchObject({ status: 0 })
  })

  test('other submodules, tags, notes and deletions are nobody’s worry', async () => {
    await afresh()
    await clone.commit({ '.gitmodules': '[submodule "none"]\n\tpath = none\n\turl = https://elsewhere.test/x.git\n' })
    expect(await pushAs('ann', shop, '-o', 'no-deploy', 'HEAD:master')).toMatchObject({ status: 0 })
    await clone.commit({ '.salt/install.sls': evil })
    for (const words of [['HEAD:refs/tags/evil'], [':refs/tags/evil'], [':refs/heads/ready']])
      expect([words, await pushAs('ann', shop, ...words)]).toMatchObject([words, { status: 0 }])
  })
})

test('a key that is narrowed by its name alone keeps what it is, and a project that it may no more is gone for it', async () => {
  const narrowed = await world.must('keys', 'add', 'old', '--project', team)
  expect(narrowed.stdout).toContain(`old pushes to and fetches from ${team}; it has no shell`)
  expect(await gitAs('old', clone.folder, 'ls-remote', url(team))).toMatchObject({ status: 0 })
  expect((await gitAs('old', clone.folder, 'ls-remote', url(shop))).status).not.toBe(0)
  expect((await sshAs('old', 'id')).stdout).toBe('')
})
