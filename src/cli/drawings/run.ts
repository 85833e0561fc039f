/** A command of the application on this terminal; with --json what it printed is the answer. */
import type { Asked } from '../../controller/request.ts'
import type { runRequest } from '../../controller/requests/run.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof runRequest>({
  instead: ({ json, asked, params }) => (json ? undefined : onTerminal(asked, params.name, params.command ?? [])),
  status: ({ status }) => status,
})

async function onTerminal(asked: Asked, name: string, command: readonly string[]): Promise<number> {
  const { runOnce } = await import('../../controller/run.ts')
  return runOnce(asked, name, command)
}
