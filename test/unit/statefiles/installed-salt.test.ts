import {
  chmodSync,
  chownSync,
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
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Dict } from '../../../src/salt/python/dict.ts'
import { localShell } from '../../../src/shell/local.ts'
import { readSaltAnswer, runSalt, saltCallVector, writeSaltFolder } from '../../../src/statefiles/installed-salt.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'salt-engine-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ended = (stdout: string, status = 0, stderr = '') => ({
  status,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
})

/** As salt-call 3006 printed it: results by tag, out of order, one of them failed, one under test=True. */
const recorded = `[WARNING ] something old {is} deprecated
{"local": {"file_|-conf_|-/etc/app.conf_|-managed": {"changes": {"diff": "New file"}, "comment": "File /etc/app.conf updated", "name": "/etc/app.conf", "result": true, "__sls__": "010_app", "__run_num__": 1, "start_time": "12:00:00.123456", "duration": 12.71, "__id__": "conf"}, "test_|-a_|-a_|-nop": {"name": "a", "result": true, "changes": {}, "comment": "Success!", "__sls__": "010_app", "__run_num__": 0, "start_time": "12:00:00.100000", "duration": 0.4, "__id__": "a"}, "cmd_|-run-it_|-false_|-run": {"name": "false", "changes": {"pid": 4, "retcode": 1, "stdout": "", "stderr": ""}, "result": false, "comment": "Command \\"false\\" run", "__sls__": "010_app", "__run_num__": 2, "start_time": "12:00:00.200000", "duration": 3.0, "__id__": "run-it"}, "cmd_|-later_|-true_|-run": {"name": "true", "changes": {}, "result": null, "comment": ["would", "run"], "__sls__": "010_app", "__run_num__": 4, "start_time": "12:00:00.300000", "duration": 1.0, "__id__": "later"}}}
`

describe('What an installed Salt answers', () => {
  test('is read in the order of the run', () => {
    expect(readSaltAnswer(ended(recorded, 2))).toEqual({
      results: [
        { id: 'a', function: 'test.nop', result: true, changed: false, comment: 'Success!', milliseconds: 0 },
        {
          id: 'conf',
          function: 'file.managed',
          result: true,
          changed: true,
          comment: 'File /etc/app.conf updated',
          milliseconds: 13,
        },
        {
          id: 'run-it',
          function: 'cmd.run',
          result: false,
          changed: true,
          comment: 'Command "false" run',
          milliseconds: 3,
        },
        { id: 'later', function: 'cmd.run', result: null, changed: false, comment: 'would\nrun', milliseconds: 1 },
      ],
    })
  })

  test('is a list of faults where the tree does not compile', () => {
    expect(readSaltAnswer(ended('{"local": ["Rendering SLS \'base:x\' failed: …"]}\n', 1))).toEqual({
      faults: ["Rendering SLS 'base:x' failed: …"],
    })
  })

  test('is nothing where it gave up: its last lines are told', () => {
    expect(() => readSaltAnswer(ended('', 70, 'Traceback\n  …\nKeyError: x\n'))).toThrow(
      expect.objectContaining({ code: 'STATES_INVALID', detail: expect.stringContaining('KeyError: x') }),
    )
  })
})

describe('Salt', () => {
  const input = () => ({
    fileRoots: [join(folder, 'project', '.salt')],
    pillarRoots: [join(folder, 'pillar')],
    pillarSls: ['init'],
    includeRoots: new Map([['makina-states.projects.2.nodejs', join(folder, 'installers', 'nodejs')]]),
    opts: Dict.of({ project: 'shop' }),
    cfg: Dict.of({ name: 'shop', data: Dict.of({ secret: 's3cret' }) }),
  })

  test('is called with a vector, without a shell', () => {
    expect(saltCallVector('/w/salt', ['010_app'], false).join(' ')).toBe(
      '/usr/bin/salt-call --local --config-dir /w/salt --retcode-passthrough --no-color --log-level error --out json --out-indent -1 state.sls 010_app concurrent=True',
    )
    expect(saltCallVector('/w', ['a', 'b; rm -rf /'], true).slice(-3)).toEqual([
      'a,b; rm -rf /',
      'concurrent=True',
      'test=True',
    ])
  })

  test('finds files, pillar, installers and the configuration of the project, which others cannot read', () => {
    mkdirSync(join(folder, 'installers', 'nodejs'), { recursive: true })
    writeFileSync(join(folder, 'installers', 'nodejs', 'build.sls'), '# build\n')
    const made = join(folder, 'work')
    writeSaltFolder(made, input())
    const minion = JSON.parse(readFileSync(join(made, 'minion'), 'utf8'))
    expect(minion).toMatchObject({
      file_client: 'local',
      project: 'shop',
      ms_project: { name: 'shop', data: { secret: 's3cret' } },
      file_roots: { base: [join(folder, 'project', '.salt'), join(made, 'roots')] },
      pillar_roots: { base: [join(made, 'pillar'), join(folder, 'pillar')] },
    })
    expect(statSync(join(made, 'minion')).mode & 0o077).toBe(0)
    expect(statSync(made).mode & 0o077).toBe(0)
    expect(JSON.parse(readFileSync(join(made, 'pillar', 'top.sls'), 'utf8'))).toEqual({ base: { '*': ['init'] } })
    expect(readFileSync(join(made, 'roots', 'makina-states/projects/2/nodejs/build.sls'), 'utf8')).toBe('# build\n')
  })

  test('is run, its errors are shown as they come, and its answer is read', async () => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(join(folder, 'answer.json'), recorded)
    // Stands in for a Salt that cannot be installed everywhere: it answers as one did.
    writeFileSync(join(bin, 'salt-call'), `#!/bin/sh\necho "[ERROR   ] oh" >&2\ncat ${folder}/answer.json\nexit 2\n`)
    chmodSync(join(bin, 'salt-call'), 0o755)
    process.env['CORPUS_PROGRAMS'] = bin
    let shown = ''
    try {
      const answer = await runSalt({
        shell: localShell,
        input: input(),
        sls: ['010_app'],
        work: folder,
        output: text => {
          shown += text
        },
      })
      expect('results' in answer && answer.results.map(one => one.id)).toEqual(['a', 'conf', 'run-it', 'later'])
      expect(shown).toContain('oh')
    } finally {
      delete process.env['CORPUS_PROGRAMS']
    }
  })

  test('that is not installed is told with a way out', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = folder
    try {
      const run = runSalt({ shell: localShell, input: input(), sls: ['a'], work: folder, output: () => {} })
      await expect(run).rejects.toMatchObject({ code: 'PROGRAM_MISSING' })
    } finally {
      process.env['PATH'] = path
    }
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'It is not begun with a link among the files that has come to lead to where an account writes',
  async () => {
    for (const name of ['salt', 'later']) mkdirSync(join(folder, name))
    symlinkSync(join(folder, 'later', 'x.sls'), join(folder, 'salt', 'x.sls'))
    const run = () =>
      runSalt({
        shell: localShell,
        input: { fileRoots: [join(folder, 'salt')], pillar: new Dict(), test: true },
        sls: ['x'],
        work: folder,
        output: () => {},
      })
    // As root's own it is as good as any other.
    await expect(run()).rejects.not.toThrow(/takes nothing from there/)
    chownSync(join(folder, 'later'), 4711, 4711)
    await expect(run()).rejects.toThrow(/takes nothing from there/)
  },
)
