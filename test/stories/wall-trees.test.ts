/** An account that keeps putting links in the place of all that it can write to, while trees are made, given and taken away: nothing beyond becomes its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0

/** Renames what stands in its folders and puts a link to one of the goals there, again and again; the numbers are of the seed. */
const hostile = `
my ($seed, $home, @goals) = @ARGV;
srand $seed;
my @tops = map { "$home/$_" } qw(data build home);
while (1) {
  for my $top (@tops, glob "$home/archives/deployed/*/project") {
    my @folders = ($top);
    for my $depth (1 .. 2) {
      my $folder = $folders[rand @folders];
      opendir my $handle, $folder or next;
      my @names = grep { !/^\\.\\.?$/ } readdir $handle;
      closedir $handle;
      push @folders, map { "$folder/$_" } grep { -d "$folder/$_" && !-l "$folder/$_" } @names;
      my $name = @names ? $names[rand @names] : 'made';
      next if $name =~ /\\.aside$/;
      my $goal = $goals[rand @goals];
      rename "$folder/$name", "$folder/$name.aside";
      symlink $goal, "$folder/$name";
      select undef, undef, undef, 0.002;
      if (rand() < 0.5) { unlink "$folder/$name"; rename "$folder/$name.aside", "$folder/$name" }
    }
  }
}
`

