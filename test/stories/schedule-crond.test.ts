/** Jobs under a real crond: one of the test's own, in a mount namespace, so that the machine's own jobs are not touched. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: a crond of the test’s own needs root for its mount namespace')

/** A minute may have just begun when the job is there. */
const aMinuteAndSome = 100

describe.skipIf(!isRoot)('a schedule under a crond', () => {
  let world: World
  let clone: Clone
  let crond: ChildProcess
  let inside: (...argv: string[]) => ReturnType<World['run']>
  let told: string
  const name = uniqueName('crond')

  beforeAll(async () => {
    world = makeWorld()
    told = join(world.scratch, 'told')
    writeFileSync(told, '')
    chmodSync(told, 0o666)
    await world.must('init', name, '--mode', 'final')
    await world.must('env', 'set', name, "GREETING=it's 100% $HOME")
    clone = await world.clone(name, { 'index.html': 'one\n' })
    const ready = join(world.scratch, 'crond-ready')
    const script = `set -e
      for folder in /etc/cron.d /var/spool/cron /run; do mount -t tmpfs -o mode=755 own $folder; done
      mkdir -m 1730 /var/spool/cron/crontabs
      : > "$1.crontab" && mount --bind "$1.crontab" /etc/crontab
      : > "$1"
      exec cron -f`
    const argv = ['--mount', '--propagation', 'private', '--fork', '--kill-child', 'sh', '-c', script, 'sh', ready]
    crond = spawn('unshare', argv, { stdio: 'ignore' })
    await eventually('the crond runs', () => existsSync(ready))
    const pid = (await world.run(['pgrep', '-P', String(crond.pid)])).stdout.trim()
    inside = (...words) => world.run(['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--', ...words])
  })
  afterAll(async () => {
    await inside(corpusCommand, 'destroy', name, '--confirm', name)
    crond.kill('SIGKILL')
    await world.dispose()
  })

  const log = (job: string) => {
    const file = join(world.root, 'corpus', 'logs', name, 'jobs', `${job}.log`)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  test('a job runs in the release, as its account and with its variables; one that fails is told of', async () => {
    const schedule = {
      say: '* * * * * pwd -P; id -un; echo "$GREETING"; cat index.html',
      fail: '* * * * * echo "no 50% luck" >&2; exit 3',
    }
    await world.must('config', 'set', name, `schedule=${JSON.stringify(schedule)}`)
    const notifications = { on: ['failed'], command: ['/bin/sh', '-c', `cat >> ${told}`] }
    await world.must('config', 'set', name, `notifications=${JSON.stringify(notifications)}`)
    const pushed = await inside('git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master')
    expect(pushed.status, pushed.stderr).toBe(0)
    const { release } = await world.json<{ release: string }>('status', name)
    const said = await eventually(
      'the job has run',
      () => /begins\n([\s\S]*?)\S+ ended with 0/.exec(log('say')),
      aMinuteAndSome,
    )
    const tree = world.path(name, 'archives', 'deployed', release, 'project')
    expect(said[1]).toBe(`${tree}\n${name}-user\nit's 100% $HOME\none\n`)
    await eventually('the failure is told of', () => readFileSync(told, 'utf8') !== '', aMinuteAndSome)
    expect(log('fail')).toContain('no 50% luck\n')
    const notice = JSON.parse(readFileSync(told, 'utf8').split('\n')[0] ?? '')
    expect(notice).toMatchObject({
      event: 'job',
      project: name,
      state: 'failed',
      kind: 'job',
      release,
      procedure: 'fail',
      fault: { code: 'JOB_FAILED', message: 'The job fail ended with status 3.' },
    })
    expect(notice.fault.detail).toContain('no 50% luck')
    // Nothing of it reached the machine's own crond.
    expect(existsSync(`/etc/cron.d/corpus-${name}`)).toBe(false)
  }, 300_000)

  test('without the schedule nothing is left for the crond', async () => {
    await world.must('config', 'unset', name, 'schedule')
    expect((await inside(corpusCommand, 'deploy', name)).status).toBe(0)
    expect((await inside('ls', '/etc/cron.d')).stdout).toBe('')
  })
})
