// Writes into README.md what is generated of it: the table of the modes.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modesText } from '../src/cli/commands/modes.ts'

const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'README.md')
const marked = /(?<=<!-- modes -->\n)[^]*?(?=<!-- \/modes -->)/
writeFileSync(path, readFileSync(path, 'utf8').replace(marked, `\`\`\`\n${modesText()}\`\`\`\n`))