describe.skipIf(!isRoot)('a hostile account', () => {
  let world: World
  let clone: Clone
  let attacker: ChildProcess | undefined
  const name = uniqueName('wall')
  const canaries = () => join(world.scratch, 'canaries')

  beforeAll(async () => {
    world = makeWorld()
    mkdirSync(join(canaries(), 'folder'), { recursive: true })
    for (const file of ['file', 'folder/file', 'folder/index.html', 'folder/Procfile'])
      writeFileSync(join(canaries(), file), 'canary marker\n', { mode: 0o600 })
    chmodSync(join(canaries(), 'folder'), 0o700)
    await world.must('init', name, '--mode', 'cooking', '--installer', 'procfile', '--set', 'ingress=false')
    clone = await world.clone(name, files('0'))
    expect(await clone.push()).toMatchObject({ status: 0 })
  })
  afterAll(async () => {
    attacker?.kill('SIGKILL')
    await world.dispose()
  })

  const files = (word: string) => ({
    Procfile: 'worker: sleep 1000\n',
    'index.html': `${word}\n`,
    'sub/deep/file': `${word}\n`,
    'sub/other': 'same\n',
    'lib/a': word,
  })

  function facts(): unknown {
    return ['', 'file', 'folder', 'folder/file', 'folder/index.html', 'folder/Procfile'].map(path => {
      const { uid, gid, mode, nlink, ino } = lstatSync(join(canaries(), path))
      return [path, uid, gid, mode, nlink, ino]
    })
  }

  test('that swaps files and folders for links during pushes gets nothing that is not its own', async () => {
    const before = facts()
    const owner = statSync(world.path(name, 'data'))
    const goals = [
      join(canaries(), 'file'),
      join(canaries(), 'folder'),
      join(canaries(), 'folder', 'file'),
      world.path(name, 'pillar', 'init.sls'),
      world.path(name, 'corpus', 'configuration.json'),
      world.path(name, 'git', 'project.git', 'hooks', 'pre-receive'),
      '/etc/shadow',
    ]
    const protectedPaths = [...goals.slice(3, 6), '/etc/shadow', '/etc/passwd']
    const own = () => protectedPaths.map(path => [path, statSync(path).uid, statSync(path).mode])
    const ownBefore = own()
    const words = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--', 'perl', '-e', hostile]
    attacker = spawn('setpriv', [...words, '7', world.path(name), ...goals], { stdio: 'ignore' })
    const ended: unknown[] = []
    for (const round of [1, 2, 3, 4, 5]) {
      await clone.commit({
        ...files(String(round)),
        'sub/deep/file': round % 2 ? null : `${round}\n`,
        '.salt/post_install.sls': round === 3 ? 'broken:\n  cmd.run:\n    - name: "false"\n' : `# ${round}\n`,
      })
      const pushed = await clone.push('--force', 'corpus', 'HEAD:master')
      expect(pushed.stderr).not.toMatch(/INTERNAL|canary marker/)
      expect(pushed.stderr).toMatch(/deployed in|ROLLED BACK/)
      ended.push(pushed.status)
    }
    await world.corpus('rollback', name)
    attacker.kill('SIGKILL')
    expect(ended[2]).not.toBe(0)
    expect(facts()).toEqual(before)
    expect(own()).toEqual(ownBefore)
    for (const file of ['file', 'folder/file'])
      expect(readFileSync(join(canaries(), file), 'utf8')).toBe('canary marker\n')
    const found = await world.run([
      'grep', '-rlIs', '--devices=skip', '--exclude-dir=corpus', 'canary marker', world.path(name),
    ]) // biome-ignore format: a command line
    expect(found.stdout).toBe('')
    // What is pushed next is what runs, whatever lay about.
    await clone.commit(files('last'))
    expect((await clone.push('--force', 'corpus', 'HEAD:master')).stderr).toContain('deployed in')
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('last\n')
    expect(readFileSync(world.path(name, 'project', 'sub', 'deep', 'file'), 'utf8')).toBe('last\n')
  })

  test('that plants a repository with a command of its own where a submodule will be has nothing run', async () => {
    const library = join(world.scratch, 'library')
    await world.run(['git', 'init', '-q', library])
    writeFileSync(join(library, 'lib.txt'), 'lib\n')
    await world.run(['git', '-C', library, 'add', '-A'])
    await world.run(['git', '-C', library, 'commit', '-qm', 'One'])
    const ran = join(canaries(), 'ran')
    const plant = [
      'mkdir -p vendor/library && cd vendor/library && rm -rf .git && git init -q .',
      `git config core.fsmonitor "touch ${ran}" && git config core.sshCommand "touch ${ran}"`,
    ].join(' && ')
    expect(await world.corpus('run', name, '--', 'sh', '-c', plant)).toMatchObject({ status: 0 })
    await clone.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'vendor/library')
    await clone.commit({ 'index.html': 'with a library\n' })
    expect((await clone.push()).stderr).toContain('deployed in')
    expect(readFileSync(world.path(name, 'project', 'vendor', 'library', 'lib.txt'), 'utf8')).toBe('lib\n')
    expect(await world.corpus('run', name, '--', 'sh', '-c', plant)).toMatchObject({ status: 0 })
    await clone.commit({ 'index.html': 'again\n' })
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(existsSync(ran)).toBe(false)
  })

  test("that names another project's repository as a submodule does not get it", async () => {
    const other = uniqueName('other')
    await world.must('init', other, '--mode', 'final')
    const secret = await world.clone(other, { 'secret.txt': 'canary marker\n' })
    expect(await secret.push()).toMatchObject({ status: 0 })
    const commit = (await secret.git('rev-parse', 'HEAD')).stdout.trim()
    await clone.commit({
      '.gitmodules': `[submodule "x"]\n\tpath = stolen\n\turl = ${world.path(other, 'git', 'project.git')}\n`,
    })
    await clone.git('update-index', '--add', '--cacheinfo', `160000,${commit},stolen`)
    await clone.git('commit', '-qm', 'Steal')
    const pushed = await clone.push('--force', 'corpus', 'HEAD:master')
    expect(pushed.status).not.toBe(0)
    expect(pushed.stderr).toContain('GIT_FAILED')
    expect(existsSync(world.path(name, 'project', 'stolen', 'secret.txt'))).toBe(false)
  })

  test("names filters of root's own in vain: they are not run on what was pushed, nor on state files", async () => {
    const site = uniqueName('filtered')
    const ran = join(world.scratch, 'ran')
    const before = readFileSync(join(world.scratch, '.gitconfig'), 'utf8')
    writeFileSync(join(world.scratch, '.gitconfig'), `${before}[filter "own"]\n\tsmudge = "touch ${ran}; cat"\n`)
    try {
      await world.must('init', site, '--mode', 'final', '--set', 'ingress=false')
      const files = await world.clone(site, { 'index.html': 'one\n' })
      await files.commit({ '.gitattributes': '* filter=own\n', '.salt/configure.sls': 'x:\n  test.nop: []\n' })
      rmSync(ran, { force: true })
      for (const word of ['two', 'three']) {
        await files.git('-c', 'filter.own.smudge=', 'commit', '-q', '--allow-empty', '-m', word)
        expect((await files.push()).stderr).toContain('deployed in')
        await eventually('a copy is ready', () => existsSync(world.path(site, 'corpus', 'spare', 'copy-of')))
      }
      await world.corpus('plan', site)
      expect(existsSync(ran)).toBe(false)
    } finally {
      writeFileSync(join(world.scratch, '.gitconfig'), before)
    }
  })

  test("that is the origin of a new project has none of root's filters and hooks run", async () => {
    const site = uniqueName('from-origin')
    const ran = join(world.scratch, 'ran-at-init')
    const origin = join(world.scratch, 'origin-with-attributes')
    await world.run(['git', 'init', '-q', origin])
    writeFileSync(join(origin, '.gitattributes'), '* filter=own\n')
    writeFileSync(join(origin, 'index.html'), 'one\n')
    await world.run(['git', '-C', origin, 'add', '-A'])
    await world.run(['git', '-C', origin, 'commit', '-qm', 'One'])
    const hooks = join(world.scratch, 'hooks-of-root')
    mkdirSync(hooks)
    const before = readFileSync(join(world.scratch, '.gitconfig'), 'utf8')
    for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction'])
      writeFileSync(join(hooks, hook), `#!/bin/sh\npwd | grep -q /editable/ && echo ${hook} >> ${ran}\nexit 0\n`, {
        mode: 0o755,
      })
    writeFileSync(
      join(world.scratch, '.gitconfig'),
      `${before}[core]\n\thooksPath = ${hooks}\n[filter "own"]\n\tsmudge = "echo smudge >> ${ran}; cat"\n`,
    )
    try {
      await world.must('init', site, '--mode', 'final', '--origin', origin, '--set', 'ingress=false')
      expect(readFileSync(world.path(site, 'archives', 'editable', 'project', 'index.html'), 'utf8')).toBe('one\n')
      expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').toBe('')
    } finally {
      writeFileSync(join(world.scratch, '.gitconfig'), before)
    }
  })

  test('of a site that is files alone gets a tree of its own with the first process that a pillar declares', async () => {
    const site = uniqueName('grows')
    await world.must('init', site, '--mode', 'final', '--set', 'ingress=false')
    const pages = await world.clone(site, { 'index.html': 'one\n' })
    expect(await pages.push()).toMatchObject({ status: 0 })
    const before = readlinkSync(world.path(site, 'project'))
    const inode = statSync(join(before, 'index.html')).ino
    const pillar = await world.clonePillar(site)
    const worker = '{command: "sh -c \'id -u > made; exec sleep 1000\'"}'
    await pillar.commit({ 'init.sls': `makina-projects.${site}:\n  services: {worker: ${worker}}\n` })
    expect((await pillar.push()).stderr).toContain('deployed in')
    const made = () => world.path(site, 'project', 'made')
    await eventually('the process has written', () => existsSync(made()) && readFileSync(made(), 'utf8') !== '')
    expect(readFileSync(made(), 'utf8')).toBe(`${statSync(world.path(site, 'data')).uid}\n`)
    expect(statSync(join(before, 'index.html'))).toMatchObject({ ino: inode, uid: 0 })
    expect(statSync(world.path(site, 'project', 'index.html')).ino).not.toBe(inode)
    expect(await world.corpus('rollback', site)).toMatchObject({ status: 0 })
    expect(readlinkSync(world.path(site, 'project'))).toBe(before)
  })

  test('of a site that is files alone: those are root’s, and a link that leads out is the account’s', async () => {
    const site = uniqueName('site')
    await world.must('init', site, '--mode', 'final')
    const pages = await world.clone(site, { 'index.html': 'one\n', 'a/page.html': 'x\n' })
    symlinkSync('../index.html', join(pages.folder, 'a', 'inside'))
    symlinkSync('../../pillar/init.sls', join(pages.folder, 'a', 'outside'))
    symlinkSync('/etc/hostname', join(pages.folder, 'absolute'))
    await pages.commit({})
    const account = statSync(world.path(site, 'data')).uid
    for (const word of ['two', 'three']) {
      await pages.commit({ 'index.html': `${word}\n` })
      expect(await pages.push()).toMatchObject({ status: 0 })
      const uid = (path: string) => lstatSync(world.path(site, 'project', path)).uid
      for (const path of ['.', 'a', 'index.html', 'a/page.html', 'a/inside', '.salt'])
        expect([path, uid(path)]).toEqual([path, 0])
      for (const path of ['a/outside', 'absolute']) expect([path, uid(path)]).toEqual([path, account])
      await eventually('a copy is ready', () => existsSync(world.path(site, 'corpus', 'spare', 'copy-of')))
    }
    expect(readdirSync(world.path(site, 'project')).sort()).toEqual(['.git', '.salt', 'a', 'absolute', 'index.html'])
  })
})

