// Writes what is generated of the pages: the table of the modes in README.md, the codes in docs/exit-statuses.md, docs/commands.md, the settings in docs/configuration.md, what they take in docs/security.md; and docs/llms.txt.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modesText } from '../src/cli/drawings/modes.ts'
import { settingsText, takesText } from '../src/configuration/settings/index.ts'
import { modesTable } from '../src/controller/modes.ts'
import { referencePage } from '../src/controller/reference/page.ts'
import { catalogueText } from '../src/kernel/catalogue-text.ts'
import { llmsText } from './llms-text.mjs'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')

write('README.md', 'modes', `\`\`\`\n${modesText(modesTable())}\`\`\`\n`)
write('docs/exit-statuses.md', 'codes', catalogueText())
write('docs/configuration.md', 'settings', settingsText())
write('docs/security.md', 'takes', takesText())
write('docs/commands.md', 'commands', referencePage())
writeFileSync(join(home, 'docs/llms.txt'), llmsText(join(home, 'docs')))

function write(page, mark, text) {
  const path = join(home, page)
  const [begin, end] = [`<!-- ${mark} -->\n`, `<!-- /${mark} -->`]
  const old = readFileSync(path, 'utf8')
  const before = old.slice(0, old.indexOf(begin) + begin.length)
  writeFileSync(path, `${before}${text}${old.slice(old.indexOf(end))}`)
}
