/** The entry point that state files and supervisors use for containers: `corpus container build|pull|prune|version|keep`. */
import { parseArgs } from 'node:util'
import { CorpusError, catalogue, faultOf } from '../kernel/errors.ts'
import { localShell } from '../shell/local.ts'
import { engineAt, type ImageName } from './engine.ts'

const options = {
  engine: { type: 'string' },
  name: { type: 'string' },
  network: { type: 'string', default: 'bridge' },
  memory: { type: 'string' },
  cpu: { type: 'string' },
  /** For the sentences: whose container it is. */
  project: { type: 'string' },
} as const

/** Answers the exit status; what went wrong stands on standard error. */
export async function containerMain(argv: readonly string[]): Promise<number> {
  try {
    return await run(argv)
  } catch (error) {
    const fault = faultOf(error, projectIn(argv))
    process.stderr.write(`${fault.code}: ${fault.message}\n${fault.detail ? `${fault.detail}\n` : ''}${fault.wayOut}\n`)
    return error instanceof CorpusError ? catalogue[error.code].exit : catalogue.INTERNAL.exit
  }
}

/** Known also where the rest cannot be read. */
function projectIn(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--project')
  return at < 0 ? undefined : argv[at + 1]
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
  const [word, target = ''] = positionals
  if (word === 'keep') {
    const { keepContainer } = await import('./keep.ts')
    return keepContainer(target)
  }
  const engine = engineAt(values.engine ?? '')
  const say = (text: string) => void process.stdout.write(text)
  const image = await import('./image.ts')
  if (word === 'version') say(`${await engine.version()}\n`)
  else if (word === 'build') {
    const { network } = values
    const number = (text: string | undefined) => (text === undefined ? null : Number(text))
    const limits = { memoryBytes: number(values.memory), cpus: number(values.cpu) }
    await image.buildImage({ engine, shell: localShell, say }, target, {
      name: nameOf(values.name),
      network,
      ...limits,
    })
  } else if (word === 'pull') await image.pullImage(engine, target, nameOf(values.name), say)
  else if (word === 'prune') await image.pruneImages(engine, nameOf(values.name), target)
  else throw new CorpusError('USAGE', 'corpus container build|pull|prune|version|keep')
  return 0
}

function nameOf(text = ''): ImageName {
  const at = text.lastIndexOf(':')
  return { repository: text.slice(0, at), tag: text.slice(at + 1) }
}
