/** A new project: what was made, and how to push to it. */
import { basename } from 'node:path'
import type { AnswerOf, ParamsOf } from '../../controller/request.ts'
import type { initRequest } from '../../controller/requests/init.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { draw, type Invocation } from '../drawing.ts'

export const drawing = draw<typeof initRequest>({
  async text(made, invocation) {
    const { here, params, words } = invocation
    const clone = (await here?.clone()) ?? null
    // Of a project that was there, what was mended is the news.
    const told = params.verbose === true || !made.new ? made.done : made.done.filter(isNews)
    const lines = [...told]
    if (made.done.length === 0) lines.push('everything was there')
    // One that was made of a folder's name, and is not that, has to be known to be typed.
    if (words.length === 0 && clone !== null && plainName(clone) !== made.name) lines.push(`name       ${made.name}`)
    lines.push(
      `mode       ${made.mode}: ${modeSentences[made.mode]}`,
      `installer  ${made.installer}${made.installer === 'auto' ? ': asks each push what it is' : ''}`,
      `push       ${await howToPush(invocation, made, clone)}`,
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
  { here }: Invocation<ParamsOf<typeof initRequest>>,
  { name, branches }: AnswerOf<typeof initRequest>,
  clone: string | null,
): Promise<string> {
  const elsewhere = `in a clone: corpus remote add ${name} && git push corpus HEAD:${branches[0]}`
  if (here === null || clone === null || clone === here.home) return elsewhere
  try {
    const { refspec } = await here.addRemote(name, clone)
    return `git push corpus ${refspec}      (this clone has the remote corpus now)`
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    return `${elsewhere}      (here: ${error.message})`
  }
}
