/** Names, one a line. */
import type { domainsListRequest } from '../../controller/requests/domains-list.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof domainsListRequest>({ text: names => names.map(one => `${one}\n`).join('') })