describe.skipIf(!isRoot)('an application in a folder of its repository', () => {
  let world: World
  beforeAll(() => {
    world = makeWorld()
  })
  afterAll(() => world.dispose())

  test('gets nothing of others by a link in the place of a folder above it', async () => {
    const name = uniqueName('below')
    const theirs = join(world.scratch, 'theirs')
    mkdirSync(join(theirs, 'web'), { recursive: true })
    writeFileSync(join(theirs, 'web', 'Procfile'), 'canary: sleep 1000\n')
    writeFileSync(join(theirs, 'web', 'index.html'), 'canary page\n')
    await world.must('init', name, '--mode', 'final', '--installer', 'procfile', '--set', 'path=apps/web')
    await world.must('config', 'set', name, 'ingress.static=.')
    const clone = await world.clone(name, {
      'apps/web/Procfile': 'worker: sleep 1000\n',
      'apps/web/index.html': 'own page\n',
      '.salt/configure.sls':
        '{% if salt["file.file_exists"](cfg.data_root ~ "/swap") %}\nswapped:\n  cmd.run:\n    - name: mv apps aside && ln -s "$(cat ../../../../data/swap)" apps\n    - cwd: {{ cfg.project_root }}/.\n    - runas: {{ cfg.user }}\n{% endif %}\n',
    })
    const page = async () => {
      const { url } = await world.json<{ url: string | null }>('status', name)
      return url === null ? '' : await (await fetch(url)).text()
    }
    expect((await clone.push()).stderr).toContain('started worker.1')
    expect(await page()).toBe('own page\n')
    writeFileSync(world.path(name, 'data', 'swap'), theirs)
    chmodSync(world.path(name, 'data', 'swap'), 0o644)
    await clone.commit({ 'apps/web/more': 'two\n' })
    const pushed = await clone.push()
    expect(pushed.stderr).not.toMatch(/canary|INTERNAL/)
    expect(await page()).not.toContain('canary')
    expect((await world.must('ps', name)).stdout).not.toContain('canary')
    expect(readdirSync(theirs)).toEqual(['web'])
  })
})

