import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeWhole } from '../../../src/kernel/files.ts'
import { releaseId } from '../../../src/kernel/names.ts'
import { writeRecord } from '../../../src/pipeline/history.ts'
import { layNext } from '../../../src/pipeline/next-folder.ts'
import { waiting } from '../../../src/pipeline/queue.ts'
import { startHelper } from '../../../src/shell/helper.ts'
import { localShell } from '../../../src/shell/local.ts'
import { isLocked } from '../../../src/shell/lock.ts'
import { type Hooks, makeHooks, none, one, patience, program, run, two } from '../../support/hooks.ts'

let hooks: Hooks
beforeEach(() => {
  hooks = makeHooks()
})
afterEach(() => hooks.dispose())

// --- answering

test('a hook whose push was announced is answered: its input, its variables, the log to its output, its status', async () => {
  const { home, layout } = hooks
  const old = releaseId('20260101T000000000Z-00000000-0000-4000-8000-000000000001')
  mkdirSync(layout.deployment(old).folder)
  await layNext(layout, old, async command => (await localShell.run(command)).status)
  // The shell of the hook is our child: so we are its git.
  const mark = join(layout.deployments, `soon.${process.pid}`)
  renameSync(layout.nextDeployment, mark)
  const helper = await startHelper(home)
  helper.standReady({ home, root: layout.root, name: layout.name, mark })
  const hook = `corpus='${home}' root='${layout.root}' name=shop kind=project; . "$corpus/src/hooks/post-receive.sh"`
  const verdict = join(layout.git, 'verdict.1')
  const ended = run(['/bin/sh', '-c', hook], `${one} ${two} refs/heads/master\n`, {
    PATH: '/usr/bin:/bin',
    CORPUS_BY: 'ann = b',
    CORPUS_VERDICT: verdict,
  })
  await expect.poll(() => waiting(layout).length, patience).toBe(1)
  const [request] = waiting(layout)
  if (!request) throw new Error('Nothing waits.')
  expect(request).toMatchObject({ by: 'ann = b', before: one, commit: two, branch: 'master' })
  writeFileSync(layout.deployment(request.release).output, 'built\n')
  writeWhole(layout.deployment(request.release).verdict, '5 failed\n')
  expect(await ended).toEqual({ status: 5, stdout: `corpus: shop, release ${request.release}\nbuilt\n`, stderr: '' })
  expect(readFileSync(verdict, 'utf8')).toBe('5')
  expect(hooks.asked()).toEqual([])
  helper.stop()
})

test('by any other than its whole name it does not start', async () => {
  const ended = await run(['/bin/sh', '-c', 'cd "$1" && perl helper.pl', 'sh', join(hooks.home, 'src/hooks')], '', {
    PATH: '/usr/bin:/bin',
  })
  expect([ended.status, ended.stderr]).toEqual([255, 'helper.pl is called by its whole name\n'])
})

// --- a runner where no agent has one

test('a runner is nobody’s child, has a helper at hand, and nothing of the pusher’s', async () => {
  const { home, layout } = hooks
  const said = join(layout.root, 'said')
  mkdirSync(join(home, 'node_modules/.bin'), { recursive: true })
  mkdirSync(join(home, 'dist'))
  writeFileSync(join(home, 'dist/main.cjs'), '')
  // In place of Node: it takes the project's lock by the helper, and writes down what it has.
  program(
    join(home, 'node_modules/.bin/node'),
    `#!/bin/bash
for word; do case $word in --helper=*) ends=\${word#*=} ;; esac; done
echo "lock ${layout.lock}" >&\${ends#*,}
read -r answer <&\${ends%,*}
{ echo "$@"; env; echo "answer=$answer"; echo "cwd=$PWD"; cat /proc/$$/stat; } > '${said}.new'
mv '${said}.new' '${said}'
while [ ! -e '${layout.root}/end' ]; do sleep 0.05; done
`,
  )
  writeFileSync(
    join(layout.root, 'corpus/environment'),
    'CORPUS_ON_MACHINE="yes it is"\nNODE_EXTRA_CA_CERTS=/etc/ca\n',
    { mode: 0o600 },
  )
  const ended = await hooks.call('pre-receive', [[none, one, 'refs/heads/master']], {
    env: {
      NODE_OPTIONS: '--require=/x',
      LD_PRELOAD: '',
      GIT_QUARANTINE_PATH: '/x/incoming-1',
      CORPUS_VERDICT: '/x/v.1',
      CORPUS_BY: 'ann',
      PERL5OPT: '',
    },
  })
  expect([ended.status, ended.stderr]).toEqual([0, ''])
  const text = () => {
    try {
      return readFileSync(said, 'utf8')
    } catch {
      return ''
    }
  }
  await expect.poll(text, patience).not.toBe('')
  const lines = text().trim().split('\n')
  const mark = join(layout.deployments, `soon.${process.pid}`)
  expect(lines[0]).toMatch(
    RegExp(`^${home}/dist/main\\.cjs runner shop --root=${layout.root} --helper=\\d+,\\d+ --soon=${mark}$`),
  )
  expect(lines).toContain('answer=0')
  expect(lines).toContain('cwd=/')
  expect(isLocked(layout.lock)).toBe(true)
  const names = lines.filter(line => /^[A-Z]\w*=/.test(line)).map(line => line.slice(0, line.indexOf('=')))
  expect(lines).toContain('CORPUS_ON_MACHINE=yes it is')
  expect(names.sort()).toEqual(
    [
      'CORPUS_BY',
      'CORPUS_ON_MACHINE',
      'GIT_CONFIG_NOSYSTEM',
      'HOME',
      'NODE_EXTRA_CA_CERTS',
      'PATH',
      'PWD',
      'SHLVL',
    ].sort(),
  )
  const [pid, session] = /^(\d+) .*\) \S \d+ \d+ (\d+)/.exec(lines.at(-1) ?? '')?.slice(1) ?? []
  expect(session).toBe(pid)
  expect(readlinkSync(`/proc/${pid}/fd/1`)).toBe(join(layout.deployments, 'runner.log'))
  expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null')
  // When the runner is dead, the kernel lets go of the lock.
  writeFileSync(join(layout.root, 'end'), '')
  await expect.poll(() => isLocked(layout.lock), patience).toBe(false)
})

