/** Follows a deployment by its own files, from any offset: nobody who looks on can hold it up. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { visible } from '../kernel/visible.ts'
import { isLocked } from '../shell/lock.ts'
import type { Context } from './context.ts'
import { startRunner } from './start-runner.ts'

export interface Verdict {
  readonly status: number
  readonly state: string
}

const pauseMilliseconds = 25
const lookAfterMilliseconds = 1500

/** How often a runner that dies is replaced before that is told. */
const attempts = 3

/** Hands on what the log says until the verdict is there. A runner that died on the way is replaced. Throws RUNNER_FAILED. */
export async function follow(
  context: Context,
  layout: ProjectLayout,
  release: ReleaseId,
  onText: (text: string) => void,
): Promise<Verdict> {
  const files = layout.deployment(release)
  // What is read may end in the middle of a letter.
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const show = (text: string, isEnd: boolean) => {
    rest += text
    const end = isEnd ? rest.length : rest.lastIndexOf('\n') + 1
    if (end > 0) onText(visible(rest.slice(0, end)))
    rest = rest.slice(end)
  }
  let offset = 0
  let looked = Date.now()
  let died = 0
  for (;;) {
    const verdict = readVerdict(layout, release)
    offset = copyNew(files.output, offset, piece => show(decoder.write(piece), false))
    if (verdict) {
      show('', true)
      return verdict
    }
    await new Promise(resolve => setTimeout(resolve, pauseMilliseconds))
    if (Date.now() - looked < lookAfterMilliseconds) continue
    looked = Date.now()
    if (isLocked(layout.lock) || readVerdict(layout, release)) continue
    const wanted = existsSync(join(layout.queue, release)) || existsSync(layout.running)
    if (!wanted || ++died > attempts) {
      throw new CorpusError(
        'RUNNER_FAILED',
        wanted ? `The runner of ${layout.name} dies again and again.` : `Nobody took the request ${release}.`,
        { detail: `See ${join(layout.deployments, 'runner.log')}` },
      )
    }
    await startRunner(context, layout)
  }
}

function readVerdict(layout: ProjectLayout, release: ReleaseId): Verdict | undefined {
  const text = textIfThere(layout.deployment(release).verdict)
  if (text === undefined) return undefined
  const [status, ...state] = text.trim().split(' ')
  return { status: Number(status), state: state.join(' ') }
}

/** Reads what was appended since; returns the new offset. */
export function copyNew(path: string, offset: number, onBytes: (piece: Buffer) => void): number {
  if (!existsSync(path)) return offset
  const file = openSync(path, 'r')
  try {
    const piece = Buffer.alloc(64 * 1024)
    for (;;) {
      const read = readSync(file, piece, 0, piece.length, offset)
      if (read === 0) return offset
      onBytes(piece.subarray(0, read))
      offset += read
    }
  } finally {
    closeSync(file)
  }
}
