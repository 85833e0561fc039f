/** A new project: what was made, and how to push to it. */
import { basename } from 'node:path'
import { cloneAt, nameFromFolder } from '../../controller/clone.ts'
import type { AnswerOf, ParamsOf } from '../../controller/request.ts'
import type { initRequest } from '../../controller/requests/init.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { projectName } from '../../kernel/names.ts'
import { draw, type Invocation } from '../drawing.ts'

export const drawing = draw<typeof initRequest>({
  async fill({ asked, params }) {
    if (params.name !== undefined) return {}
    const here = await cloneAt(asked, process.cwd())
    const name = here ? nameFromFolder(here.top) : undefined
    if (name === undefined)
      throw new CorpusError('USAGE', 'Name the project: this folder is in no clone that could name it.')
    return { name: projectName(name) }
  },

  async text(made, invocation) {
    const { asked, params, words } = invocation
    const here = await cloneAt(asked, process.cwd())
    // Of a project that was there, what was mended is the news.
    const told = params.verbose === true || !made.new ? made.done : made.done.filter(isNews)
    const lines = [...told]
    if (made.done.length === 0) lines.push('everything was there')
    // One that was made of a folder's name, and is not that, has to be known to be typed.
    if (words.length === 0 && here && plainName(here.top) !== made.name) lines.push(`name       ${made.name}`)
    lines.push(
      `mode       ${made.mode}: ${modeSentences[made.mode]}`,
      `installer  ${made.installer}${made.installer === 'auto' ? ': asks each push what it is' : ''}`,
      `push       ${await howToPush(invocation, made, here?.top)}`,
    )
    return `${lines.join('\n')}\n`
  },
})

const modeSentences = {
  cooking: 'a push is built, started, and kept as an archive for other machines',
  final: 'a push is started as it is, or from an archive that cooking made; nothing is built',
  editable: 'you edit the files where they run; see corpus config get NAME project_root',
} as const

/** What a person should know of a new project: all but the folders, links and files that every one has. */
const isNews = (sentence: string): boolean => !/^(made|linked|wrote|the hooks?|added) /.test(sentence)

const plainName = (folder: string): string =>
  basename(folder)
    .replace(/\.git$/, '')
    .toLowerCase()

/** The clone that somebody stands in gets its remote at once; elsewhere that is said. */
async function howToPush(
  { asked }: Invocation<ParamsOf<typeof initRequest>>,
  { name, branches }: AnswerOf<typeof initRequest>,
  clone: string | undefined,
): Promise<string> {
  const elsewhere = `in a clone: corpus remote add ${name} && git push corpus HEAD:${branches[0]}`
  if (clone === undefined || clone === asked.home) return elsewhere
  try {
    const { addRemote } = await import('../../controller/remote.ts')
    const { refspec } = await addRemote(asked, name, { folder: clone, remote: 'corpus', pillar: false })
    return `git push corpus ${refspec}      (this clone has the remote corpus now)`
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    return `${elsewhere}      (here: ${error.message})`
  }
}
