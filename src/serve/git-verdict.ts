/**
 * What `git receive-pack` answers, on its way to the pusher: whole packets as they come, and the flush packet that ends it kept
 * back until the verdict is there. By HTTP nothing else can make `git push` fail once the branch has moved.
 */

export interface Answering {
  /** What may be sent on of all that has come so far. */
  take(piece: Buffer): Buffer
  /** What may be said in between, so that nobody on the way takes it for dead; nothing in the middle of a packet. */
  keepAlive(): Buffer
  /** What ends it well. */
  end(): Buffer
  /** What has git fail and say this; undefined where the other side has no channel for it, and is cut off. */
  fail(message: string): Buffer | undefined
}

const flush = Buffer.from('0000')
const none = Buffer.alloc(0)
/** Of progress. */
const nothingToTell = Buffer.from('0005\x02')
/** Of the side band: data, progress, a fatal error. */
const bands = [1, 2, 3]
const fatal = 3
/** The older side band has room for so many bytes in a packet, its head included. */
const longestPacket = 1000

export function answering(): Answering {
  /** What came of a head, which is four digits. */
  let head = none
  /** What is still to come of the packet. */
  let left = 0
  let isFlushHeld = false
  /** The first packet says whether it goes by side bands. */
  let hasBands: boolean | undefined
  /** What is no packet is sent on as it is. */
  let isOpaque = false

  const packet = (piece: Buffer): Buffer => {
    hasBands ??= bands.includes(piece[0] ?? 0)
    const part = piece.subarray(0, left)
    left -= part.length
    return part
  }
  /** The bytes of heads that are sent on. */
  const heads = (piece: Buffer): { readonly sent: Buffer; readonly read: number } => {
    const read = Math.min(4 - head.length, piece.length)
    head = Buffer.concat([head, piece.subarray(0, read)])
    if (head.length < 4) return { sent: none, read }
    const whole = head
    head = none
    const before = isFlushHeld ? flush : none
    isFlushHeld = false
    const digits = whole.toString('latin1')
    const size = /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
    if (size === 0) {
      isFlushHeld = true
      return { sent: before, read }
    }
    if (Number.isNaN(size)) isOpaque = true
    else left = Math.max(0, size - 4)
    return { sent: Buffer.concat([before, whole]), read }
  }

  return {
    take(piece) {
      const parts: Buffer[] = []
      for (let rest = piece; rest.length > 0; ) {
        if (isOpaque) {
          parts.push(rest)
          break
        }
        if (left > 0) {
          const part = packet(rest)
          parts.push(part)
          rest = rest.subarray(part.length)
          continue
        }
        const { sent, read } = heads(rest)
        parts.push(sent)
        rest = rest.subarray(read)
      }
      return parts.length === 1 ? (parts[0] ?? none) : Buffer.concat(parts)
    },
    keepAlive: () => (hasBands === true && left === 0 && head.length === 0 && !isOpaque ? nothingToTell : none),
    end: () => (isFlushHeld ? flush : head),
    fail(message) {
      if (hasBands !== true || left > 0 || head.length > 0) return undefined
      const text = Buffer.from(message).subarray(0, longestPacket - 5)
      const size = (text.length + 5).toString(16).padStart(4, '0')
      return Buffer.concat([Buffer.from(size), Buffer.from([fatal]), text, flush])
    },
  }
}
