/** What `docker login` left for this account: who it is at which registry. */
import { join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'

export interface Credential {
  readonly username: string
  readonly password: string
  readonly serveraddress: string
}

/** By registry. Those that a helper program keeps are not found. */
export function credentials(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, Credential>> {
  const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? '/root', '.docker')
  const text = textIfThere(join(folder, 'config.json'))
  if (text === undefined) return {}
  const { auths = {} } = JSON.parse(text) as { auths?: Record<string, { auth?: string }> }
  return Object.fromEntries(
    Object.entries(auths).flatMap(([serveraddress, { auth }]) => {
      const plain = Buffer.from(auth ?? '', 'base64').toString('utf8')
      const at = plain.indexOf(':')
      if (at < 1) return []
      return [[serveraddress, { username: plain.slice(0, at), password: plain.slice(at + 1), serveraddress }]]
    }),
  )
}

/** The registry that an image comes from: its first part, where that can be a host. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'https://index.docker.io/v1/'
}

/** As headers of the API have it. */
export const header = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
