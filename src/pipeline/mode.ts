/** The shape of a mode, and of what a request leaves of one: for every procedure, whether it runs, and why not. */

export type Row = { readonly run: true; readonly asked?: true } | { readonly skip: string }

export const run: Row = Object.freeze({ run: true })
/** It is what was asked for: it runs on the way forward, in the form that it has for that. */
export const asked: Row = Object.freeze({ run: true, asked: true })
export const skip = (because: string): Row => Object.freeze({ skip: because })

export type ModeTable<Name extends string = string> = Readonly<Record<Name, Row>>

/** What runs by both tables; of two reasons why not, that of the first. */
export function narrowed<Name extends string>(mode: ModeTable<Name>, request: ModeTable<Name>): ModeTable<Name> {
  const rows = Object.entries<Row>(mode).map(([name, row]) => [name, 'skip' in row ? row : request[name as Name]])
  return Object.fromEntries(rows) as ModeTable<Name>
}
