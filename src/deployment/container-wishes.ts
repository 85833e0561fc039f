/** Which processes of a project are containers: `containers` of the configuration, as the installer found them. */
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

export interface ContainerWish {
  readonly engine: string
  readonly image: string
  /** Where it listens inside. */
  readonly port: number
  readonly network: 'bridge' | 'host'
  /** A line that a shell in the container runs in the place of what the image says; null: what it says. */
  readonly command: string | null
}

/** By the name of the process. Throws CONFIGURATION_INVALID. */
export function containerWishes(cfg: Dict): ReadonlyMap<string, ContainerWish> {
  const containers = cfg.get('containers')
  const rows = containers instanceof Dict ? [...containers] : []
  return new Map(rows.map(([name, value]) => [String(name), wish(`containers.${String(name)}`, value)]))
}

/** What stands in the place of a command: no shell ever reads it. */
export const containerCommand = ': container'

function wish(where: string, value: Value): ContainerWish {
  const fields = value instanceof Dict ? value : new Dict()
  const [engine, image, port, network, command = null] = ['engine', 'image', 'port', 'network', 'command'].map(key =>
    fields.get(key),
  )
  const fault = (what: string) => new CorpusError('CONFIGURATION_INVALID', `${where} needs ${what}.`)
  if (typeof engine !== 'string' || !engine.startsWith('/')) throw fault('engine, the path of a socket')
  if (typeof image !== 'string' || image === '') throw fault('image, the name of an image')
  if (typeof port !== 'number' || port < 1 || port > 65_535) throw fault('port, a number from 1 to 65535')
  if (network !== 'bridge' && network !== 'host') throw fault('network, which is bridge or host')
  if (command !== null && typeof command !== 'string') throw fault('command, which is a line')
  return { engine, image, port, network, command }
}
