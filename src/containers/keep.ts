/** Stands for a container before the supervisor: it lives as long as the container does, says what it says, and takes it away with it. */

import { CorpusError } from '../kernel/errors.ts'
import { processStat } from '../kernel/process-stat.ts'
import { type Engine, engineAt } from './engine.ts'
import { frameReader } from './frames.ts'
import { type ContainerSpec, createBody, label, readSpec } from './spec.ts'

/** Answers the container's status. PORT and the name of the instance come from the supervisor. */
export async function keepContainer(file: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const spec = readSpec(file)
  const engine = engineAt(spec.engine)
  const instance = env['CORPUS_INSTANCE']
  if (instance === undefined) throw new CorpusError('USAGE', 'CORPUS_INSTANCE names the instance.')
  let id: string | null = null
  let isAsked = false
  // A second signal adds nothing: the engine kills what does not end by itself.
  const stop = () => {
    if (!isAsked && id !== null) engine.stop(id, engineGrace(spec.stopGraceSeconds)).catch(() => {})
    isAsked = true
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  await removeOrphans(engine, spec, instance)
  const body = createBody(spec, Number(env['PORT']), instance, identityOf(process.pid) ?? '')
  id = await engine.create(`corpus-${instance}`, body)
  try {
    const says = await engine.attach(id)
    says.on(
      'data',
      frameReader((text, stream) => process[stream].write(text)),
    )
    says.on('error', () => {})
    const { status } = await engine.nextExit(id)
    status.catch(() => {})
    if (isAsked) return 0
    await engine.start(id)
    return await status
  } finally {
    await engine.remove(id)
  }
}

/** Shorter than the supervisor's: when that is over, we are killed and can take nothing away. */
const engineGrace = (seconds: number): number => Math.max(1, Math.floor(seconds) - 2)

/** Containers of this project whose keeper is dead: it was killed. Another of the same instance cannot be kept at once. */
async function removeOrphans(engine: Engine, { root, project }: ContainerSpec, instance: string): Promise<void> {
  for (const one of await engine.list({ [label.root]: root, [label.project]: project })) {
    const [pid] = (one.labels[label.keeper] ?? '').split('-')
    const isKept = identityOf(Number(pid)) === one.labels[label.keeper]
    if (!isKept || one.labels[label.instance] === instance) await engine.remove(one.id)
  }
}

/** Process id and time of its start: process ids are used again. */
function identityOf(pid: number): string | null {
  const stat = processStat(pid)
  return stat && `${pid}-${stat.startedTicks}`
}