test('what the machine declares is believed only where nobody but its owner could write it', async () => {
  const file = join(hooks.layout.root, 'corpus/environment')
  const declared = async (mode: number) => {
    rmSync(file, { force: true })
    writeFileSync(file, "A=1\nB='two words'\nnot a line\n1C=x\n")
    const code = `chmod ${mode}, "$ROOT/corpus/environment"; require "$HOME/src/hooks/helper.pl"; %ENV = (); declared_on_machine(); print map { "$_=$ENV{$_};" } sort keys %ENV`
    return (await hooks.perl(code)).stdout
  }
  expect(await declared(0o640)).toBe('A=1;B=two words;')
  expect(await declared(0o660)).toBe('')
  expect(await declared(0o602)).toBe('')
})

// --- the rights of a key

const mayOnlyPush = { CORPUS_KEY_MAY: 'push', CORPUS_BY: 'ann\x1b[2J' }
const pushed = async (old: string, commit: string, ref = 'refs/heads/master') =>
  (await hooks.call('pre-receive', [[old, commit, ref]], { env: mayOnlyPush, options: ['no-deploy'] })).stderr.split(
    '\n',
  )[0]

test('a key without --pillar changes no state files, and no pillar', async () => {
  const first = await commitOf({ 'index.html': '1', '.salt/init.sls': 'a: 1' })
  const page = await commitOf({ 'index.html': '2', '.salt/init.sls': 'a: 1' })
  const states = await commitOf({ 'index.html': '1', '.salt/init.sls': 'a: 2' })
  await hooks.git('update-ref', 'refs/heads/master', first)
  expect(await pushed(first, page)).toBe('')
  expect(await pushed(first, states)).toMatch(
    /^corpus: The key ann\?\[2J does not change state files: \.salt in master is none that was deployed here, and it runs as /,
  )
  // Of another branch, too; but what was deployed once may come again.
  expect(await pushed(none, states, 'refs/heads/other')).toMatch(/^corpus: The key/)
  keepRecord(states)
  expect(await pushed(first, states)).toBe('')
  const pillar = await hooks.call('pre-receive', [[none, one, 'refs/heads/master']], {
    env: mayOnlyPush,
    kind: 'pillar',
  })
  expect(pillar.stderr).toMatch(/^corpus: The key ann\?\[2J does not push pillars\.\n/)
})

test('a link out of .salt is as good as a state file', async () => {
  const first = await commitOf({ 'x.sls': 'a: 1', '.salt/init.sls': '->../x.sls' })
  const second = await commitOf({ 'x.sls': 'a: 2', '.salt/init.sls': '->../x.sls' })
  await hooks.git('update-ref', 'refs/heads/master', first)
  expect(await pushed(first, second)).toMatch(/links to other files of the project/)
})

test('tags and deletions are nobody’s worry', async () => {
  const states = await commitOf({ '.salt/init.sls': 'a: 1' })
  expect(await pushed(none, states, 'refs/tags/v1')).toBe('')
  expect(await pushed(states, none)).toBe('')
})

/** A commit with these files; `->x` is a link to x. */
async function commitOf(files: Readonly<Record<string, string>>): Promise<string> {
  await hooks.git('--version')
  rmSync(join(hooks.layout.projectGit, 'index'), { force: true })
  const scratch = join(hooks.layout.git, 'file')
  for (const [path, text] of Object.entries(files)) {
    const target = text.startsWith('->') ? text.slice(2) : null
    writeFileSync(scratch, target ?? text)
    const id = await hooks.git('hash-object', '-w', scratch)
    const entry = `${target === null ? '100644' : '120000'},${id},${path}`
    await hooks.git(`--work-tree=${hooks.layout.git}`, 'update-index', '--add', '--cacheinfo', entry)
  }
  return hooks.git('commit-tree', '-m', 'x', await hooks.git('write-tree'))
}

function keepRecord(commit: string): void {
  const release = releaseId('20260101T000000000Z-00000000-0000-4000-8000-000000000001')
  mkdirSync(hooks.layout.deployment(release).folder, { recursive: true })
  const unknown = {
    seconds: null,
    previous: null,
    tree: null,
    before: null,
    url: null,
    pillar_commit: null,
    procedures: [],
  }
  writeRecord(hooks.layout, {
    ...unknown,
    release,
    kind: 'push',
    mode: 'final',
    status: 'succeeded',
    commit,
    by: 'b',
    started_at: '',
    branch: 'master',
  })
}
