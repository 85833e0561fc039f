/** What a container is to be: written down for the process that keeps it, which gets nothing from the application's environment. */
import { readFileSync } from 'node:fs'
import { usualProcesses } from '../shell/limits.ts'

export interface ContainerSpec {
  /** The engine's socket. */
  readonly engine: string
  readonly image: string
  readonly root: string
  readonly project: string
  /** The application's variables, inside. */
  readonly environment: Readonly<Record<string, string>>
  /** Where the application listens inside, on a bridge. */
  readonly port: number
  readonly network: 'bridge' | 'host'
  /** A line for a shell in the container, in the place of what the image says. */
  readonly command?: string | null
  readonly memoryBytes: number | null
  readonly cpus: number | null
  readonly stopGraceSeconds: number
}

export const readSpec = (file: string): ContainerSpec => JSON.parse(readFileSync(file, 'utf8')) as ContainerSpec

/** What our containers carry, so that they are found again. */
export const label = {
  root: 'corpus.root',
  project: 'corpus.project',
  instance: 'corpus.instance',
  keeper: 'corpus.keeper',
} as const

/** The body with which an engine makes it; `port` is the one that was handed out, on loopback. */
export function createBody(spec: ContainerSpec, port: number, instance: string, keeper: string): unknown {
  const inside = spec.network === 'host' ? { HOST: '127.0.0.1', PORT: port } : { HOST: '0.0.0.0', PORT: spec.port }
  // The mark of the instance: who looks for its processes finds those in the container, too.
  const environment = { ...spec.environment, ...inside, CORPUS_INSTANCE: instance }
  const exposed = `${spec.port}/tcp`
  const published = {
    ExposedPorts: { [exposed]: {} },
    PortBindings: { [exposed]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
  }
  const isBridge = spec.network === 'bridge'
  return {
    Image: spec.image,
    ...(spec.command == null ? {} : { Entrypoint: ['/bin/sh', '-c'], Cmd: [spec.command] }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [label.root]: spec.root,
      [label.project]: spec.project,
      [label.instance]: instance,
      [label.keeper]: keeper,
    },
    ...(isBridge ? { ExposedPorts: published.ExposedPorts } : {}),
    HostConfig: {
      Init: true,
      NetworkMode: spec.network,
      ...(isBridge ? { PortBindings: published.PortBindings } : {}),
      ...(spec.memoryBytes === null ? {} : { Memory: spec.memoryBytes, MemorySwap: spec.memoryBytes }),
      PidsLimit: usualProcesses,
      ...(spec.cpus === null ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
      // What it says goes to the log of its instance, and nowhere else.
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}
