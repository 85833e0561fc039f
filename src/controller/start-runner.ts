/** Sees to it that somebody serves a project's line: the warm agent, or a cold runner of its own. */
import { connect } from 'node:net'
import { join } from 'node:path'
import type { ProjectLayout } from '../kernel/layout.ts'
import { rootLayout } from '../kernel/layout.ts'
import { startDetached } from '../shell/detached.ts'
import type { Context } from './context.ts'
import { launcherOf } from './installed.ts'

export async function startRunner(context: Context, layout: ProjectLayout): Promise<void> {
  if (await askAgent(rootLayout(context.root).agentSocket, `run ${layout.name}\n`)) return
  startDetached([launcherOf(context), 'runner', layout.name, `--root=${context.root}`], {
    log: join(layout.deployments, 'runner.log'),
  })
}

/** Whether an agent is there and took it. */
export function askAgent(socket: string, line: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    const end = (taken: boolean) => {
      connection.destroy()
      resolve(taken)
    }
    connection.setTimeout(2000, () => end(false))
    connection.on('error', () => end(false))
    connection.on('connect', () => connection.write(line))
    connection.on('data', piece => end(piece.toString().startsWith('ok')))
    connection.on('end', () => end(false))
  })
}
