/** The engine that runs containers, by its API (Docker's, which others speak too) over its unix socket. */
import type { ReadStream } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { CorpusError } from '../kernel/errors.ts'
import { readProgress } from './progress.ts'

export interface Engine {
  /** `20.10.24`. Throws ENGINE_MISSING. */
  version(): Promise<string>
  /** Builds from a tar archive and gives the image the name; `say` gets what the build says. Throws IMAGE_FAILED. */
  build(context: ReadStream, build: Build, say: (text: string) => void): Promise<void>
  pull(image: string, authorization: string | null, say: (text: string) => void): Promise<void>
  tag(image: string, name: ImageName): Promise<void>
  /** `name:tag` of the images of a name. */
  images(repository: string): Promise<readonly string[]>
  removeImage(name: string): Promise<void>
  create(name: string, body: unknown): Promise<string>
  /** Everything that the container says from now on, both streams in frames. */
  attach(id: string): Promise<IncomingMessage>
  start(id: string): Promise<void>
  /** Waits from now on; `status` settles when the container ends. */
  nextExit(id: string): Promise<{ readonly status: Promise<number> }>
  stop(id: string, graceSeconds: number): Promise<void>
  /** Kills it where it runs. One that is gone is fine. */
  remove(id: string): Promise<void>
  list(labels: Readonly<Record<string, string>>): Promise<readonly Listed[]>
}

export interface ImageName {
  readonly repository: string
  readonly tag: string
}

export interface Build {
  readonly name: ImageName
  readonly network: string
  readonly memoryBytes: number | null
  readonly cpus: number | null
  /** Credentials of registries, as the header has them. */
  readonly registries: string | null
}

interface Listed {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
}

const period = 100_000

export function engineAt(socket: string): Engine {
  const call = (method: string, path: string, options: CallOptions = {}) => send(socket, method, path, options)
  const json = async (method: string, path: string, options: CallOptions = {}): Promise<unknown> => {
    const text = await textOf(await call(method, path, options))
    return text.trim() === '' ? null : JSON.parse(text)
  }
  const container = (id: string, rest = '') => `/containers/${encodeURIComponent(id)}${rest}`
  return {
    async version() {
      return String(((await json('GET', '/version')) as { Version?: unknown }).Version ?? '')
    },
    async build(context, { name, network, memoryBytes, cpus, registries }, say) {
      const query = {
        t: `${name.repository}:${name.tag}`,
        rm: '1',
        forcerm: '1',
        networkmode: network,
        ...(memoryBytes === null ? {} : { memory: String(memoryBytes), memswap: String(memoryBytes) }),
        ...(cpus === null ? {} : { cpuperiod: String(period), cpuquota: String(Math.round(cpus * period)) }),
      }
      const headers = {
        'content-type': 'application/x-tar',
        ...(registries === null ? {} : { 'x-registry-config': registries }),
      }
      await readProgress(await call('POST', '/build', { query, headers, stream: context }), say)
    },
    async pull(image, authorization, say) {
      const headers: Record<string, string> = authorization === null ? {} : { 'x-registry-auth': authorization }
      // A name without a tag would fetch every tag that there is.
      const query = { fromImage: /[@]|:[^/]*$/.test(image) ? image : `${image}:latest` }
      await readProgress(await call('POST', '/images/create', { query, headers }), say)
    },
    async tag(image, { repository, tag }) {
      await json('POST', `/images/${encodeURIComponent(image)}/tag`, { query: { repo: repository, tag } })
    },
    async images(repository) {
      const rows = await json('GET', '/images/json', {
        query: { filters: JSON.stringify({ reference: [repository] }) },
      })
      return (rows as { RepoTags: readonly string[] | null }[])
        .flatMap(row => row.RepoTags ?? [])
        .filter(tag => tag.startsWith(`${repository}:`))
    },
    async removeImage(name) {
      await json('DELETE', `/images/${encodeURIComponent(name)}`)
    },
    async create(name, body) {
      return ((await json('POST', '/containers/create', { query: { name }, body })) as { Id: string }).Id
    },
    attach: id => call('POST', container(id, '/attach'), { query: { stream: '1', stdout: '1', stderr: '1' } }),
    async start(id) {
      await json('POST', container(id, '/start'))
    },
    async nextExit(id) {
      const answer = await call('POST', container(id, '/wait'), { query: { condition: 'next-exit' } })
      return { status: textOf(answer).then(text => (JSON.parse(text) as { StatusCode: number }).StatusCode) }
    },
    async stop(id, graceSeconds) {
      await json('POST', container(id, '/stop'), { query: { t: String(graceSeconds) } })
    },
    async remove(id) {
      await json('DELETE', container(id), { query: { force: '1', v: '1' }, fine: [404, 409] })
    },
    async list(labels) {
      const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
      const rows = await json('GET', '/containers/json', { query: { all: '1', filters: JSON.stringify({ label }) } })
      return (rows as { Id: string; Labels: Record<string, string> }[]).map(row => ({ id: row.Id, labels: row.Labels }))
    },
  }
}

interface CallOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly stream?: ReadStream
  /** Statuses that are no error. */
  readonly fine?: readonly number[]
}

/** Settles with the answer's beginning; its body is the caller's. */
function send(socket: string, method: string, path: string, options: CallOptions): Promise<IncomingMessage> {
  const query = options.query === undefined ? '' : `?${new URLSearchParams(options.query)}`
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath: socket,
      // Without a version the engine answers as the newest that it knows: what we use is the same in all of them.
      path: `${path}${query}`,
      method,
      agent: false,
      headers: {
        host: 'engine',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...options.headers,
      },
    })
    asked.once('error', error => reject(unreachable(socket, error)))
    asked.once('response', answer => {
      const status = answer.statusCode ?? 0
      if (status < 400 || options.fine?.includes(status)) return resolve(answer)
      textOf(answer).then(text => reject(refused(method, path, status, text)), reject)
    })
    if (options.stream === undefined) asked.end(body)
    else options.stream.once('error', reject).pipe(asked)
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

const unreachable = (socket: string, cause: Error): CorpusError =>
  new CorpusError('ENGINE_MISSING', `No engine for containers answers at ${socket}: ${cause.message}.`, { cause })

function refused(method: string, path: string, status: number, text: string): CorpusError {
  let message = text.trim()
  try {
    message = String((JSON.parse(text) as { message?: unknown }).message ?? message)
  } catch {
    // not JSON
  }
  return new CorpusError('ENGINE_REFUSED', `The engine for containers said: ${message.replace(/\.?$/, '.')}`, {
    detail: `${method} ${path}: status ${status}`,
  })
}
