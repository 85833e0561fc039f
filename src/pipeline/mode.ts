/** The shape of a mode: for every procedure, whether it runs, and why not. */

export type Row = { readonly run: true } | { readonly skip: string }

export const run: Row = Object.freeze({ run: true })
export const skip = (because: string): Row => Object.freeze({ skip: because })

export type ModeTable<Name extends string> = Readonly<Record<Name, Row>>
