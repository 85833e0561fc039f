import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processName, projectName } from '../../../src/kernel/names.ts'
import { withoutBlock } from '../../../src/services/crontab.ts'
import { declaredJobs, installJobs, type JobTools, jobLog, jobUnits } from '../../../src/services/jobs.ts'
import { servicesPlace } from '../../../src/services/place.ts'
import { localShell } from '../../../src/shell/local.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: files of a crond can be written by root only')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "corpus jobs 50% 'x"))
})
afterEach(() => rmSync(root, { recursive: true }))

const wanted = (schedule: unknown) => {
  mkdirSync(join(root, 'tree'), { recursive: true })
  return {
    project: projectName('shop'),
    release: 'r1',
    tree: join(root, 'tree'),
    account: null,
    environment: { GREETING: "it's $HOME" },
    jobs: declaredJobs(schedule),
  }
}
const tools = (): JobTools => ({ place: servicesPlace(root), shell: localShell, clock: 'cron', cronFolder: root })

test('jobs are read in both forms', () => {
  const jobs = declaredJobs({
    a: { cron: '0 3 * * *', command: 'bin/clean' },
    b: '@daily bin/mail --all',
    c: '*/5 * * * 1-5 x y',
  })
  expect(jobs.map(one => [one.name, one.schedule.text, one.command])).toEqual([
    ['a', '0 3 * * *', 'bin/clean'],
    ['b', '0 0 * * *', 'bin/mail --all'],
    ['c', '*/5 * * * 1-5', 'x y'],
  ])
  for (const bad of [[], 'x', { a: 'x' }, { a: { cron: '* * * * *' } }, { a: null }, { a: '61 * * * * x' }])
    expect(() => declaredJobs(bad)).toThrowError(expect.objectContaining({ code: 'SCHEDULE_INVALID' }))
})

test.skipIf(!isRoot)(
  "what crond is told runs in the release, in its environment, one at a time, and its end is in the job's log",
  async () => {
    await installJobs(tools(), wanted({ clean: '0 3 * * * pwd; echo "$GREETING"; sleep 1; exit 3' }))
    const [, line = ''] = readFileSync(join(root, 'corpus-shop'), 'utf8').trim().split('\n')
    const match = /^0 3 \* \* \* root (.*)$/.exec(line)
    // crond turns \% into % and hands the rest to /bin/sh.
    const run = () =>
      localShell.run({
        argv: ['/bin/sh', '-c', (match?.[1] ?? '').replaceAll('\\%', '%')],
        env: { PATH: '/usr/bin:/bin' },
      })
    const [first, second] = await Promise.all([run(), new Promise(resolve => setTimeout(resolve, 300)).then(run)])
    expect([first.status, second.status]).toEqual([3, 0])
    const log = jobLog(servicesPlace(root), projectName('shop'), processName('clean'))
    expect(log).toContain(`${join(root, 'tree')}\nit's $HOME\n`)
    expect(log).toContain('still running: skipped')
    expect(log).toContain('ended with 3')
  },
)

test.skipIf(!isRoot)(
  "a job that runs as the project's account reaches its log, where others may not read logs",
  async () => {
    const nobody = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent' }
    chmodSync(root, 0o755)
    const ofProcess = join(root, 'corpus/logs/shop/shop.r1.web.1.0123abcd')
    mkdirSync(join(root, 'corpus'))
    mkdirSync(ofProcess, { recursive: true, mode: 0o750 })
    await installJobs(tools(), { ...wanted({ clean: '0 3 * * * id -un' }), account: nobody })
    const script = join(root, 'corpus/jobs/shop/clean')
    const ended = await localShell.run({
      argv: ['/bin/sh', script],
      user: nobody,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    })
    expect([Buffer.from(ended.stderr).toString(), ended.status]).toEqual(['', 0])
    expect(jobLog(servicesPlace(root), projectName('shop'), processName('clean'))).toContain('nobody\n')
    for (const folder of ['corpus/logs', 'corpus/logs/shop'])
      expect(
        (await localShell.run({ argv: ['/usr/bin/ls', join(root, folder)], user: nobody, cwd: '/' })).status,
      ).not.toBe(0)
  },
)

