/** Writes tar archives entry by entry, hostile ones too: what real tar would refuse to make. */

export interface MadeEntry {
  readonly name: string
  /** ustar's type flag: 0 file, 1 hard link, 2 link, 3 and 4 devices, 5 folder, 6 pipe. */
  readonly type?: string
  readonly content?: string
  readonly target?: string
  readonly mode?: number
  /** What the header says, where it lies about the content. */
  readonly size?: number
}

export function madeTar(entries: readonly MadeEntry[]): Buffer {
  const blocks = entries.flatMap(entry => {
    const content = Buffer.from(entry.content ?? '')
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
    return [header(entry, content.length), content, padding]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(entry: MadeEntry, length: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(entry.name, 0, 100, 'utf8')
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at)
  octal(entry.mode ?? 0o644, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(entry.size ?? length, 124, 11)
  octal(0, 136, 11)
  block.write(entry.type ?? '0', 156)
  block.write(entry.target ?? '', 157, 100, 'utf8')
  block.write('ustar\x0000', 257, 'latin1')
  octal(1, 329, 7)
  octal(3, 337, 7)
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
