/** A corpus of its own for tests of services: a temporary root whose supervisor and processes end with the test, even a killed one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectName } from '../../src/kernel/names.ts'
import { declaredProcesses } from '../../src/services/declared.ts'
import type { Driver } from '../../src/services/driver.ts'
import { type Instance, plannedInstances, type Wanted } from '../../src/services/instance.ts'
import { type Place, servicesPlace } from '../../src/services/place.ts'

export interface Room {
  readonly root: string
  readonly place: Place
  end(driver?: Driver): Promise<void>
}

/** Ends the supervisor and removes the root when its standard input closes: when the test ends, however it ends. */
const reaper = `
cat > /dev/null
pid=$(cat "$1/corpus/runit/pid" 2>/dev/null)
case $(tr '\\0' ' ' < "/proc/\${pid:-none}/cmdline" 2>/dev/null) in "runsvdir -P $1/"*) kill -HUP $pid ;; esac
nginx=$(cat "$1/corpus/ingress/nginx.pid" 2>/dev/null)
case $(tr '\\0' ' ' < "/proc/\${nginx:-none}/cmdline" 2>/dev/null) in *"$1/"*) kill -QUIT $nginx ;; esac
sleep 1
for pid in $(grep -lsz "^CORPUS_TEST_ROOT=$1\\$" /proc/[0-9]*/environ | sed 's|/proc/||;s|/environ||'); do kill -9 $pid 2>/dev/null; done
rm -rf "$1"; sleep 1; rm -rf "$1"
`

export function room(): Room {
  const root = mkdtempSync(join(tmpdir(), 'corpus-services-'))
  const place = servicesPlace(root)
  const stopAll = async (driver?: Driver) => {
    if (driver) await driver.stop((await driver.list()).map(one => one.name))
  }
  // A machine that was booted for the test ends with it, and everything on it.
  if (process.env['CORPUS_BOOTED']) return { root, place, end: stopAll }
  const guard: ChildProcess = spawn('sh', ['-c', reaper, 'sh', root], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return {
    root,
    place,
    async end(driver) {
      await stopAll(driver)
      const ended = new Promise(resolve => guard.once('exit', resolve))
      guard.ref()
      guard.stdin?.end()
      await ended
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** A small web application in a tree of its own: answers its release, and obeys a few variables to misbehave. */
export function webTree(room: Room, release: string, text = webApplication): string {
  const tree = join(room.root, 'trees', release)
  mkdirSync(tree, { recursive: true })
  writeFileSync(join(tree, 'release'), release)
  writeFileSync(join(tree, 'web.mjs'), text)
  return tree
}

export const webApplication = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const release = readFileSync('release', 'utf8')
process.on('SIGTERM', () => { console.log('ending'); server.close(() => process.exit(0)); server.closeIdleConnections() })
const server = createServer((request, response) => {
  if (request.url === '/die') process.exit(7)
  if (request.url === '/environment') return response.end(JSON.stringify(process.env))
  const wait = Number(new URL(request.url, 'http://x').searchParams.get('wait') ?? 0)
  setTimeout(() => response.end(release), wait)
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
`

export interface WantedApplication extends Partial<Omit<Wanted, 'processes'>> {
  readonly services: unknown
}

export function wantedInstances(room: Room, release: string, application: WantedApplication): readonly Instance[] {
  return plannedInstances({
    project: projectName('shop'),
    tree: join(room.root, 'trees', release),
    account: null,
    ...application,
    release,
    environment: { CORPUS_TEST_ROOT: room.root, ...application.environment },
    processes: declaredProcesses([], application.services),
  })
}

export const node = process.execPath
