/** Git over HTTP, with the real git: what pushers and readers do, what they may not, and what those try who mean ill. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/shell/account.ts'
import { type Said, type Serving, serve } from '../support/serve.ts'
import { type Clone, type Ended, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
const shop = uniqueName('shop')
let world: World
let serving: Serving
const tokens: Record<string, string> = {}

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', shop, '--mode', 'final')
  await world.must('user', 'add', 'admin', '--admin')
  const roles = { viewer: 'viewer', pusher: 'deployer', owner: 'owner', stranger: null }
  for (const [name, role] of Object.entries(roles)) {
    await world.must('user', 'add', name)
    if (role !== null) await world.must('grant', name, role, shop)
  }
  for (const name of ['admin', ...Object.keys(roles)])
    tokens[name] = (await world.json<{ token: string }>('token', 'create', name)).token
  serving = await serve(world)
}, 120_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const at = (who: string, path = `${shop}/project.git`): string =>
  `http://${who}:${tokens[who]}@127.0.0.1:${serving.port}/git/${path}`

const git = (...words: string[]): Promise<Ended> => world.run(['git', ...words])

let count = 0
const freshFolder = (): string => join(world.scratch, `clone-${++count}`)

/** A clone of its own, with whatever was pushed before. */
async function cloneOf(who: string, path?: string): Promise<Clone> {
  const folder = freshFolder()
  const cloned = await git('clone', '-q', at(who, path), folder)
  if (cloned.status !== 0) throw new Error(cloned.stderr)
  const inIt = (...words: string[]) => git('-C', folder, ...words)
  return {
    folder,
    git: inIt,
    push: (...words) => inIt('push', ...words),
    async commit(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(folder, name, '..'), { recursive: true })
        writeFileSync(join(folder, name), text ?? '')
      }
      await inIt('add', '-A', '-f')
      await inIt('commit', '-q', '--allow-empty', '-m', 'Change')
      return (await inIt('rev-parse', 'HEAD')).stdout.trim()
    },
  }
}

interface Line {
  readonly number: number
  readonly who: string
  readonly from: string
  readonly request: string
  readonly target: string | null
  readonly before: { readonly refs: Record<string, string> } | null
  readonly after: { readonly refs: Record<string, string> } | null
  readonly outcome: string
}

/** The newest first. */
const audit = async (): Promise<Line[]> =>
  (await serving.ask('GET /audit?limit=1000', { token: tokens['admin'] ?? '' })).json

/** What was written down meanwhile, the newest first. */
async function linesOf(work: () => Promise<unknown>): Promise<Line[]> {
  const [last] = await audit()
  await work()
  return (await audit()).filter(line => line.number > (last?.number ?? 0))
}

