/** Applications that stories push: fixtures as files, and what is asked of them when they run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { eventually, home, type World } from './world.ts'

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
