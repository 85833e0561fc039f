/** Applications that stories push: fixtures as files, and what is asked of them when they run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Clone, type Ended, eventually, home, uniqueName, type World } from './world.ts'

/** A folder of test/fixtures as files to commit, with replacements in their text. */
export function fixture(name: string, replaced: Readonly<Record<string, string>> = {}): Record<string, string> {
  const folder = join(home, 'test', 'fixtures', name)
  return Object.fromEntries(
    readdirSync(folder).map(file => {
      let text = readFileSync(join(folder, file), 'utf8')
      for (const [from, to] of Object.entries(replaced)) text = text.replaceAll(from, to)
      return [file, text]
    }),
  )
}

/** With which npm trusts what this machine trusts. */
export function trusted(): { NODE_EXTRA_CA_CERTS?: string } {
  const file = process.env['NODE_EXTRA_CA_CERTS'] ?? process.env['SSL_CERT_FILE']
  return file && existsSync(file) ? { NODE_EXTRA_CA_CERTS: file } : {}
}

/** What `trusted` says as settings of a project, for npm as it is run by the project's account. */
export function trustSettings(): string[] {
  return Object.entries(trusted()).flatMap(([name, file]) => ['--set', `environment.${name}=${file}`])
}

export interface Status {
  readonly state: string
  readonly url: string | null
  readonly commit: string
  readonly release: string
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly state: string }[]
}

export const statusOf = (world: World, name: string): Promise<Status> => world.json<Status>('status', name)

/** What the application answers now; asks again while it comes back. */
export async function answerOf<T>(world: World, name: string): Promise<T> {
  return eventually(`${name} answers`, async () => {
    const { url } = await statusOf(world, name)
    if (url === null) return null
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      return response.ok ? ((await response.json()) as T) : null
    } catch {
      return null
    }
  })
}

/** A folder of test/fixtures with the folders in it, as files to commit. */
export function fixtureTree(name: string): Record<string, string> {
  const folder = join(home, 'test', 'fixtures', name)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return Object.fromEntries(
    files.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path), readFileSync(path, 'utf8')]
    }),
  )
}

/** In Python, answering until the file that it is given is there: then nobody answers, and the process lives on. */
export const closingServer = `import http.server, os, sys, threading, time
s = http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=s.serve_forever, daemon=True).start()
while not os.path.exists(sys.argv[1]): time.sleep(0.05)
s.shutdown()
s.server_close()
time.sleep(1000)
`

/** A project of its own with what `auto` makes of these files, pushed. */
export async function pushedTree(
  world: World,
  word: string,
  files: Readonly<Record<string, string>>,
  ...more: readonly string[]
): Promise<{ name: string; clone: Clone; ended: Ended }> {
  const name = uniqueName(word)
  await world.must('init', name, '--mode', 'cooking', '--installer', 'auto', ...more)
  const clone = await world.clone(name, files)
  return { name, clone, ended: await clone.push() }
}

/** `200 text`, or that there is no site. */
export async function pageOf(world: World, name: string, path = '/'): Promise<string> {
  const { url } = await statusOf(world, name)
  if (url === null) return 'no site'
  const response = await fetch(new URL(path, url))
  return `${response.status} ${(await response.text()).trim()}`
}
