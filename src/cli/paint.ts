/** Colours, where somebody looks: on a terminal, and not where NO_COLOR is set. */

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'
export type Paint = (colour: Colour, text: string) => string

const codes: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 }

const coloured: Paint = (colour, text) => (text === '' ? '' : `\x1b[${codes[colour]}m${text}\x1b[0m`)
const plainly: Paint = (_, text) => text

export function paintFor(stream: { readonly isTTY?: boolean | undefined }): Paint {
  return stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb' ? coloured : plainly
}
