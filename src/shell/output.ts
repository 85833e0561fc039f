/** What commands print, as whole lines: up to a bound all of it, beyond that the end of what each command said. */
import { StringDecoder } from 'node:string_decoder'
import type { Command } from './shell.ts'

type Give = NonNullable<Command['onOutput']>
type Stream = Parameters<Give>[1]

/** Of one command: `add` takes what comes, `end` gives what was held back. */
export interface Said {
  readonly add: Give
  end(): void
}

/** A line that has no end is one all the same, from here on. */
const longestLine = 16 * 1024
/** Of what is too much, so much of the end is shown: there stands why a command failed. */
const keptEnd = 64 * 1024

/** Pieces come cut anywhere, in the middle of a letter too, and those of two streams between each other. */
export function wholeLines(give: Give): Said {
  const streams = new Map<Stream, { readonly decoder: StringDecoder; rest: string }>()
  const hand = (text: string, stream: Stream) => {
    if (text !== '') give(Buffer.from(text), stream)
  }
  return {
    add(piece, stream) {
      const known = streams.get(stream) ?? { decoder: new StringDecoder('utf8'), rest: '' }
      streams.set(stream, known)
      const text = known.rest + known.decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))
      const end = text.lastIndexOf('\n') + 1
      known.rest = text.slice(end)
      hand(text.slice(0, end), stream)
      if (known.rest.length < longestLine) return
      hand(`${known.rest}\n`, stream)
      known.rest = ''
    },
    end() {
      for (const [stream, { decoder, rest }] of streams) {
        const text = rest + decoder.end()
        if (text !== '') hand(`${text}\n`, stream)
      }
      streams.clear()
    },
  }
}

/** For all commands of a step together. */
export function boundedOutput(most: number): { of(give: Give): Said } {
  let shown = 0
  let isTold = false
  return {
    of(give) {
      let tail = ''
      let left = 0
      const lines = wholeLines((piece, stream) => {
        if (shown + piece.length <= most) {
          shown += piece.length
          return give(piece, stream)
        }
        shown = most
        left += piece.length
        tail = (tail + Buffer.from(piece).toString('utf8')).slice(-keptEnd)
        if (!isTold) give(Buffer.from(told(most)), stream)
        isTold = true
      })
      return {
        add: lines.add,
        end() {
          lines.end()
          if (left === 0) return
          // It may begin in the middle of a line.
          const end = left > tail.length ? tail.slice(tail.indexOf('\n') + 1) : tail
          give(Buffer.from(`[${left - Buffer.byteLength(end)} bytes left out]\n${end}`), 'stdout')
          left = 0
        },
      }
    },
  }
}

const told = (most: number): string =>
  `[more than the ${most} bytes of build.output: from here on only the end of what each command prints is kept]\n`
