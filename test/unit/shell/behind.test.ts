import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { lookedUp } from '../../../src/shell/programs.ts'
import type { Command } from '../../../src/shell/shell.ts'
import { textOf } from '../../../src/shell/shell.ts'

const nobody = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-behind-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What is in the environment of a command, byte for byte. */
async function seen(command: Omit<Command, 'argv'>): Promise<Map<string, string>> {
  const ended = await localShell.run({ argv: ['/usr/bin/env', '-0'], ...command })
  expect(textOf(ended.stderr)).toBe('')
  const text = Buffer.from(ended.stdout).toString('latin1')
  return new Map(
    text
      .split('\0')
      .filter(Boolean)
      .map(row => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]),
  )
}

describe.runIf(process.getuid?.() === 0)('as another account', () => {
  test('a command finds its environment byte for byte, whatever the names, and nothing else', async () => {
    const bytes = Uint8Array.from({ length: 255 }, (_, index) => index + 1)
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`V${index}`, `${index} '"$\n%41`]))
    const env = {
      ...many,
      A: bytes,
      EMPTY: '',
      'no-name.at all': 'x=y',
      PATH: '/usr/bin',
      IFS: 'x',
      _: 'u',
      PWD: '/no',
    }
    const found = await seen({ env, user: nobody, umask: 0o077 })
    const wanted = Object.entries(env).map(([name, value]) => [name, Buffer.from(value as string).toString('latin1')])
    expect(found).toEqual(new Map(wanted as [string, string][]))
  })

  test('programs that stand before the drop of rights are not looked up on the PATH of the command', async () => {
    const marks = join(folder, 'marks')
    writeFileSync(marks, '')
    chmodSync(marks, 0o666)
    for (const name of ['setpriv', 'perl', 'sh', 'env', 'nice', 'timeout', 'prlimit']) {
      writeFileSync(
        join(folder, name),
        `#!/bin/sh\necho "${name} $(/usr/bin/id -u)" >> ${marks}\nexec /usr/bin/${name} "$@"\n`,
      )
      chmodSync(join(folder, name), 0o755)
    }
    writeFileSync(join(folder, 'tool'), '#!/bin/sh\n/usr/bin/id -u\n')
    chmodSync(join(folder, 'tool'), 0o755)
    const command: Command = {
      argv: [lookedUp('tool')],
      env: { PATH: folder },
      user: nobody,
      umask: 0o022,
      timeoutSeconds: 20,
    }
    for (const ended of [await localShell.run(command), localShell.runSync(command)])
      expect(textOf(ended.stdout)).toBe('65534\n')
    expect(readFileSync(marks, 'utf8')).toBe('')
  })

  test('a library of the project is not loaded before rights are dropped', async () => {
    const made = join(folder, 'uid')
    writeFileSync(join(folder, 'Evil.pm'), `package Evil; open my $f, '>>', '${made}'; print $f "$<\\n"; 1;\n`)
    chownSync(folder, nobody.uid, nobody.gid)
    const env = { PERL5OPT: '-MEvil', PERL5LIB: folder, PATH: '/usr/bin:/bin' }
    const ended = await localShell.run({ argv: ['/usr/bin/perl', '-e', '1'], env, user: nobody })
    expect(ended.status).toBe(0)
    expect(readFileSync(made, 'utf8')).toBe('65534\n')
  })

  test('the folder is entered with the rights of the account', async () => {
    chmodSync(folder, 0o700)
    const ended = await localShell.run({ argv: ['/bin/cat', 'x'], cwd: folder, env: {}, user: nobody })
    expect(ended.status).toBe(126)
    expect(textOf(ended.stderr)).toContain(`the folder ${folder} cannot be entered`)
  })

  test('without an environment of its own it gets a fixed one, not ours', async () => {
    process.env['DEPLOY_TOKEN'] = 'secret'
    try {
      const found = await seen({ user: nobody })
      expect([...found.keys()].sort()).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'USER'])
      expect(found.get('HOME')).toBe('/nonexistent')
    } finally {
      delete process.env['DEPLOY_TOKEN']
    }
  })

  test('files that were open stay behind', async () => {
    const secret = join(folder, 'secret')
    writeFileSync(secret, 'secret')
    const script = `
      import { localShell } from '${join(import.meta.dirname, '../../../src/shell/local.ts')}'
      const user = { name: 'nobody', uid: 65534, gid: 65534, home: '/' }
      const ended = await localShell.run({ argv: ['/bin/sh', '-c', 'ls /proc/self/fd'], env: {}, user })
      process.stdout.write(ended.stdout)`
    writeFileSync(join(folder, 'try.mts'), script)
    const shell = `exec 40<${secret}; exec ${process.execPath} --disable-warning=ExperimentalWarning ${join(folder, 'try.mts')}`
    const ended = spawnSync('/bin/bash', ['-c', shell])
    expect(ended.stderr.toString()).toBe('')
    // The last is what ls reads.
    expect(ended.stdout.toString()).toBe('0\n1\n2\n3\n')
  })

  test('what is not there is told with the status that a shell gives', async () => {
    const ended = await localShell.run({ argv: [lookedUp('no-such-tool')], env: { PATH: folder }, user: nobody })
    expect(ended.status).toBe(127)
    expect(textOf(ended.stderr)).toContain('failed to execute no-such-tool: No such file')
  })

  test('nothing of the environment stands among the arguments of any program on the way', async () => {
    const env = { TOKEN: 'kept-to-itself', PATH: '/usr/bin:/bin' }
    const argv = ['/bin/sh', '-c', 'while [ ! -e "$0/go" ]; do sleep 0.01; done', folder] as const
    let shown = ''
    let done = false
    const looking = (async () => {
      while (!done) {
        shown += spawnSync('/bin/ps', ['-ewwo', 'args']).stdout.toString()
        await new Promise(next => setTimeout(next, 1))
        if (shown.includes('sleep 0.01')) writeFileSync(join(folder, 'go'), '')
      }
    })()
    await localShell.run({ argv, env, user: nobody })
    done = true
    await looking
    expect(shown).toContain('sleep')
    expect(shown).not.toContain('kept-to-itself')
  })
})

test('a variable that the kernel would not take is named, and its value is not', async () => {
  for (const user of process.getuid?.() === 0 ? [undefined, nobody] : [undefined]) {
    const as = user ? { user } : {}
    const long = await localShell.run({ argv: ['/bin/true'], env: { LONG: 'x'.repeat(131_072) }, ...as })
    expect(long).toMatchObject({
      status: 127,
      spawnError: 'the value of LONG is longer than the 128 KiB that the kernel takes',
    })
    const nul = localShell.runSync({ argv: ['/bin/true'], env: { NUL: 'a\0b' }, ...as })
    expect(nul).toMatchObject({ status: 127, spawnError: 'the value of NUL holds a NUL' })
  }
  expect(existsSync(folder)).toBe(true)
})

test('bytes and a umask come through for whoever runs this, too', async () => {
  const bytes = Uint8Array.from([0xff, 0x25, 0x0a])
  const found = await seen({ env: { B: bytes }, umask: 0o077 })
  expect(found).toEqual(new Map([['B', '\xff%\n']]))
})
