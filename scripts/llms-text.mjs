/** docs/llms.txt: the pages by their names, with a line of each, for programs that read before they ask (llmstxt.org). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const sections = [
  { title: 'Docs', folder: '' },
  { title: 'Frameworks', folder: 'frameworks' },
  { title: 'Optional', folder: 'decisions' },
]

/** `docs`: the folder of the pages, which the links are relative to. */
export function llmsText(docs) {
  const { title, line } = pageOf(readFileSync(join(docs, '..', 'README.md'), 'utf8'))
  const parts = sections.map(({ title, folder }) => `\n## ${title}\n\n${linesOf(docs, folder).join('')}`)
  return `# ${title}\n\n> ${line}\n${parts.join('')}`
}

function linesOf(docs, folder) {
  const names = readdirSync(join(docs, folder)).filter(name => name.endsWith('.md'))
  return names.sort().map(name => {
    const path = join(folder, name)
    const { title, line } = pageOf(readFileSync(join(docs, path), 'utf8'))
    return `- [${title}](${path}): ${line}\n`
  })
}

/** Its heading, and of the first paragraph that is text as many sentences as say something. Throws where it has none. */
function pageOf(text) {
  const [heading = '', ...blocks] = text.replace(/```.*?```/gs, '').split(/\n{2,}/)
  const title = /^# (.+)$/m.exec(heading)?.[1]
  const paragraph = blocks.find(block => /^[\w`*[]/.test(block))
  if (title === undefined || paragraph === undefined)
    throw new Error(`A page without a heading or a sentence: ${heading}`)
  const plain = paragraph
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\*\*Chosen:\*\* /, '')
  return { title, line: /^.{60,}?\.(?=\s|$)/.exec(plain)?.[0] ?? plain.replace(/[:.]?$/, '.') }
}