describe('who may, pushes and fetches with the git that they have', () => {
  test('a push deploys under the name of the user, with one line in the audit', async () => {
    const clone = await cloneOf('pusher')
    const commit = await clone.commit({ 'index.html': 'one\n' })
    const lines = await linesOf(async () => {
      const pushed = await clone.push('origin', 'HEAD:master')
      expect(pushed.stderr).toContain('remote: success:  deployed in')
      expect(pushed.status).toBe(0)
    })
    expect(await world.json('status', shop)).toMatchObject({ commit })
    expect((await world.json<{ by: string }[]>('releases', shop))[0]?.by).toBe('pusher')
    expect(lines).toMatchObject([
      {
        who: 'pusher',
        from: 'http 127.0.0.1',
        request: 'push',
        target: shop,
        before: { repository: 'project.git', refs: { 'refs/heads/master': '0'.repeat(40) } },
        after: { repository: 'project.git', refs: { 'refs/heads/master': commit } },
        outcome: 'succeeded',
      },
    ])
  })

  test('a clone has what was pushed, and a fetch what came since', async () => {
    const reader = await cloneOf('viewer')
    expect(readFileSync(join(reader.folder, 'index.html'), 'utf8')).toBe('one\n')
    const writer = await cloneOf('pusher')
    const commit = await writer.commit({ 'index.html': 'two\n' })
    expect((await writer.push('origin', 'HEAD:master')).status).toBe(0)
    expect((await reader.git('fetch', '-q')).status).toBe(0)
    expect((await reader.git('rev-parse', 'origin/master')).stdout.trim()).toBe(commit)
  })

  test('by force, and with tags', async () => {
    const clone = await cloneOf('pusher')
    await clone.git('commit', '-q', '--amend', '-m', 'Another')
    expect((await clone.push('origin', 'HEAD:master')).stderr).toContain('[rejected]')
    expect((await clone.push('--force', 'origin', 'HEAD:master')).status).toBe(0)
    await clone.git('tag', 'v1')
    await clone.git('tag', '-a', '-m', 'Two', 'v2')
    expect((await clone.push('--tags', 'origin')).status).toBe(0)
    const listed = await git('ls-remote', '--tags', at('viewer'))
    expect(listed.stdout.match(/refs\/tags\/v[12]$/gm)).toHaveLength(2)
    expect((await clone.push('origin', ':refs/tags/v1')).status).toBe(0)
    expect((await git('ls-remote', '--tags', at('viewer'))).stdout).not.toContain('v1')
  })

  test('a shallow clone has one commit, pushes, and becomes whole', async () => {
    const folder = freshFolder()
    expect((await git('clone', '-q', '--depth', '1', at('pusher'), folder)).status).toBe(0)
    const inIt = (...words: string[]) => git('-C', folder, ...words)
    expect((await inIt('rev-list', '--count', 'HEAD')).stdout).toBe('1\n')
    writeFileSync(join(folder, 'index.html'), 'shallow\n')
    await inIt('commit', '-qam', 'From a shallow clone')
    expect((await inIt('push', 'origin', 'HEAD:master')).status).toBe(0)
    expect((await inIt('fetch', '-q', '--unshallow')).status).toBe(0)
    expect(Number((await inIt('rev-list', '--count', 'HEAD')).stdout)).toBeGreaterThan(1)
  })

  test('a partial clone leaves the files of older commits where they are, until it wants one', async () => {
    const folder = freshFolder()
    expect((await git('clone', '-q', '--filter=blob:none', at('viewer'), folder)).status).toBe(0)
    const missing = async () =>
      (await git('-C', folder, 'rev-list', '--objects', '--all', '--missing=print')).stdout.match(/^\?/gm)?.length ?? 0
    const before = await missing()
    expect(before).toBeGreaterThan(0)
    expect((await git('-C', folder, 'show', 'HEAD~1:index.html')).stdout).toMatch(/\w/)
    expect(await missing()).toBeLessThan(before)
  })

  test.each([0, 1, 2])('in version %i of the protocol', async version => {
    const listed = await world.run(['git', '-c', `protocol.version=${version}`, 'ls-remote', at('viewer')], {
      env: { GIT_TRACE_PACKET: '1' },
    })
    expect(listed.stdout).toContain('refs/heads/master')
    expect(/< version (\d)/.exec(listed.stderr)?.[1] ?? '0').toBe(String(version))
  })

  test('a push of a client that asks for the second version', async () => {
    const clone = await cloneOf('pusher')
    await clone.commit({ 'index.html': 'v2\n' })
    const pushed = await clone.git('-c', 'protocol.version=2', 'push', 'origin', 'HEAD:master')
    expect(pushed.status).toBe(0)
    const header = { authorization: `Bearer ${tokens['pusher']}`, 'git-protocol': 'version=2' }
    const said = await serving.ask(`GET /git/${shop}/project.git/info/refs?service=git-receive-pack`, {
      headers: header,
    })
    expect(said.text).toMatch(/^001f# service=git-receive-pack\n0000/)
  })

  test('three thousand refs at once', async () => {
    const name = uniqueName('refs')
    await world.must('init', name)
    await world.must('grant', 'pusher', 'deployer', name)
    const clone = await cloneOf('pusher', `${name}/project.git`)
    const commit = await clone.commit({ a: 'a\n' })
    const refs = Array.from({ length: 3000 }, (_, at) => `create refs/heads/many/${at} ${commit}\n`).join('')
    await world.run(['git', '-C', clone.folder, 'update-ref', '--stdin'], { input: refs })
    const pushed = await clone.push('-q', 'origin', 'refs/heads/many/*')
    expect(pushed.status).toBe(0)
    expect((await git('ls-remote', at('pusher', `${name}/project.git`))).stdout.match(/\n/g)).toHaveLength(3000)
    const lines = (await audit()).filter(line => line.target === name && line.request === 'push')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.after).toMatchObject({ more: 2980 })
    // What a client has is told packed, where it is much.
    const again = await cloneOf('pusher', `${name}/project.git`)
    const next = await clone.commit({ a: 'b\n' })
    await clone.push('-q', 'origin', 'HEAD:refs/heads/many/0')
    const fetched = await again.git('-c', 'protocol.version=0', 'fetch', '-q')
    expect(fetched.status).toBe(0)
    expect((await again.git('rev-parse', 'origin/many/0')).stdout.trim()).toBe(next)
  })

  test('six at once', async () => {
    const clones = await Promise.all(Array.from({ length: 6 }, () => cloneOf('pusher')))
    const commits = await Promise.all(clones.map((clone, at) => clone.commit({ [`six-${at}`]: 'x\n' })))
    const pushed = await Promise.all(clones.map((clone, at) => clone.push('origin', `HEAD:refs/heads/six-${at}`)))
    expect(pushed.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0])
    for (const [at, commit] of commits.entries()) expect(await world.ref(shop, `refs/heads/six-${at}`)).toBe(commit)
  })

  test('with a password, with a token as bearer', async () => {
    const secret = 'correct horse battery'
    await serving.ask('POST /users', { token: tokens['admin'] ?? '', body: { name: 'pat', password: secret } })
    await world.must('grant', 'pat', 'viewer', shop)
    const url = `http://pat:${encodeURIComponent(secret)}@127.0.0.1:${serving.port}/git/${shop}/project.git`
    expect((await git('ls-remote', url)).status).toBe(0)
    expect((await git('ls-remote', url.replace('horse', 'house'))).stderr).toContain('Authentication failed')
    const header = `http.extraHeader=Authorization: Bearer ${tokens['viewer']}`
    const plain = `http://127.0.0.1:${serving.port}/git/${shop}/project.git`
    expect((await git('-c', header, 'ls-remote', plain)).status).toBe(0)
    expect((await git('ls-remote', plain)).status).not.toBe(0)
  })
})

