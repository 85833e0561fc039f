/** Containers for real: an engine of the test's own builds, runs, replaces and removes them. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { makeBase, type OwnEngine, ownEngine } from '../support/docker.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

const engine = await ownEngine()
if (typeof engine === 'string') {
  console.warn(`skipped: ${engine}`)
  test.skip(`containers: ${engine}`, () => {})
} else stories(engine)

interface Answer {
  readonly greeting: string
  readonly secret: string
  readonly files: string
  readonly built: string
}

function stories(engine: OwnEngine): void {
  describe('a project with a Dockerfile', () => {
    let world: World
    let clone: Clone
    const name = uniqueName('whale')
    const base = 'corpus-test-base:1'
    const running = () => engine.docker('ps', '--format', '{{.Names}}').split('\n').filter(Boolean)
    const all = () => engine.docker('ps', '--all', '--quiet').split('\n').filter(Boolean)

    const dockerfile = `FROM ${base}\nCOPY . /app\nRUN ["/bin/sh", "-c", "echo yes > /built"]\nCMD ["/bin/sh", "/app/serve"]\n`
    const serve = (greeting: string) => `
mkdir -p /tmp/www 2>/dev/null || /bin/busybox mkdir -p /tmp/www
echo "{\\"greeting\\":\\"${greeting}\\",\\"secret\\":\\"$SECRET\\",\\"built\\":\\"$(cat /built)\\",\\"files\\":\\"$(echo $(ls /app))\\"}" > /tmp/www/index.html
echo serving ${greeting}
exec httpd -f -p "$HOST:$PORT" -h /tmp/www
`

    beforeAll(async () => {
      world = makeWorld()
      makeBase(engine, world.scratch, base)
      const set = [`docker.engine=${engine.socket}`, 'docker.network=host'].flatMap(one => ['--set', one])
      await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', ...set)
      await world.must('env', 'set', name, 'SECRET=from corpus')
      clone = await world.clone(name, {
        Dockerfile: dockerfile,
        serve: serve('one'),
        '.dockerignore': '*\n!serve\n!*.txt\nsecret.txt\n',
        'notes.txt': 'for everybody\n',
        'secret.txt': 'for nobody\n',
      })
    })
    afterAll(async () => {
      await world.dispose()
      await engine.end()
    })

    test('is built into an image, which runs as a container and answers', async () => {
      const pushed = await clone.push()
      expect(pushed.stderr).toContain('COPY . /app')
      expect(pushed.status, pushed.stderr).toBe(0)
      expect(await answerOf<Answer>(world, name)).toEqual({
        greeting: 'one',
        secret: 'from corpus',
        built: 'yes',
        files: 'notes.txt serve',
      })
      expect(running()).toHaveLength(1)
      expect(running()[0]).toMatch(new RegExp(`^corpus-${name}\\.`))
      expect((await world.must('logs', name, '--app')).stdout).toContain('serving one')
      const groups = readFileSync('/etc/group', 'utf8').split('\n')
      expect(groups.filter(line => line.startsWith('docker:') && line.includes(name))).toEqual([])
    })

    test('is replaced by its next version, and the old container is gone', async () => {
      const [before] = running()
      await clone.commit({ serve: serve('two') })
      const pushed = await clone.push()
      expect(pushed.status, pushed.stderr).toBe(0)
      expect((await answerOf<Answer>(world, name)).greeting).toBe('two')
      expect(running()).toHaveLength(1)
      expect(running()[0]).not.toBe(before)
      expect(all()).toHaveLength(1)
    })

    test('stays as it is when the next version does not become healthy', async () => {
      const [before] = running()
      await world.must('config', 'set', name, 'services.web.health_timeout=4s')
      await clone.commit({ serve: 'echo not listening\nexec sleep 600\n' })
      const pushed = await clone.push()
      expect(pushed.status).not.toBe(0)
      expect(pushed.stderr).toContain('SERVICE_UNHEALTHY')
      expect((await answerOf<Answer>(world, name)).greeting).toBe('two')
      expect(running()).toEqual([before])
      expect(all()).toHaveLength(1)
    })

    test('is not touched by a Dockerfile that cannot be built, and it is said what is wrong', async () => {
      const [before] = running()
      await clone.commit({ Dockerfile: `FROM ${base}\nRUN ["/bin/sh", "-c", "echo broken by design; exit 7"]\n` })
      const pushed = await clone.push()
      expect(pushed.status).not.toBe(0)
      expect(pushed.stderr).toContain('broken by design')
      expect(pushed.stderr).toContain('IMAGE_FAILED')
      expect(pushed.stderr).toContain('non-zero code: 7')
      expect(running()).toEqual([before])
    })

    test('goes back to the release before', async () => {
      await world.must('rollback', name)
      expect((await answerOf<Answer>(world, name)).greeting).toBe('one')
      expect(all()).toHaveLength(1)
    })

    test('comes back when its keeper is killed, and no second container is left', async () => {
      const { processes } = await statusOf(world, name)
      const before = engine.docker('ps', '--quiet')
      process.kill(Number(processes[0]?.pid), 'SIGKILL')
      await eventually('another container runs, and it alone', () => {
        const now = engine.docker('ps', '--quiet')
        return now !== '' && now !== before && all().length === 1
      })
      expect((await answerOf<Answer>(world, name)).greeting).toBe('one')
    })

    test('without an engine is refused with a way out, and what runs stays', async () => {
      await world.must('config', 'set', name, 'docker.engine=/nowhere/docker.sock')
      await clone.commit({ Dockerfile: dockerfile, serve: serve('three') })
      const pushed = await clone.push()
      expect(pushed.status).not.toBe(0)
      expect(pushed.stderr).toContain('ENGINE_MISSING')
      expect(pushed.stderr).toContain('apt-get install docker.io')
      expect(pushed.stderr).toContain(`corpus config set ${name} docker.engine=`)
      expect(pushed.stderr).not.toContain('config set NAME')
      await world.must('config', 'set', name, `docker.engine=${engine.socket}`)
      expect((await answerOf<Answer>(world, name)).greeting).toBe('one')
    })

    test('with a Procfile runs each of its lines in a container, and its release line first', async () => {
      await clone.commit({
        Procfile: 'web: sh /app/serve\nworker: echo working; exec sleep 600\nrelease: echo released $CORPUS_COMMIT\n',
        serve: serve('four'),
        Dockerfile: dockerfile.replace(/CMD.*/, 'CMD ["/bin/sh", "-c", "exit 3"]'),
      })
      const pushed = await clone.push()
      expect(pushed.status, pushed.stderr).toBe(0)
      expect(pushed.stderr).toContain(`released ${(await clone.git('rev-parse', 'HEAD')).stdout.trim()}`)
      expect((await answerOf<Answer>(world, name)).greeting).toBe('four')
      expect((await statusOf(world, name)).processes.map(one => one.name).sort()).toEqual(['web.1', 'worker.1'])
      expect(all()).toHaveLength(2)
    })

    test('whose first version was refused takes its images with it all the same', async () => {
      const other = uniqueName('refused')
      const set = [`docker.engine=${engine.socket}`, 'services.web.health_timeout=3s'].flatMap(one => ['--set', one])
      await world.must('init', other, '--mode', 'cooking', '--installer', 'auto', ...set)
      const first = await world.clone(other, { Dockerfile: `FROM ${base}\nCMD ["/bin/sh", "-c", "exec sleep 600"]\n` })
      expect((await first.push()).status).not.toBe(0)
      expect(engine.docker('images', '--format', '{{.Repository}}')).toContain(other)
      await world.must('destroy', other, '--confirm', other)
      expect(engine.docker('images', '--format', '{{.Repository}}')).not.toContain(other)
    })

    test('takes its containers and images with it when it is destroyed', async () => {
      expect(engine.docker('images', '--format', '{{.Repository}}')).toContain(name)
      await world.must('destroy', name, '--confirm', name)
      expect(all()).toEqual([])
      expect(engine.docker('images', '--format', '{{.Repository}}')).not.toContain(name)
    })
  })
}
