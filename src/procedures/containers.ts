/** Makes processes that are containers into instances: a program of corpus's own keeps each, and the supervisor keeps that one up. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { engineAt } from '../containers/engine.ts'
import { pruneImages } from '../containers/image.ts'
import { type ContainerSpec, label, readSpec } from '../containers/spec.ts'
import { CorpusError } from '../kernel/errors.ts'
import { writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Declaration } from '../services/declared.ts'
import { quoted } from '../services/environment.ts'
import { ownVariables } from './application-environment.ts'
import { type ContainerWish, containerCommand, containerWishes } from './container-wishes.ts'
import type { Deployment } from './deployment.ts'
import { sourceVariables } from './source.ts'

/** Beside the tree of a release. */
const specFolder = 'containers'

/** Declarations of containers become those of their keepers; the others stay as they are. */
export function keptContainers(
  deployment: Deployment,
  tree: string,
  declarations: readonly Declaration[],
): readonly Declaration[] {
  const wishes = containerWishes(deployment.cfg)
  return declarations.map(one => {
    const wish = one.command === containerCommand ? wishes.get(one.name) : undefined
    return wish === undefined ? one : keeperOf(deployment, tree, one, wish)
  })
}

function keeperOf(deployment: Deployment, tree: string, declared: Declaration, wish: ContainerWish): Declaration {
  // It would run on the machine itself, as corpus.
  if (declared.health.kind === 'command')
    throw new CorpusError(
      'SERVICE_INVALID',
      `services.${declared.name}.health: a container is checked by its port, not by a command.`,
    )
  const { layout } = deployment
  const spec: ContainerSpec = {
    ...wish,
    root: layout.root,
    project: layout.name,
    environment: texts({
      CORPUS_PROJECT: layout.name,
      ...told(sourceVariables(layout, tree)),
      ...ownVariables(deployment),
      ...declared.environment,
    }),
    memoryBytes: declared.memoryBytes,
    cpus: declared.cpus,
    stopGraceSeconds: declared.stopGraceSeconds,
  }
  const text = JSON.stringify(spec)
  const folder = join(dirname(tree), specFolder)
  const file = join(folder, `${declared.name}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeWhole(file, text, { mode: 0o600 })
  const launcher = join(dirname(deployment.installers), 'scripts', 'corpus')
  const words = [launcher, 'container', 'keep', file].map(word => quoted(word).toString())
  return {
    ...declared,
    isOurs: true,
    command: `exec ${words.join(' ')}`,
    environment: {},
    workingFolder: '',
    // The engine holds the limits: they are the container's.
    memoryBytes: null,
    cpus: null,
    processes: null,
  }
}

/** Git's own are of this machine's folders. */
const told = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('CORPUS_')))

/** An engine takes text alone. */
function texts(environment: Readonly<Record<string, string | Uint8Array>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : Buffer.from(value).toString('utf8'),
    ]),
  )
}

/** The repository of a project's images; projects of the same name below other roots have others. */
export function imageRepository({ root, name }: Pick<ProjectLayout, 'root' | 'name'>): string {
  return root === '/srv'
    ? `corpus/${name}`
    : `corpus-${createHash('sha256').update(root).digest('hex').slice(0, 8)}/${name}`
}

/** The sockets of all engines that a release ran containers with. */
function enginesOf(layout: ProjectLayout): ReadonlySet<string> {
  const releases = existsSync(layout.archived) ? readdirSync(layout.archived) : []
  const folders = releases
    .map(release => join(layout.archived, release, specFolder))
    .filter(folder => existsSync(folder))
  const files = folders.flatMap(folder => readdirSync(folder).map(file => join(folder, file)))
  return new Set(files.map(file => readSpec(file).engine))
}

/** Of a project that is destroyed: its containers and images go. Answers what is left, and why; empty where nothing is. */
export async function removeContainers(layout: ProjectLayout): Promise<string> {
  try {
    for (const socket of enginesOf(layout)) {
      const engine = engineAt(socket)
      const labels = { [label.root]: layout.root, [label.project]: layout.name }
      for (const one of await engine.list(labels)) await engine.remove(one.id)
      await pruneImages(engine, { repository: imageRepository(layout), tag: '' }, null)
    }
    return ''
  } catch (error) {
    return `its containers and images may be left: ${(error as Error).message}`
  }
}
