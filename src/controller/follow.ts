/** Follows a deployment by its own files, from any offset: nobody who looks on can hold it up. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { visible } from '../kernel/visible.ts'
import { isLocked } from '../shell/lock.ts'
import type { Context } from './context.ts'
import type { Asked } from './request.ts'
import { startRunner } from './start-runner.ts'

export interface Verdict {
  readonly status: number
  readonly state: string
}

const lineBreak = 0x0a
const pauseMilliseconds = 25
const lookAfterMilliseconds = 1500

/** How often a runner that dies is replaced before that is told. */
const attempts = 3

/**
 * Hands on what the log says, whole lines with the place behind them (in bytes), until the verdict is there. `from`: such a place.
 * A runner that died on the way is replaced. Throws RUNNER_FAILED, and FOLLOWER_LEFT once nobody wants it any more.
 */
export async function follow(
  context: Context & Pick<Asked, 'signal'>,
  layout: ProjectLayout,
  release: ReleaseId,
  onText: (text: string, place: number) => void,
  from = 0,
): Promise<Verdict> {
  const files = layout.deployment(release)
  let offset = from
  // What is read may end in the middle of a letter, and no line does.
  let rest: Buffer = Buffer.alloc(0)
  const show = (piece: Buffer, isEnd: boolean) => {
    const all = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece])
    const end = isEnd ? all.length : all.lastIndexOf(lineBreak) + 1
    rest = all.subarray(end)
    place += end
    if (end > 0) onText(visible(all.toString('utf8', 0, end)), place)
  }
  let place = from
  let looked = Date.now()
  let died = 0
  for (;;) {
    const verdict = readVerdict(layout, release)
    offset = copyNew(files.output, offset, piece => show(piece, false))
    if (verdict) {
      show(Buffer.alloc(0), true)
      return verdict
    }
    if (context.signal?.aborted === true) throw new CorpusError('FOLLOWER_LEFT', `The deployment ${release} goes on.`)
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

/** Tells of the log, and then with which status it ended. */
export async function followTold(asked: Asked, layout: ProjectLayout, release: ReleaseId): Promise<Verdict> {
  const from = asked.after?.release === release ? asked.after.offset : 0
  const tell = (text: string, offset: number) => asked.tell?.({ kind: 'log', text, behind: { release, offset } })
  const verdict = await follow(asked, layout, release, tell, from)
  asked.tell?.({ kind: 'verdict', status: verdict.status })
  return verdict
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
