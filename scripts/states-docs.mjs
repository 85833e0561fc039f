// Writes into docs/states.md what is generated of it, from the definitions of states, functions, filters and tests.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { statesPage } from '../src/controller/reference/states-page.ts'

const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'states.md')
writeFileSync(path, await statesPage(readFileSync(path, 'utf8')))
