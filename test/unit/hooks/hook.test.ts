import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { spaceAt } from '../../../src/disk/space.ts'
import { writeHookSettings } from '../../../src/project/hook-settings.ts'
import { deployBranches } from '../../../src/project/revision.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { program } from '../../../src/shell/programs.ts'
import { type Hooks, hookFolder, makeHooks, none, one, run, two } from '../../support/hooks.ts'

/** Whether the numbers of this machine's kernel are written down. */
const isKnown = process.arch === 'x64' || process.arch === 'arm64'
const files = readdirSync(hookFolder).filter(name => name.endsWith('.pl'))
let hooks: Hooks
beforeEach(() => {
  hooks = makeHooks()
})
afterEach(() => hooks.dispose())

test('there are five files of Perl', () => {
  expect(files.sort()).toEqual(['forward.pl', 'helper.pl', 'hook.pl', 'post-receive.pl', 'pre-receive.pl'])
})

test.each(files)('%s compiles without a warning', async file => {
  expect(await run(['/usr/bin/perl', '-wc', join(hookFolder, file)], '', {})).toEqual({
    status: 0,
    stdout: '',
    stderr: `${join(hookFolder, file)} syntax OK\n`,
  })
})

test('all of them go together without a warning, and none loads a module', async () => {
  const ended = await hooks.perl(
    `require "$HOME/src/hooks/$_" for qw(pre-receive.pl post-receive.pl helper.pl); print map { "$_\\n" } sort keys %INC`,
  )
  expect(ended.stderr).toBe('')
  // One is a program by itself.
  const together = files.filter(file => file !== 'forward.pl').sort()
  expect(ended.stdout.trim().split('\n')).toEqual(together.map(file => join(hooks.home, 'src/hooks', file)))
  expect(readFileSync(join(hookFolder, 'forward.pl'), 'utf8')).not.toMatch(/^\s*(?:use|require)\b/m)
})

// A module, or a file that is not needed, is paid by each push.
test('a push that is announced loads nothing but what it needs, and one that deploys nothing still less', async () => {
  await hooks.agent('ok')
  writeFileSync(hooks.layout.checked, 'none none server.js')
  const loaded = async (ref: string) => {
    const code = `END { print STDERR map { "$_\\n" } sort keys %INC } our ($HOME, $ROOT, $NAME, $KIND, $HOOK) = @ARGV; require "$HOME/src/hooks/hook.pl"`
    const words = [hooks.home, hooks.layout.root, hooks.layout.name, 'project', 'pre-receive'] as const
    const env = { GIT_QUARANTINE_PATH: '/x/incoming-1' }
    const ended = await run(['/usr/bin/perl', '-e', code, ...words], `${one} ${two} ${ref}\n`, env)
    expect(ended.status).toBe(0)
    return ended.stderr
      .trim()
      .split('\n')
      .map(path => path.slice(`${hooks.home}/src/hooks/`.length))
  }
  expect(await loaded('refs/heads/master')).toEqual(['hook.pl', 'pre-receive.pl'])
  expect(await loaded('refs/tags/v1')).toEqual(['hook.pl'])
})

test('the numbers of the kernel are those of this machine', async () => {
  const ended = await hooks.perl(
    `require "$HOME/src/hooks/$_.pl" for qw(pre-receive post-receive);
    print map { defined call_number($_) ? "$_ " : '' } qw(clock_gettime setsid statfs fork);
    my ($seconds, $nanoseconds) = clock(); printf "\\n%d\\n", $seconds * 1000 + $nanoseconds / 1e6;
    my $child = open(my $in, '-|') // die;
    if (!$child) { syscall(call_number('setsid')) if defined call_number('setsid'); print slurp('/proc/self/stat'); exit 0 }
    print $child, ' ', <$in>`,
  )
  const after = Date.now()
  const [numbers, clock, session] = ended.stdout.split('\n')
  expect(ended.stderr).toBe('')
  expect(numbers?.trim()).toBe(isKnown ? 'clock_gettime setsid statfs' : '')
  expect(Number(clock)).toBeGreaterThan(after - 600_000)
  expect(Number(clock)).toBeLessThanOrEqual(after)
  const [child, of] = /^(\d+) .*\) \S \d+ \d+ (\d+)/.exec(session ?? '')?.slice(1) ?? []
  expect(of === child).toBe(isKnown)
})

