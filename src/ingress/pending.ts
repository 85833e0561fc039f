/** While this file is there, a site was written that nginx may not have read. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IngressPlace } from './place.ts'

const pendingFile = (place: IngressPlace) => join(place.home, 'pending')
export const isPending = (place: IngressPlace) => existsSync(pendingFile(place))
export const setPending = (place: IngressPlace) => writeFileSync(pendingFile(place), '', { flush: true })
export const clearPending = (place: IngressPlace) => rmSync(pendingFile(place), { force: true })