describe.skipIf(!isRoot)('what an application leaves in its own tree', () => {
  let world: World
  beforeAll(() => {
    world = makeWorld()
  })
  afterAll(() => world.dispose())

  test('keeps nobody from deploying the next one, nor from going back to it', async () => {
    const name = uniqueName('leaves')
    await world.must('init', name, '--mode', 'cooking', '--installer', 'auto')
    await world.must('config', 'set', name, 'ingress=false')
    const clone = await world.clone(name, { Procfile: 'worker: sleep 1000\n', n: '0\n' })
    expect((await clone.push()).stderr).toContain('deployed in')
    const { uid, gid } = statSync(world.path(name, 'data'))
    const asTenant = (folder: string, script: string) =>
      world.run([
        'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', 'sh', '-c', `cd ${world.path(name, folder)}/. && ${script}`,
      ]) // biome-ignore format: a command line
    const leave = (script: string) =>
      asTenant(
        'project',
        `for one in Procfile package.json app.py index.html .salt; do mv $one $one.was; ${script}; done`,
      )
    const leftovers = {
      'too large': 'truncate -s 20M $one',
      pipes: 'mkfifo $one',
      folders: 'mkdir $one',
      'what is none': "printf 'no line of a Procfile' > $one",
      'links to themselves': 'ln -s $one $one',
      'what has no end': "printf 'def create_app(a=%s' $(seq -s = 1 60 | sed 's/[0-9]/a/g') > $one",
    }
    for (const [what, script] of Object.entries(leftovers)) {
      // What a build shut can be wiped all the same.
      await asTenant('build', 'mkdir -p shut/below && touch shut/below/file && chmod 0 shut/below shut')
      await leave(script)
      for (const asked of [
        ['status', name],
        ['config', 'get', name],
        ['ps', name],
        ['doctor'],
        ['run', name, '--', 'true'],
      ]) {
        const ended = await world.corpus(...asked)
        expect(`${what}: ${asked[0]}: ${ended.stdout}${ended.stderr}`).not.toMatch(/INTERNAL|TypeError/)
        // One project does not keep the others from being looked at.
        if (asked[0] === 'doctor') expect(ended.stdout).toContain(`hooks of ${name}`)
      }
      await clone.commit({ n: `${what}\n` })
      const pushed = await clone.push()
      expect(`${what}: ${pushed.stderr}`).toContain('deployed in')
      await leave(script)
      const back = await world.corpus('rollback', name)
      expect(`${what}: ${back.stdout}${back.stderr}`).not.toMatch(/INTERNAL|rollback failed/i)
      expect((await world.must('ps', name)).stdout).toContain('worker.1')
      expect((await world.must('deploy', name)).stdout).toContain('deployed in')
    }
  }, 240_000)

  test('is told of a file that is too large to be read before it lands', async () => {
    const name = uniqueName('large')
    await world.must('init', name, '--mode', 'final', '--installer', 'auto')
    const clone = await world.clone(name, { Procfile: `${'#'.repeat(17 * 1024 * 1024)}\n` })
    const pushed = await clone.push()
    expect(pushed.stderr).toContain('APPLICATION_INVALID')
    expect(pushed.stderr).toContain('Procfile')
    expect(pushed.stderr).not.toContain('INTERNAL')
    expect(await world.ref(name, 'refs/heads/master')).toBe('')
  })
})
