/** Files of the ingress: read whole or not there, written whole or not at all. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

export const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : null)

export function writeAtomically(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { flush: true })
  renameSync(`${file}.new`, file)
}