test('what is free is what the deployment reads, by number and without one', async () => {
  // A file system that others fill meanwhile: one of some answers is the same on both sides.
  for (const without of isKnown ? ['reader', 'call_number'] : ['call_number']) {
    for (let tries = 0; ; tries++) {
      const before = spaceAt(hooks.layout.home).freeBytes
      const { stdout, stderr } = await hooks.perl(
        `require "$HOME/src/hooks/pre-receive.pl"; { local $^W = 0; eval q(sub ${without} { undef }) } print free_megabytes()`,
      )
      expect(stderr).toBe('')
      const after = spaceAt(hooks.layout.home).freeBytes
      if (before !== after && tries < 50) continue
      expect(Number(stdout)).toBe(Math.floor(after / 1_000_000))
      break
    }
  }
})

test.each([
  ['refs/heads/master', 0],
  ['refs/tags/v1', 0],
  ['refs/notes/commits', 0],
  ['refs/replace/0000', 1],
  ['refs/corpus/x', 1],
  ['refs/heads/HEAD', 1],
  [`refs/heads/${one}`, 1],
  ['refs/heads/-x', 1],
  ['refs/heads/refs/heads/x', 1],
  ['refs/tags/heads/x', 1],
])('%s may come: %i', async (ref, status) => {
  const ended = await hooks.call('pre-receive', [[none, one, ref]], { options: ['no-deploy'] })
  expect([ended.status, ended.stdout]).toEqual([status, ''])
  expect(ended.stderr === '').toBe(status === 0)
  expect((await hooks.call('pre-receive', [[one, none, ref]])).status).toBe(
    ref.startsWith('refs/heads/') || status === 0 || ref === 'refs/tags/heads/x' ? 0 : 1,
  )
})

test('names of others come onto the terminal as one plain line', async () => {
  const ended = await hooks.call('pre-receive', [[none, one, 'refs/replace/\x1b[2Jä\u202e']])
  expect(ended.stderr).toBe(
    'corpus: The ref refs/replace/?[2J????? is not kept here.\ncorpus: Push branches (refs/heads), tags (refs/tags) and notes (refs/notes).\n',
  )
  const stored = await hooks.call('post-receive', [[none, one, `refs/heads/\x1b]0;x\x07${'a'.repeat(200)}`]])
  expect(stored.stdout).toMatch(/^corpus: stored only, not deployed: \?]0;x\?a{91}\.\.\.\n/)
  expect(stored.stdout.split('\n')[1]).toBe('corpus: a push of master deploys: git push REMOTE HEAD:master (or main)')
})

test('which branches deploy is what the settings say, and without any what the configuration means without any', async () => {
  const deploying = async (...branches: string[]) => {
    const { stdout } = await hooks.perl('print map { deploys("refs/heads/$_") ? "$_ " : "" } @ARGV', ...branches)
    return stdout.trim().split(' ')
  }
  const all = ['live', 'master', 'main', 'ma', 'next/one']
  expect(await deploying(...all)).toEqual(deployBranches(new Dict()))
  writeHookSettings(hooks.layout, Dict.of({ deploy_branch: ['live', 'next/one'] }))
  expect(await deploying(...all)).toEqual(['live', 'next/one'])
})

test('programs are the same ones as the rest takes', async () => {
  const { stdout } = await hooks.perl('print join " ", map { program($_) } qw(git stat)')
  expect(stdout).toBe(`${program('git')} ${program('stat')}`)
})

test('a hook file as corpus wrote it before does its work still', async () => {
  const { home, layout } = hooks
  const words = [home, layout.root, layout.name, 'project', 'post-receive'].map(word => `'${word}'`).join(', ')
  const before = `our ($HOME, $ROOT, $NAME, $KIND, $HOOK) = (${words});\nrequire "$HOME/src/hooks/hook.pl";\n`
  const ended = await run(['/usr/bin/perl', '-e', before], `${none} ${one} refs/heads/x\n`, {})
  expect([ended.status, ended.stderr]).toEqual([0, ''])
  expect(ended.stdout).toContain('stored only, not deployed: x')
})
