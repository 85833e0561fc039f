/** Pushing over a real sshd: the program of the key lets git to the projects and a shell where it has that, and the push ends as the deployment did. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Clone, corpusCommand, type Ended, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let sshd: Sshd
let clone: Clone
let host = ''
const name = uniqueName('door')
/** git in the clone, over ssh. */
const git = (...args: string[]) =>
  world.run(['git', '-C', clone.folder, ...args], { env: { GIT_SSH_COMMAND: sshd.command } })
const ssh = (...words: string[]): Promise<Ended> =>
  world.run([...sshd.command.split(' '), `${sshd.user}@127.0.0.1`, ...words])

beforeAll(async () => {
  world = makeWorld()
  const keys = join(world.scratch, '.ssh', 'authorized_keys')
  sshd = await startSshd(join(world.scratch, 'sshd'), keys)
  host = `ssh://${sshd.user}@127.0.0.1:${sshd.port}`
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
})
afterAll(async () => {
  sshd?.stop()
  await world.dispose()
})

test('a key that was not added does not get in', async () => {
  const pushed = await git('push', `${host}/${name}`, 'HEAD:master')
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('Permission denied')
})

test('keys are added from a file or standard input, listed, and lines of others stay', async () => {
  const file = join(world.scratch, '.ssh', 'authorized_keys')
  mkdirSync(join(world.scratch, '.ssh'), { recursive: true })
  writeFileSync(file, '# a note of mine\n')
  const added = await world.run([corpusCommand, 'keys', 'add', 'ann', '-', '--shell'], { input: sshd.publicKey })
  expect(added.status).toBe(0)
  expect(await world.json('keys', 'list')).toMatchObject([{ name: 'ann' }])
  expect(readFileSync(file, 'utf8')).toContain('# a note of mine\n')
  const again = await world.run([corpusCommand, 'keys', 'add', 'ann', '-', '--shell'], { input: sshd.publicKey })
  expect(again.status).toBe(0)
  expect(readFileSync(file, 'utf8').match(/corpus:ann/g)).toHaveLength(1)
})

test.each([
  ['not a key', 'hello\n'],
  ['two keys', 'KEY\nKEY\n'],
  ['a key with options of its own', 'command="/bin/sh" KEY\n'],
  ['a key that is cut short', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n'],
])('%s is not added', async (_, text) => {
  const before = readFileSync(join(world.scratch, '.ssh', 'authorized_keys'), 'utf8')
  const asked = await world.run([corpusCommand, 'keys', 'add', 'eve', '-', '--project', '*'], {
    input: text.replaceAll('KEY', sshd.publicKey.trim()),
  })
  expect(asked.status).toBe(2)
  expect(asked.stderr).toContain('KEY_INVALID')
  expect(readFileSync(join(world.scratch, '.ssh', 'authorized_keys'), 'utf8')).toBe(before)
})

test('a push over ssh deploys under the name of the key, by any spelling of the path', async () => {
  const paths = [`/${name}`, `/${name}.git`, `/${name}/project`, world.path(name, 'git', 'project.git')]
  for (const [index, path] of paths.entries()) {
    const commit = await clone.commit({ 'index.html': `push ${index}\n` })
    const pushed = await git('push', `${host}${path}`, 'HEAD:master')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    expect(await world.json('status', name)).toMatchObject({ commit })
  }
  const rows = await world.json<{ by: string }[]>('releases', name)
  expect(rows[0]?.by).toBe('ann')
  const report = await world.json<{ project: { ssh: string }; sshConfig: string }>('report', name)
  expect(report.project.ssh).toMatch(new RegExp(`^ssh://[^/]+/${name}$`))
  expect(report.sshConfig).toContain(`User ${sshd.user}`)
})

test('the pillar is pushed and cloned the same way', async () => {
  const folder = join(world.scratch, 'pillar')
  const env = { GIT_SSH_COMMAND: sshd.command }
  expect((await world.run(['git', 'clone', '-q', `${host}/${name}/pillar`, folder], { env })).status).toBe(0)
  writeFileSync(join(folder, 'init.sls'), `makina-projects.${name}:\n  data: {colour: red}\n`)
  await world.run(['git', '-C', folder, 'commit', '-qam', 'Red'])
  const pushed = await world.run(['git', '-C', folder, 'push', 'origin', 'HEAD:master'], { env })
  expect(pushed.stderr).toContain('deployed in')
  expect(pushed.status).toBe(0)
})

test('git push ends non-zero when the deployment failed, and with git itself nothing is wrong', async () => {
  await clone.commit({ '.salt/configure.sls': 'broken:\n  cmd.run:\n    - name: "false"\n' })
  const pushed = await git('push', `${host}/${name}`, 'HEAD:master')
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect(pushed.status).not.toBe(0)
  await git('reset', '-q', '--hard', 'HEAD~1')
})

test('the program of the key gives a shell, and runs a command', async () => {
  const said = await ssh('echo', '"$CORPUS_BY"', '$((6 * 7))')
  expect(said.stdout).toBe('ann 42\n')
  expect(said.status).toBe(0)
  expect((await ssh('exit', '7')).status).toBe(7)
  const shell = await world.run([...sshd.command.split(' '), `${sshd.user}@127.0.0.1`], {
    input: 'echo from a shell\n',
  })
  expect(shell.stdout).toContain('from a shell\n')
})

test.each([
  '../../etc',
  '/../../../etc/passwd',
  "x'; touch MARK; '",
  '$(touch MARK)',
  '`touch MARK`',
  '-oProxyCommand=touch MARK',
  '--upload-pack=touch MARK',
  'nobody/here',
  'UPPER',
  `${'x'.repeat(300)}`,
  'a b',
  'NAME/../NAME',
  'NAME/git/project.git/hooks',
  '',
])('the name %j reaches no repository and no shell', async hostile => {
  const mark = join(world.scratch, 'mark')
  const word = hostile.replaceAll('MARK', mark).replaceAll('NAME', name)
  const quoted = `'${word.replaceAll("'", "'\\''")}'`
  const program = join(home, 'src', 'hooks', 'ssh-door')
  const asked = (command: string) =>
    world.run([program, world.root, 'eve', 'project=*', 'pillar'], {
      env: { SSH_ORIGINAL_COMMAND: command, SHELL: '/bin/sh' },
    })
  const services = ['git-receive-pack', 'git-upload-pack', 'git-upload-archive']
  const said = [
    // The way through sshd itself is slow: it is gone for those that a shell could be taken in by.
    ...(/[;$`]/.test(hostile) ? [await ssh(`git-receive-pack ${quoted}`)] : []),
    ...(await Promise.all(services.map(one => asked(`${one} ${quoted}`)))),
  ]
  for (const one of said) {
    expect(one.status).not.toBe(0)
    expect(one.stdout).toBe('')
  }
  expect(existsSync(mark)).toBe(false)
})

test('a key that was removed is out', async () => {
  await world.must('keys', 'remove', 'ann')
  expect((await ssh('true')).status).not.toBe(0)
  expect(await world.json('keys', 'list')).toEqual([])
  expect((await world.corpus('keys', 'remove', 'ann')).status).toBe(4)
})
