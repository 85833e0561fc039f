/** What app.json, which Heroku and Dokku read, says of a new application: its variables, and how many of each process run. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface AppJson {
  /** Values that a variable has where nobody sets another. */
  readonly environment: Readonly<Record<string, string>>
  /** How many of a process run, of those that the Procfile has. */
  readonly scale: Readonly<Record<string, number>>
  /** The languages in the order in which they are built: the last one runs. */
  readonly buildpacks: readonly string[]
}

/** What cannot be read says nothing. */
export function readAppJson(files: TreeFiles): AppJson {
  const content = parsed(files.text('app.json'))
  const procfile = files.text('Procfile') ?? ''
  const isThere = (name: string) => new RegExp(`^${name}\\s*:`, 'm').test(procfile)
  const environment = Object.entries(mapping(content['env'])).flatMap(([name, wish]) => {
    const value = typeof wish === 'string' ? wish : mapping(wish)['value']
    return /^[A-Za-z_]\w*$/.test(name) && typeof value === 'string' ? [[name, value] as const] : []
  })
  const scale = Object.entries(mapping(content['formation'])).flatMap(([name, wish]) => {
    const quantity = mapping(wish)['quantity']
    const isCount = typeof quantity === 'number' && Number.isInteger(quantity) && quantity >= 0 && quantity <= 100
    return /^[\w-]+$/.test(name) && isThere(name) && isCount ? [[name, quantity] as const] : []
  })
  const listed = content['buildpacks']
  return {
    environment: Object.fromEntries(environment),
    scale: Object.fromEntries(scale),
    buildpacks: [
      ...(Array.isArray(listed) ? listed.map(one => String(mapping(one)['url'] ?? one)) : []),
      ...(files.text('.buildpacks') ?? '').split(/\s+/).filter(Boolean),
    ],
  }
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return mapping(JSON.parse(text ?? '{}'))
  } catch {
    return {}
  }
}

const mapping = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
