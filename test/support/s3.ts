/**
 * What restic needs of an object store, in memory: a stand-in, since no real one is to be had among Debian's packages. It looks at
 * who asks (the access key), not at the signature.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ObjectStore {
  readonly port: number
  readonly objects: Map<string, Buffer>
  stop(): Promise<void>
}

export async function startObjectStore(bucket: string, accessKey: string): Promise<ObjectStore> {
  const objects = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => answer(request, response, Buffer.concat(pieces)))
  })
  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): unknown {
    const url = new URL(request.url ?? '/', 'http://store')
    const [first = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/')
    const key = rest.join('/')
    const refuse = (status: number, code: string) => {
      response.writeHead(status, { 'content-type': 'application/xml' })
      return response.end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code></Error>`)
    }
    if (!request.headers.authorization?.includes(`Credential=${accessKey}/`)) return refuse(403, 'AccessDenied')
    if (first !== bucket) return refuse(404, 'NoSuchBucket')
    if (key === '') {
      if (url.searchParams.has('location')) return response.end('<LocationConstraint></LocationConstraint>')
      return response.end(request.method === 'HEAD' ? undefined : listing(objects, url.searchParams))
    }
    if (request.method === 'PUT') objects.set(key, unpacked(request, body))
    if (request.method === 'DELETE') objects.delete(key)
    const found = objects.get(key)
    if (request.method === 'PUT') return response.writeHead(200, { etag: '"one"' }).end()
    if (request.method === 'DELETE') return response.writeHead(204).end()
    if (!found) return refuse(404, 'NoSuchKey')
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const from = Number(range?.[1] ?? 0)
    const to = range?.[2] ? Math.min(Number(range[2]) + 1, found.length) : found.length
    response.writeHead(range ? 206 : 200, {
      'content-length': to - from,
      'content-range': `bytes ${from}-${to - 1}/${found.length}`,
      'last-modified': new Date().toUTCString(),
      etag: '"one"',
    })
    return response.end(request.method === 'HEAD' ? undefined : found.subarray(from, to))
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    objects,
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A signed upload comes in pieces, each behind its length and signature. */
function unpacked(request: IncomingMessage, body: Buffer): Buffer {
  if (!String(request.headers['x-amz-content-sha256']).startsWith('STREAMING-')) return body
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, end), 16)
    if (!(size > 0)) return Buffer.concat(pieces)
    pieces.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

function listing(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const found = [...objects].filter(([key]) => key.startsWith(prefix))
  const folderOf = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end < 0 ? null : key.slice(0, end + 1)
  }
  const folders = new Set(found.map(([key]) => folderOf(key)).filter(folder => folder !== null))
  const files = found.filter(([key]) => folderOf(key) === null)
  const file = ([key, bytes]: [string, Buffer]) =>
    `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"one"</ETag><Size>${bytes.length}</Size></Contents>`
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${files.map(file).join('')}${[...folders]
    .map(folder => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`)
    .join('')}</ListBucketResult>`
}
