import { describe, expect, it } from 'vitest'
import { parseKey } from '../../../../src/salt/system/authorized-keys.ts'
import { findJob, withJob, withoutJob, withVariable } from '../../../../src/salt/system/crontab.ts'
import { compareVersions } from '../../../../src/salt/system/debian-version.ts'
import { rsyncChanges, rsyncSummary } from '../../../../src/salt/system/rsync.ts'
import { shellQuote, shellWords } from '../../../../src/salt/system/shell-words.ts'

describe('A crontab', () => {
  const job = { identifier: 'backup', command: 'do it', schedule: '5 * * * *', comment: 'nightly', commented: false }

  it('keeps the lines of others, and marks its own', () => {
    const crontab = withJob('0 1 * * * mine\n', job)
    expect(crontab).toBe(
      '0 1 * * * mine\n# Lines below here are managed by Salt, do not edit\n# nightly SALT_CRON_IDENTIFIER:backup\n5 * * * * do it\n',
    )
    expect(findJob(crontab, 'backup')?.job).toEqual(job)
    expect(withJob(crontab, job)).toBe(crontab)
    expect(withJob(crontab, { ...job, schedule: '6 * * * *' })).toContain('6 * * * * do it\n')
    expect(withoutJob(crontab, 'backup')).not.toContain('do it')
  })

  it('sets variables above the jobs', () => {
    const crontab = withVariable(withJob('', job), 'PATH', '/bin')
    expect(crontab.indexOf('PATH="/bin"')).toBeLessThan(crontab.indexOf('do it'))
    expect(withVariable(crontab, 'PATH', null)).toBe(withJob('', job))
  })
})

describe('Versions of Debian packages', () => {
  it.each([
    ['1.10-1', '1.9-2', 1],
    ['1:1.0', '2.0', 1],
    ['1.0~rc1', '1.0', -1],
    ['1.0+b1', '1.0', 1],
    ['1.0-1', '1.0-1', 0],
    ['1.0a', '1.0+', -1],
  ])('%s and %s compare as dpkg does', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order)
    expect(Math.sign(compareVersions(b, a)) + order).toBe(0)
  })
})

describe('Words of a command line', () => {
  it('are split and quoted as a shell has it', () => {
    expect(shellWords(`a "b c" 'd"e' f\\ g ""`)).toEqual(['a', 'b c', 'd"e', 'f g', ''])
    expect(shellWords(shellQuote("it's $HOME"))).toEqual(["it's $HOME"])
    expect(() => shellWords('"open')).toThrow('No closing quotation')
  })
})

describe('A line of authorized_keys', () => {
  it('may carry options with commas and blanks in quotes', () => {
    const key = parseKey('no-pty,command="a, b" ssh-ed25519 AAAA me@here', { enc: '', comment: '', options: [] })
    expect(key).toEqual({ enc: 'ssh-ed25519', key: 'AAAA', comment: 'me@here', options: ['no-pty', 'command="a, b"'] })
  })
})

describe('The output of rsync', () => {
  it('tells what was copied and deleted', () => {
    const output = 'sending incremental file list\ndeleting old\na\n\nsent 1 bytes  received 2 bytes\ntotal size is 3'
    expect(rsyncChanges(output)).toEqual({ copied: 'a', deleted: 'old' })
    expect(rsyncSummary(output)).toBe('- sent 1 bytes\n- received 2 bytes\n- total size is 3')
  })
})
