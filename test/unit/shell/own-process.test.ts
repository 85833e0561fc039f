/** Whose a process is, whatever it calls itself. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isOurOwn, usersOf } from '../../../src/shell/own-process.ts'
import { eventually } from '../../support/world.ts'

test('one of our own is known, and one that is gone is nobody’s', () => {
  expect(isOurOwn(process.pid)).toBe(true)
  expect(usersOf(4_194_305)).toEqual([])
  expect(isOurOwn(4_194_305)).toBe(false)
})

test.skipIf(process.getuid?.() !== 0)(
  'one of another account is not, with the title of a supervisor or of an nginx',
  async () => {
    const title = 'nginx: master process /usr/sbin/nginx'
    const drop = ['--reuid=65533', '--regid=65533', '--clear-groups', '--']
    const child = spawn('/usr/bin/setpriv', [...drop, '/usr/bin/perl', '-e', `$0 = "${title}"; sleep 1000`], {
      stdio: 'ignore',
    })
    try {
      await eventually('it has its title', () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith(title))
      expect(isOurOwn(child.pid as number)).toBe(false)
    } finally {
      child.kill('SIGKILL')
    }
  },
)
