/** The two streams of a container in one connection: frames of eight bytes (stream, three times 0, length) and their text. */

const headerBytes = 8

/** Takes pieces as they come and gives the text of whole frames, and of a last frame as far as it is there. */
export function frameReader(
  onText: (text: Uint8Array, stream: 'stdout' | 'stderr') => void,
): (piece: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array()
  /** Of the frame that is being read. */
  let leftBytes = 0
  let stream: 'stdout' | 'stderr' = 'stdout'
  return piece => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (rest.length > 0) {
      if (leftBytes === 0) {
        if (rest.length < headerBytes) return
        stream = rest[0] === 2 ? 'stderr' : 'stdout'
        leftBytes = new DataView(rest.buffer, rest.byteOffset).getUint32(4)
        rest = rest.subarray(headerBytes)
        continue
      }
      const text = rest.subarray(0, leftBytes)
      onText(text, stream)
      leftBytes -= text.length
      rest = rest.subarray(text.length)
    }
  }
}
