/** Ports of loopback are first come, first served: an account that sits down on another project's port gets none of its requests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { usersListeningAt } from '../../src/services/procfs.ts'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

/** Answers whoever comes as a healthy application would, and writes down what was asked. */
const squat = `
import socket, sys, threading
server = socket.socket(socket.AF_INET6 if sys.argv[2] == '::' else socket.AF_INET)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind((sys.argv[2], int(sys.argv[1])))
server.listen(50)
print('sits', flush=True)
def serve(one):
    one.settimeout(20)
    try:
        asked = one.recv(65536)
    except OSError:
        asked = b''
    if asked:
        print('asked', asked, flush=True)
    one.sendall(b'HTTP/1.0 200 OK\\r\\nContent-Length: 8\\r\\n\\r\\nstranger')
    one.close()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
`

describe.skipIf(process.getuid?.() !== 0)('another account that sits on a port', () => {
  const world: World = makeWorld()
  const squatters: ChildProcess[] = []
  afterAll(async () => {
    for (const one of squatters) one.kill('SIGKILL')
    await world.dispose()
  })

  /** As `nobody`, who is no project's account. `said` is what it printed. */
  const sitOn = async (port: number, host = '127.0.0.1') => {
    const drop = ['--reuid=65533', '--regid=65533', '--clear-groups', '--']
    const child = spawn('/usr/bin/setpriv', [...drop, '/usr/bin/python3', '-c', squat, String(port), host], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    })
    squatters.push(child)
    const heard = { said: '', leave: () => child.kill('SIGKILL') }
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', piece => {
        heard.said += piece
      })
    await eventually('it sits there', () => heard.said.includes('sits'))
    return heard
  }
  const services = join(world.root, 'corpus', 'runit', 'service')
  const portsOf = (name: string): number[] =>
    (existsSync(services) ? readdirSync(services) : []).flatMap(one => {
      const record = join(services, one, 'instance.json')
      return one.startsWith(`${name}.`) && existsSync(record)
        ? [(JSON.parse(readFileSync(record, 'utf8')) as { address: { port: number } }).address.port]
        : []
    })

  test.each([
    ['is asked for its health', "{health: '/'}"],
    ['only has to accept connections', '{}'],
  ])('before the process that %s listens gets no request, and the release before serves on', async (_, web) => {
    const name = uniqueName('seated')
    await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
    const pillar = await world.clonePillar(name)
    await pillar.commit({ 'init.sls': `makina-projects.${name}: {services: {web: ${web}}}\n` })
    expect((await pillar.push()).status).toBe(0)
    const go = world.path(name, 'data', 'go')
    writeFileSync(go, '')
    const waits = 'while [ ! -e $CORPUS_DATA/go ]; do sleep 0.05; done'
    const clone = await world.clone(name, {
      Procfile: `web: ${waits}; while :; do python3 -m http.server $PORT --bind 127.0.0.1; sleep 0.2; done\n`,
      'index.html': 'one\n',
    })
    expect(await clone.push()).toMatchObject({ status: 0 })
    const { url } = await world.json<{ url: string }>('status', name)
    const before = portsOf(name)
    rmSync(go)
    await clone.commit({ 'index.html': 'two\n' })
    const pushing = clone.push()
    const port = await eventually('a port is handed out', () => portsOf(name).find(one => !before.includes(one)))
    const heard = await sitOn(port)
    writeFileSync(go, '')
    const pushed = await pushing
    expect(pushed.stderr).toMatch(/web\.1 cannot have its port: the user 65533 listens on port/)
    expect(pushed.stderr).toContain('ROLLED BACK')
    expect(await (await fetch(url)).text()).toBe('one\n')
    // It sits there still, and the next one is given another.
    const again = await clone.push('--force', 'corpus', 'HEAD:master')
    expect(again.status, again.stderr).toBe(0)
    expect(await (await fetch(url)).text()).toBe('two\n')
    expect(heard.said).toBe('sits\n')
  })

  test.skipIf(!existsSync('/usr/sbin/nft'))(
    'where the process died gets no request either, until the project is destroyed',
    async () => {
      const name = uniqueName('dead')
      await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
      const go = world.path(name, 'data', 'go')
      writeFileSync(go, '')
      const serves = 'if [ -e $CORPUS_DATA/go ]; then python3 -m http.server $PORT --bind 127.0.0.1; fi'
      const clone = await world.clone(name, {
        Procfile: `web: while :; do ${serves}; sleep 0.05; done\n`,
        'index.html': 'own\n',
      })
      expect(await clone.push()).toMatchObject({ status: 0 })
      const { url } = await world.json<{ url: string }>('status', name)
      expect(await (await fetch(url)).text()).toBe('own\n')
      const [port = 0] = portsOf(name)
      const [account = 0] = await usersListeningAt(port)
      const listens = async () => (await usersListeningAt(port)).length > 0
      const dies = async () => {
        rmSync(go)
        // The server, not the shell that starts it anew: it is to listen again at that port.
        const ended = await world.run(['pkill', '-KILL', '-U', String(account), '-f', 'http[.]server'])
        expect(ended.status).toBe(0)
        await eventually('nobody listens', async () => !(await listens()))
      }
      for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
        await dies()
        const heard = await sitOn(port, host)
        const visited = await fetch(url)
        expect([host, visited.status, heard.said]).toEqual([host, 502, 'sits\n'])
        heard.leave()
        await eventually('it is gone', async () => !(await listens()))
        writeFileSync(go, '')
        await eventually('the application is back', async () => (await fetch(url)).status === 200)
        expect(await (await fetch(url)).text()).toBe('own\n')
      }
      expect(await world.json('doctor')).not.toContainEqual(expect.objectContaining({ name: 'ports' }))
      await world.must('destroy', name, '--confirm', name)
      // Nothing is held for a project that is gone: whoever has the port next answers at it.
      await sitOn(port)
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('stranger')
    },
  )
})
