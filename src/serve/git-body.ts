/** The body of a request of git's, as it goes to git: unpacked where it is packed, never kept, and not waited for without end. */
import type { Readable, Writable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FastifyRequest } from 'fastify'
import { CorpusError } from '../kernel/errors.ts'

/** Git packs what it asks for, not what it pushes: a few thousand names of commits. */
const mostInflatedBytes = 64 * 1024 * 1024
/** Who sends less in that time has gone away, or means ill. */
const fewestBytes = 1024
const slowMilliseconds = 60_000
/** What a request that was answered already may still send. */
const mostUnreadBytes = 1024 * 1024
const unreadMilliseconds = 5_000

/** Ends when all is written, or git reads no more. Throws GIT_REQUEST_INVALID for a body that is not what it says. */
export async function feed(request: FastifyRequest['raw'], input: Writable): Promise<void> {
  const isPacked = request.headers['content-encoding'] !== undefined
  const watch = watchPace(request, input)
  try {
    const source = isPacked ? inflated(request) : request.iterator({ destroyOnReturn: false })
    for await (const piece of source) {
      if (input.destroyed || input.errored) break
      if (!input.write(piece)) await writable(input)
    }
    // Cut off is not ended: what git has so far is not all.
    if (request.complete) input.end()
  } catch (error) {
    if (error instanceof CorpusError) throw error
    // Who is gone needs no answer.
  } finally {
    watch.end()
  }
}

async function* inflated(request: FastifyRequest['raw']): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  request.on('error', error => gunzip.destroy(error))
  request.pipe(gunzip)
  let bytes = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > mostInflatedBytes) throw broken('What is packed in the body is larger than anything that git asks.')
      yield piece
    }
  } catch (error) {
    if (error instanceof CorpusError || request.errored) throw error
    throw broken('The body is said to be packed by gzip, and is not.')
  } finally {
    request.unpipe(gunzip)
    gunzip.destroy()
  }
}

export const broken = (message: string): CorpusError => new CorpusError('GIT_REQUEST_INVALID', message)

function writable(input: Writable): Promise<void> {
  return new Promise(resolve => {
    const go = () => {
      for (const event of ['drain', 'close', 'error']) input.off(event, go)
      resolve()
    }
    for (const event of ['drain', 'close', 'error']) input.on(event, go)
  })
}

/** Ends the connection of who sends next to nothing while git waits for it. */
function watchPace(request: FastifyRequest['raw'], input: Writable): { end(): void } {
  const { socket } = request
  let before = socket.bytesRead
  const timer = setInterval(() => {
    const isWaitedFor = !request.complete && !input.writableNeedDrain
    if (isWaitedFor && socket.bytesRead - before < fewestBytes) socket.destroy()
    before = socket.bytesRead
  }, slowMilliseconds)
  timer.unref()
  return { end: () => clearInterval(timer) }
}

/** Reads to its end what nobody wants, so that the answer arrives; who sends on for long is cut off. */
export function discard(request: FastifyRequest['raw']): void {
  if (request.complete) return
  const { socket } = request
  const before = socket.bytesRead
  const cut = () => void (request.complete || socket.destroy())
  const timer = setTimeout(cut, unreadMilliseconds)
  timer.unref()
  request.on('end', () => clearTimeout(timer))
  request.on('data', () => socket.bytesRead - before > mostUnreadBytes && cut())
  request.on('error', () => {})
  request.resume()
}

/** The few bytes of a body; undefined where it has more, or does not come. */
export async function shortBody(request: FastifyRequest['raw'], mostBytes: number): Promise<Buffer | undefined> {
  const timer = setTimeout(() => request.socket.destroy(), unreadMilliseconds)
  try {
    const pieces: Buffer[] = []
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      pieces.push(piece)
      if (pieces.reduce((sum, one) => sum + one.length, 0) > mostBytes) return undefined
    }
    return Buffer.concat(pieces)
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** Bytes as they come, without an end by an error: what is cut off has ended. */
export async function* piecesOf(output: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of output as AsyncIterable<Buffer>) yield piece
  } catch {
    // The verdict says what became of it.
  }
}