describe('a push is shown as it goes, and ends as its deployment does', () => {
  test('line by line while it runs', async () => {
    const name = uniqueName('live')
    await world.must('init', name, '--mode', 'final')
    await world.must('grant', 'owner', 'owner', name)
    const clone = await cloneOf('owner', `${name}/project.git`)
    const go = join(world.scratch, `go-${name}`)
    await clone.commit({
      '.salt/configure.sls': `waits:\n  cmd.run:\n    - name: until [ -e ${go} ]; do sleep 0.1; done\n`,
    })
    const pushing = spawn('git', ['-C', clone.folder, 'push', 'origin', 'HEAD:master'], { env: world.env })
    const said = textOf(pushing)
    // It ends only once that was seen.
    await eventually('the deployment is shown', () => /remote: .*configure/.test(said()))
    expect(pushing.exitCode).toBeNull()
    writeFileSync(go, '')
    expect(await ended(pushing)).toBe(0)
    expect(said()).toContain('deployed in')
  })

  test('and one that fails fails for git, too', async () => {
    const name = uniqueName('fails')
    await world.must('init', name, '--mode', 'final')
    await world.must('grant', 'owner', 'owner', name)
    const clone = await cloneOf('owner', `${name}/project.git`)
    await clone.commit({ 'index.html': 'one\n' })
    expect((await clone.push('origin', 'HEAD:master')).status).toBe(0)
    await clone.commit({ '.salt/configure.sls': 'broken:\n  cmd.run:\n    - name: "false"\n' })
    const lines = await linesOf(async () => {
      const pushed = await clone.push('origin', 'HEAD:master')
      expect(pushed.stderr).toContain('ROLLED BACK')
      expect(pushed.stderr).toContain(`remote: corpus: the push failed; \`corpus logs ${name}\` says why`)
      expect(pushed.status).toBe(1)
    })
    expect(lines).toMatchObject([{ who: 'owner', outcome: 'failed DEPLOYMENT_FAILED' }])
  })

  test('one whose pusher is killed goes on to its end, and is not left half done', async () => {
    const name = uniqueName('killed')
    await world.must('init', name, '--mode', 'final')
    await world.must('grant', 'owner', 'owner', name)
    const clone = await cloneOf('owner', `${name}/project.git`)
    const go = join(world.scratch, `go-${name}`)
    const commit = await clone.commit({
      '.salt/configure.sls': `waits:\n  cmd.run:\n    - name: until [ -e ${go} ]; do sleep 0.1; done\n`,
    })
    const pushing = spawn('git', ['-C', clone.folder, 'push', 'origin', 'HEAD:master'], {
      env: world.env,
      detached: true,
    })
    const said = textOf(pushing)
    await eventually('the deployment is shown', () => /remote: .*configure/.test(said()))
    process.kill(-(pushing.pid ?? 0), 'SIGKILL')
    writeFileSync(go, '')
    await eventually('it is deployed', async () => {
      const status = await world.json<{ commit: string | null }>('status', name)
      return status.commit === commit
    })
    const line = await eventually('its line is there', async () =>
      (await audit()).find(one => one.target === name && one.request === 'push'),
    )
    expect(line).toMatchObject({ who: 'owner', after: { refs: { 'refs/heads/master': commit } } })
    expect(gitsOf(name)).toEqual([])
  })

  test('a pusher who is killed while the pack is on its way moves nothing', async () => {
    const name = uniqueName('cut')
    await world.must('init', name)
    await world.must('grant', 'pusher', 'deployer', name)
    const clone = await cloneOf('pusher', `${name}/project.git`)
    writeFileSync(join(clone.folder, 'large'), randomBytesOf(24))
    await clone.git('-c', 'core.compression=0', 'add', 'large')
    await clone.git('commit', '-qm', 'Large')
    const lines = await linesOf(async () => {
      const pushing = spawn('git', ['-C', clone.folder, 'push', '--progress', 'origin', 'HEAD:master'], {
        env: world.env,
        detached: true,
      })
      const objects = world.path(name, 'git', 'project.git', 'objects')
      const quarantine = () => readdirSync(objects).some(one => one.startsWith('tmp_objdir-'))
      await eventually('the pack comes', quarantine)
      process.kill(-(pushing.pid ?? 0), 'SIGKILL')
      await eventually('git has ended', () => gitsOf(name).length === 0)
      await eventually('its line is there', async () => (await audit())[0]?.target === name)
    })
    expect(lines).toMatchObject([{ who: 'pusher', outcome: 'failed GIT_REQUEST_INVALID' }])
    expect(await world.ref(name, 'refs/heads/master')).toBe('')
    expect((await clone.push('-q', 'origin', 'HEAD:refs/heads/other')).status).toBe(0)
  })
})

