/** The reference of the state language at hand. */
import type { statesDocRequest } from '../../controller/requests/states-doc.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof statesDocRequest>({
  text: entries =>
    entries
      .map(({ kind, name, markdown }) =>
        markdown === undefined ? `${kind.padEnd(10)}${name}\n` : `${kind}\n${markdown}\n`,
      )
      .join(''),
})