test.skipIf(!isRoot)(
  'an account cannot have root give it a file of others in the place of a log, nor read one for it',
  async () => {
    const nobody = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent' }
    const canary = join(root, 'canary')
    writeFileSync(canary, 'of root', { mode: 0o600 })
    const logs = join(root, 'corpus/logs/shop/jobs')
    // As versions before left it: the folder was the account's.
    mkdirSync(logs, { recursive: true })
    symlinkSync(canary, join(logs, 'clean.log'))
    linkSync(canary, join(logs, 'clean.log.1'))
    chownSync(logs, nobody.uid, nobody.gid)
    await installJobs(tools(), { ...wanted({ clean: '0 3 * * * id -un' }), account: nobody })
    expect([statSync(canary).uid, statSync(canary).gid]).toEqual([0, 0])
    expect(jobLog(servicesPlace(root), projectName('shop'), processName('clean'))).not.toContain('of root')
    expect(lstatSync(join(logs, 'clean.log'))).toMatchObject({ uid: nobody.uid, nlink: 1 })
    const swap = ['/bin/sh', '-c', 'cd "$1" && rm -f clean.log; ln -s "$2" other.log', 'sh', logs, canary] as const
    chmodSync(root, 0o755)
    expect((await localShell.run({ argv: [...swap], user: nobody, cwd: '/' })).status).not.toBe(0)
  },
)

test.skipIf(!isRoot)(
  'a job that fails is told of with its status, whoever calls; one that succeeds is not',
  async () => {
    const log = join(root, "who's told")
    const tell = { argv: (job: string) => ['echo', `it's ${job}:`], log }
    await installJobs(tools(), { ...wanted({ bad: '0 3 * * * exit 7', good: '0 3 * * * true' }), tell })
    const jobs = join(root, 'corpus', 'jobs', 'shop')
    const run = (file: string, env: Record<string, string> = {}) =>
      localShell.run({ argv: ['/bin/sh', join(jobs, file)], env: { PATH: '/usr/bin:/bin', ...env } })
    expect((await run('bad.run')).status).toBe(7)
    expect((await run('good.run')).status).toBe(0)
    // As systemd calls what comes after a job.
    await run('bad.ended', { SERVICE_RESULT: 'signal', EXIT_STATUS: 'KILL' })
    await run('good.ended', { SERVICE_RESULT: 'success', EXIT_STATUS: '0' })
    expect(readFileSync(log, 'utf8')).toBe("it's bad: 7\nit's bad: KILL\n")
  },
)

test.skipIf(!isRoot)('the jobs of the next release replace those before, and none takes them away', async () => {
  await installJobs(tools(), wanted({ a: '0 3 * * * x', b: '0 4 * * * y' }))
  await installJobs(tools(), wanted({ b: '0 5 * * * y' }))
  expect(readFileSync(join(root, 'corpus-shop'), 'utf8')).not.toContain('0 3 *')
  expect(existsSync(join(root, 'corpus/jobs/shop/a'))).toBe(false)
  await installJobs(tools(), wanted({}))
  expect(existsSync(join(root, 'corpus-shop'))).toBe(false)
  expect(existsSync(join(root, 'corpus/jobs/shop'))).toBe(false)
})

test.skipIf(!isRoot)('a crond that has read in this very second reads again', async () => {
  const seconds = () => Math.floor(statSync(root).mtimeMs / 1000)
  const seen = [seconds()]
  for (const schedule of [{ a: '0 3 * * * x' }, { a: '0 4 * * * x' }, {}]) {
    await installJobs(tools(), wanted(schedule))
    expect(seen).not.toContain(seconds())
    seen.push(seconds())
  }
})

test('lines of a crontab that a person wrote stay', () => {
  expect(withoutBlock('a\n# corpus x\nb\n# end of corpus x\nc\n', '# corpus x', '# end of corpus x')).toBe('a\nc\n')
})

test('a timer of systemd has the events and runs the script', () => {
  const one = wanted({ a: '0 0 13 * 5 x' })
  const [job] = one.jobs
  if (!job) throw new Error('none')
  const { service, timer } = jobUnits(one, job, '/srv/50%/$x/a', true)
  expect(service).toContain(
    'ExecStart=/usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh "/srv/50%%/$$x/a"\n',
  )
  expect(service).toContain('ExecStopPost=+/bin/sh "/srv/50%%/$$x/a.ended"\n')
  expect(timer.match(/^OnCalendar=/gm)).toHaveLength(2)
})