describe('who may what', () => {
  const cases = [
    ['viewer', 'fetch', 'project', 'lets in'],
    ['viewer', 'push', 'project', 403],
    ['viewer', 'fetch', 'pillar', 403],
    ['viewer', 'push', 'pillar', 403],
    ['pusher', 'fetch', 'project', 'lets in'],
    ['pusher', 'push', 'project', 'lets in'],
    ['pusher', 'fetch', 'pillar', 403],
    ['pusher', 'push', 'pillar', 403],
    ['owner', 'push', 'project', 'lets in'],
    ['owner', 'fetch', 'pillar', 'lets in'],
    ['owner', 'push', 'pillar', 'lets in'],
    ['admin', 'push', 'pillar', 'lets in'],
    ['stranger', 'fetch', 'project', 404],
    ['stranger', 'push', 'project', 404],
    ['stranger', 'push', 'pillar', 404],
  ] as const
  test.each(cases)('%s, %s of the %s: %s', async (who, request, kind, expected) => {
    const service = request === 'push' ? 'receive-pack' : 'upload-pack'
    const status = expected === 'lets in' ? 200 : expected
    const token = tokens[who] ?? ''
    const path = `/git/${shop}/${kind}.git`
    const lines = await linesOf(async () => {
      const asked = await serving.ask(`GET ${path}/info/refs?service=git-${service}`, { token })
      expect(asked.status).toBe(status)
      // What is asked without looking first meets the same.
      const direct = await serving.ask(`POST ${path}/git-${service}`, {
        token,
        raw: '0000',
        headers: { 'content-type': `application/x-git-${service}-request` },
      })
      expect(direct.status).toBe(status)
    })
    const outcome = `refused ${status === 403 ? 'RIGHT_MISSING' : 'PROJECT_UNKNOWN'}`
    expect(lines).toMatchObject(status === 200 ? [] : [{ who, request, outcome }, { outcome }])
  })

  test('git says why', async () => {
    const refused = await git('push', at('viewer'), 'HEAD:master')
    const clone = await cloneOf('viewer')
    const pushed = await clone.push('origin', 'HEAD:refs/heads/x')
    expect(pushed.stderr).toContain(`remote: corpus: viewer lacks the right push on ${shop}. (RIGHT_MISSING)`)
    expect([refused.status, pushed.status]).not.toContain(0)
    expect((await git('ls-remote', at('stranger'))).stderr).toMatch(/repository .* not found/)
  })

  test('what one may not see is as what is not there, and nothing is made', async () => {
    const ask = (name: string) =>
      serving.ask(`GET /git/${name}/project.git/info/refs?service=git-receive-pack`, {
        token: tokens['stranger'] ?? '',
      })
    const [unseen, missing] = await Promise.all([ask(shop), ask(`${shop}x`)])
    expect(unseen.text.replaceAll(shop, 'X')).toBe(missing.text.replaceAll(`${shop}x`, 'X'))
    const admin = await git('push', at('admin', `${shop}x/project.git`), 'HEAD:master')
    expect(admin.status).not.toBe(0)
    expect(existsSync(world.path(`${shop}x`))).toBe(false)
  })

  test('state files take the right to push pillars, and a pillar that is pushed deploys', async () => {
    const name = uniqueName('states')
    await world.must('init', name, '--mode', 'final')
    await world.must('grant', 'pusher', 'deployer', name)
    await world.must('grant', 'owner', 'owner', name)
    const clone = await cloneOf('pusher', `${name}/project.git`)
    await clone.commit({ '.salt/configure.sls': 'x:\n  cmd.run:\n    - name: "true"\n' })
    const lines = await linesOf(async () => {
      const refused = await clone.push('origin', 'HEAD:master')
      expect(refused.stderr).toContain('remote: corpus: pusher does not change state files')
      expect(refused.stderr).toContain('the right push-pillar')
      expect(refused.status).toBe(1)
    })
    expect(lines).toMatchObject([{ who: 'pusher', outcome: 'refused', after: { refs: {} } }])
    expect((await clone.push(at('owner', `${name}/project.git`), 'HEAD:master')).status).toBe(0)
    const pillar = await cloneOf('owner', `${name}/pillar.git`)
    await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  data: {colour: red}\n` })
    const pushed = await pillar.push('origin', 'HEAD:master')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
  })

  test('a token that was narrowed reaches no further, and none at all once it is revoked', async () => {
    const { token, id } = await world.json<{ token: string; id: string }>(
      ...['token', 'create', 'owner', '--right', 'see', '--project', shop],
    )
    tokens['narrow'] = token
    const url = at('narrow').replace('//narrow:', '//owner:')
    expect((await git('ls-remote', url)).status).toBe(0)
    const clone = await cloneOf('viewer')
    expect((await clone.push(url, 'HEAD:refs/heads/narrow')).stderr).toContain('lacks the right push')
    // Of another user it is nobody's.
    expect((await git('ls-remote', at('narrow').replace('//narrow:', '//viewer:'))).status).not.toBe(0)
    await world.must('token', 'revoke', id)
    expect((await git('ls-remote', url)).stderr).toContain('Authentication failed')
  })
})

describe('whoever means ill is refused with one line in the audit, and it goes on serving', () => {
  const push = { 'content-type': 'application/x-git-receive-pack-request' }
  const zeros = '0'.repeat(40)
  const isServing = async () => expect((await git('ls-remote', at('viewer'))).status).toBe(0)
  const post = (path: string, who: string | null, raw: string | Buffer, headers: Record<string, string> = {}) =>
    serving.ask(`POST /git/${path}`, {
      raw,
      headers: { ...push, ...headers },
      ...(who === null ? {} : { token: tokens[who] ?? '' }),
    })
  const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`
  const creating = `${packet(`${zeros} ${'1'.repeat(40)} refs/heads/evil\0report-status side-band-64k\n`)}0000`
  /** Two million lines, in some kilobytes. */
  const bomb = () => {
    const have = packet(`have ${'1'.repeat(40)}\n`)
    return gzipSync(`${packet('command=fetch\n')}0001${have.repeat(2_000_000)}`)
  }

  const attacks: readonly (readonly [string, () => Promise<Said>, number, string])[] = [
    ['a push without a credential', () => post(`${shop}/project.git/git-receive-pack`, null, creating), 401, 'refused'],
    ['a probe without a credential', () => post(`${shop}/project.git/git-receive-pack`, null, '0000'), 401, 'refused'],
    [
      'Basic without anything',
      () => post(`${shop}/project.git/git-receive-pack`, null, creating, { authorization: 'Basic' }),
      401,
      'refused',
    ],
    [
      'Basic without a token',
      () =>
        post(`${shop}/project.git/git-receive-pack`, null, creating, {
          authorization: `Basic ${Buffer.from('owner').toString('base64')}`,
        }),
      401,
      'refused',
    ],
    [
      'the token of another',
      () =>
        post(`${shop}/project.git/git-receive-pack`, null, creating, {
          authorization: `Basic ${Buffer.from(`owner:${tokens['viewer']}`).toString('base64')}`,
        }),
      401,
      'refused',
    ],
    ['a push by a reader', () => post(`${shop}/project.git/git-receive-pack`, 'viewer', creating), 403, 'refused'],
    [
      'a name that leads out',
      () => post('..%2f..%2fetc/project.git/git-receive-pack', 'admin', creating),
      404,
      'refused',
    ],
    [
      'a repository that leads out',
      () => post(`${shop}/..%2fproject.git/git-receive-pack`, 'admin', creating),
      404,
      'refused',
    ],
    ['a name with a NUL', () => post(`${shop}%00/project.git/git-receive-pack`, 'admin', creating), 404, 'refused'],
    [
      'a name that is an option',
      () => post('--upload-pack=touch/project.git/git-receive-pack', 'admin', creating),
      404,
      'refused',
    ],
    [
      'a project that is none',
      () => post('nothing-here/project.git/git-receive-pack', 'admin', creating),
      404,
      'refused',
    ],
    [
      'a body that is no gzip',
      () => post(`${shop}/project.git/git-receive-pack`, 'pusher', 'no gzip at all', { 'content-encoding': 'gzip' }),
      400,
      'failed GIT_REQUEST_INVALID',
    ],
    [
      'a gzip that is cut off',
      () =>
        post(`${shop}/project.git/git-receive-pack`, 'pusher', gzipSync(creating).subarray(0, 40), {
          'content-encoding': 'gzip',
        }),
      400,
      'failed GIT_REQUEST_INVALID',
    ],
    [
      'a bomb',
      () =>
        post(`${shop}/project.git/git-upload-pack`, 'viewer', bomb(), {
          'content-type': 'application/x-git-upload-pack-request',
          'content-encoding': 'gzip',
          'git-protocol': 'version=2',
        }),
      400,
      'failed GIT_REQUEST_INVALID',
    ],
    [
      'packets that are none',
      () => post(`${shop}/project.git/git-receive-pack`, 'pusher', 'zzzz this is no packet'),
      400,
      'failed GIT_REQUEST_INVALID',
    ],
  ]
  test.each(attacks)('%s', async (_, attack, status, outcome) => {
    const refs = await git('ls-remote', at('viewer'))
    const lines = await linesOf(async () => {
      const said = await attack()
      expect([said.status, said.text]).toEqual([status, expect.stringMatching(/^corpus: /)])
      expect(said.text).not.toContain(world.root)
    })
    expect(lines.map(line => line.outcome)).toEqual([expect.stringContaining(outcome)])
    expect((await git('ls-remote', at('viewer'))).stdout).toBe(refs.stdout)
    expect(existsSync(world.path('nothing-here'))).toBe(false)
  })

  test.each([
    ['another kind of body', { 'content-type': 'text/plain' }, 415],
    ['another packing', { 'content-encoding': 'br' }, 415],
    ['another host', { host: 'evil.example' }, 421],
    ['a page of another origin', { origin: 'http://evil.example' }, 403],
  ] as const)('%s', async (_, headers, status) => {
    expect((await post(`${shop}/project.git/git-receive-pack`, 'pusher', creating, headers)).status).toBe(status)
    await isServing()
  })

  test('a token in the address is no credential, and is kept nowhere', async () => {
    const path = `/git/${shop}/project.git/info/refs?service=git-upload-pack`
    expect((await serving.ask(`GET ${path}&token=${tokens['viewer']}`)).status).toBe(400)
    expect((await serving.ask(`GET ${path}&access_token=${tokens['viewer']}`)).status).toBe(400)
    const kept = `${readFileSync(join(world.root, 'corpus', 'corpus.db'), 'latin1')}${JSON.stringify(await audit())}`
    for (const token of Object.values(tokens)) expect(kept).not.toContain(token)
  })

  test('files of the repository are nobody’s to ask for one by one', async () => {
    for (const path of ['HEAD', 'config', 'objects/info/packs', 'info/refs'])
      expect(
        (await serving.ask(`GET /git/${shop}/project.git/${path}`, { token: tokens['admin'] ?? '' })).status,
      ).not.toBe(200)
  })

  const head = (service: string, who: string, more: string, version = 'version=2') =>
    `POST /git/${shop}/project.git/git-${service} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens[who]}\r\n` +
    `Content-Type: application/x-git-${service}-request\r\nGit-Protocol: ${version}\r\n${more}\r\n\r\n`

  test('the head of a packet in two pieces', async () => {
    const body = `${packet('command=ls-refs\n')}0000`
    const answer = await new Promise<string>(resolve => {
      let said = ''
      const socket = connect(serving.port, '127.0.0.1')
      socket.setNoDelay(true)
      socket.write(
        head('upload-pack', 'viewer', `Content-Length: ${body.length}\r\nConnection: close`) + body.slice(0, 2),
      )
      setTimeout(() => socket.write(body.slice(2)), 100)
      socket.on('data', piece => {
        said += piece.toString('latin1')
      })
      socket.on('close', () => resolve(said))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('refs/heads/master')
  })

  test('who goes away in the middle of a pack', async () => {
    const lines = await linesOf(async () => {
      const socket = connect(serving.port, '127.0.0.1')
      socket.on('error', () => {})
      const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
      socket.write(
        head('receive-pack', 'pusher', 'Transfer-Encoding: chunked', '') + chunk(`${creating}PACK\0\0\0\x02\0\0`),
      )
      await eventually('git has begun', () => gitsOf(shop).length > 0)
      socket.destroy()
      await eventually('git has ended', () => gitsOf(shop).length === 0)
      await eventually('its line is there', async () => (await audit())[0]?.who === 'pusher')
    })
    expect(lines).toMatchObject([{ who: 'pusher', request: 'push', outcome: 'failed GIT_REQUEST_INVALID' }])
    expect(await world.ref(shop, 'refs/heads/evil')).toBe('')
    await isServing()
  })

  test('who says slowly what he wants keeps nobody waiting', async () => {
    const slow = Array.from({ length: 40 }, () => {
      const socket = connect(serving.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(head('upload-pack', 'viewer', 'Transfer-Encoding: chunked') + '2\r\n00\r\n')
      return socket
    })
    await eventually('as many begin as one user may have', () => gitsOf(shop).length >= 32)
    expect((await git('ls-remote', at('pusher'))).status).toBe(0)
    expect(gitsOf(shop).length).toBeLessThanOrEqual(33)
    for (const socket of slow) socket.destroy()
    await eventually('they have ended', () => gitsOf(shop).length === 0)
    await isServing()
  })

  test.runIf(isRoot)('who fetches is served by a git that is not root', async () => {
    const socket = connect(serving.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(head('upload-pack', 'viewer', 'Transfer-Encoding: chunked') + '2\r\n00\r\n')
    await eventually('git has begun', () => gitsOf(shop).some(pid => comm(pid) === 'git'))
    const uids = gitsOf(shop)
      .filter(pid => comm(pid) === 'git')
      .map(pid => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    expect(uids).toEqual([String(findAccount('corpus')?.uid)])
    socket.destroy()
    await eventually('it has ended', () => gitsOf(shop).length === 0)
  })
})

test('a large pack passes through without being kept in memory', async () => {
  const megabytes = Number(process.env['CORPUS_PACK_MEGABYTES'] ?? 160)
  const name = uniqueName('large')
  await world.must('init', name)
  await world.must('grant', 'pusher', 'deployer', name)
  const clone = await cloneOf('pusher', `${name}/project.git`)
  await clone.git('config', 'core.compression', '0')
  // Nobody looks for what such files have in common.
  await clone.git('config', 'core.bigFileThreshold', '1m')
  for (let at = 0; at < megabytes; at += 20) writeFileSync(join(clone.folder, `large-${at}`), randomBytesOf(20))
  await clone.git('add', '-A')
  await clone.git('commit', '-qm', 'Large')
  const ours = servingProcesses()
  const before = ours.map(peakOf)
  const began = Date.now()
  const pushed = await clone.push('-q', 'origin', 'HEAD:refs/heads/large')
  expect(pushed.stderr).not.toContain('fatal')
  expect(pushed.status).toBe(0)
  const folder = freshFolder()
  const pushSeconds = (Date.now() - began) / 1000
  const fetched = await git('clone', '-q', '--bare', '--branch', 'large', at('pusher', `${name}/project.git`), folder)
  expect(fetched.status).toBe(0)
  const grown = ours.map((pid, index) => peakOf(pid) - (before[index] ?? 0))
  process.stderr.write(`pack of ${megabytes} MB: pushed in ${pushSeconds} s, grown by ${grown.join(' and ')} MB\n`)
  for (const megabytesMore of grown) expect(megabytesMore).toBeLessThan(100)
}, 600_000)

test('told to stop in the middle of a push, it stops, and the push has its line', async () => {
  const name = uniqueName('stopped')
  await world.must('init', name, '--mode', 'final')
  await world.must('grant', 'owner', 'owner', name)
  const own = await serve(world)
  const url = at('owner', `${name}/project.git`).replace(`:${serving.port}/`, `:${own.port}/`)
  const clone = await cloneOf('owner', `${name}/project.git`)
  const go = join(world.scratch, `go-${name}`)
  const commit = await clone.commit({
    '.salt/configure.sls': `waits:\n  cmd.run:\n    - name: until [ -e ${go} ]; do sleep 0.1; done\n`,
  })
  const pushing = spawn('git', ['-C', clone.folder, 'push', url, 'HEAD:master'], { env: world.env })
  const said = textOf(pushing)
  await eventually('the deployment is shown', () => /remote: .*configure/.test(said()))
  expect(await own.end()).toBe(0)
  expect(await ended(pushing)).not.toBe(0)
  writeFileSync(go, '')
  await eventually(
    'it is deployed',
    async () => (await world.json<{ commit: string }>('status', name)).commit === commit,
  )
  expect((await audit()).find(line => line.target === name)).toMatchObject({ who: 'owner', outcome: 'began' })
  if (isRoot) expect(readdirSync('/run').filter(one => ownerOf(one) === own.process.pid)).toEqual([])
})

test.runIf(isRoot)('an ordinary user with a root of their own serves git as themselves', async () => {
  const nobody = { uid: 65534, gid: 65534, name: 'nobody' }
  const theirs = makeWorld(nobody)
  try {
    chownSync(theirs.root, nobody.uid, nobody.gid)
    chownSync(theirs.scratch, nobody.uid, nobody.gid)
    await theirs.must('init', 'mine', '--mode', 'final')
    await theirs.must('user', 'add', 'ann')
    await theirs.must('grant', 'ann', 'owner', 'mine')
    const { token } = await theirs.json<{ token: string }>('token', 'create', 'ann')
    const own = await serve(theirs)
    const url = `http://ann:${token}@127.0.0.1:${own.port}/git/mine/project.git`
    const folder = mkdtempSync(join(theirs.scratch, 'clone-'))
    chownSync(folder, nobody.uid, nobody.gid)
    const inIt = (...words: string[]) => theirs.run(['git', '-C', folder, ...words])
    await inIt('init', '-q', '-b', 'master')
    await inIt('commit', '-q', '--allow-empty', '-m', 'One')
    const pushed = await inIt('push', url, 'HEAD:master')
    expect(pushed.stderr).toContain('deployed in')
    expect(pushed.status).toBe(0)
    expect((await inIt('ls-remote', url)).stdout).toContain('refs/heads/master')
    expect(await own.end()).toBe(0)
  } finally {
    chownSync(theirs.scratch, 0, 0)
    await theirs.dispose()
  }
})

function textOf(child: ChildProcess): () => string {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => {
      said += piece.toString()
    })
  return () => said
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null ? new Promise(resolve => child.on('exit', resolve)) : Promise.resolve(child.exitCode)

const randomBytesOf = (megabytes: number): Buffer =>
  spawnSync('head', ['-c', String(megabytes * 1024 * 1024), '/dev/urandom'], { maxBuffer: 1 << 30 }).stdout

/** Processes of git, and what stands around it, that serve a project. */
function gitsOf(name: string): number[] {
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid)) return []
    const words = textAt(`/proc/${pid}/cmdline`).split('\0')
    return words.includes('--stateless-rpc') && words.some(word => word.includes(`/projects/${name}/git/`))
      ? [Number(pid)]
      : []
  })
}

const comm = (pid: number): string => textAt(`/proc/${pid}/comm`).trim()

/** The one that decides, and the one that listens. */
function servingProcesses(): number[] {
  const all = readdirSync('/proc').filter(pid => /^\d+$/.test(pid))
  const parents = new Map(
    all.map(pid => [Number(pid), Number(/^PPid:\s+(\d+)/m.exec(textAt(`/proc/${pid}/status`))?.[1])]),
  )
  const below = (pid: number): number[] => [
    pid,
    ...[...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => below(child)),
  ]
  return below(serving.process.pid ?? 0).filter(pid => /node/.test(comm(pid)) || comm(pid) === 'MainThread')
}

/** The most memory that a process ever had, in MB. */
const peakOf = (pid: number): number =>
  Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(textAt(`/proc/${pid}/status`))?.[1] ?? 0) / 1024)

const ownerOf = (name: string): number | undefined => {
  const owner = /^corpus-serve-(\d+)-/.exec(name)?.[1]
  return owner === undefined ? undefined : Number(owner)
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
