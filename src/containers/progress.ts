/** What an engine says while it builds or pulls: JSON values one after the other, the last of which may be an error. */
import { CorpusError } from '../kernel/errors.ts'

interface Progress {
  readonly stream?: string
  readonly status?: string
  readonly id?: string
  readonly progress?: string
  readonly error?: string
}

/** Throws IMAGE_FAILED; the answer itself has the status 200 even then. */
export async function readProgress(answer: AsyncIterable<Uint8Array>, say: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of answer) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) tell(line, say)
  }
  tell(rest, say)
}

function tell(line: string, say: (text: string) => void): void {
  if (line.trim() === '') return
  const { stream, status, id, progress, error } = JSON.parse(line) as Progress
  if (error !== undefined)
    throw new CorpusError('IMAGE_FAILED', `The image could not be made: ${error.trim().replace(/\.?$/, '.')}`)
  if (stream !== undefined) say(stream)
  // Bars that grow are for terminals.
  else if (status !== undefined && progress === undefined) say(`${id === undefined ? '' : `${id}: `}${status}\n`)
}
