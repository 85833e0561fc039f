/** The agent as a part of the machine: started with it, or not any more. */

import { createHash } from 'node:crypto'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { entryOf, type LogEntry } from '../log/view.ts'
import { type BootProgram, type BootTools, notAtBoot, startAtBoot } from '../services/boot-unit.ts'
import { circumstances, supervisorChoice } from '../services/choose.ts'
import { clockOf } from '../services/jobs.ts'
import { eventually } from '../services/waiting.ts'
import { startDetached } from '../shell/detached.ts'
import type { Program } from '../shell/programs.ts'
import type { Context } from './context.ts'
import { ensureRoot } from './init.ts'
import { launcherOf } from './installed.ts'
import { askAgent } from './start-runner.ts'

export interface AgentChange {
  readonly metrics: string | undefined
  readonly enable: boolean
  readonly disable: boolean
}

/** Returns a sentence. Throws USAGE where it is not said which. */
export async function changeAgent(context: Context, { metrics, enable, disable }: AgentChange): Promise<string> {
  if (enable === disable) throw new CorpusError('USAGE', 'Either --enable or --disable.')
  return enable ? enableAgent(context, metrics) : disableAgent(context)
}

/** It runs when this returns, and with the machine from now on. Returns a sentence. */
async function enableAgent(context: Context, metrics: string | undefined): Promise<string> {
  const tools = toolsOf(context)
  const program = programOf(context, metrics)
  ensureRoot(context.root)
  await startAtBoot(tools, program)
  if (tools.clock === 'systemd') return `corpus-${program.name}.service is enabled, and runs`
  const ping = () => askAgent(rootLayout(context.root).agentSocket, 'ping\n')
  const runs = await ping()
  if (!runs) {
    startDetached([...program.argv], { log: program.log })
    // Whoever asks next, to stop it too, is answered.
    await eventually(
      ping,
      { limitSeconds: 20, pauseMilliseconds: 50 },
      () => new CorpusError('RUNNER_FAILED', 'The agent does not answer.', { detail: `See ${program.log}` }),
    )
  }
  return `the agent ${runs ? 'runs already' : 'was started'}, and cron starts it with the machine`
}

async function disableAgent(context: Context): Promise<string> {
  const tools = toolsOf(context)
  await notAtBoot(tools, programOf(context, undefined))
  const ran = tools.clock === 'cron' && (await askAgent(rootLayout(context.root).agentSocket, 'stop\n'))
  return `the agent does not start with the machine any more${ran || tools.clock === 'systemd' ? ', and was stopped' : ''}`
}

/** What the agent and its runners said last, the oldest first. */
export function agentLogEntries(root: string, { lines }: { lines: number }): LogEntry[] {
  const { agentLog: path } = rootLayout(root)
  const texts = [`${path}.1`, path].map(file => textIfThere(file) ?? '')
  return texts
    .join('')
    .split('\n')
    .filter(line => line !== '')
    .map(entryOf)
    .slice(-lines)
}

const toolsOf = (context: Context): BootTools => ({
  shell: context.shell,
  clock: clockOf(supervisorChoice(circumstances(context.root)).name === 'systemd'),
})

/** A machine may have several roots. No project's name begins as this one does. */
function programOf(context: Context, metrics: string | undefined): BootProgram {
  const { root } = context
  const { agentLog } = rootLayout(root)
  const mark = createHash('sha256').update(root).digest('hex').slice(0, 8)
  const argv: [Program, ...string[]] = [launcherOf(context), 'agent', `--root=${root}`]
  if (metrics !== undefined) argv.push('--metrics', metrics)
  return { name: `_agent-${mark}`, does: `the agent of corpus below ${root}`, argv, log: agentLog }
}
