/** Makes processes that are containers into instances: a program of corpus's own keeps each, and the supervisor keeps that one up. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { engineAt } from '../containers/engine.ts'
import { pruneImages } from '../containers/image.ts'
import { type ContainerSpec, label, readSpec } from '../containers/spec.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { topOf } from '../project/application-path.ts'
import type { Declaration } from '../services/declared.ts'
import { type Environment, quoted } from '../services/environment.ts'
import { type Program, program } from '../shell/programs.ts'
import { ownVariables } from './application-environment.ts'
import { type ContainerWish, containerCommand, containerWishes } from './container-wishes.ts'
import type { Deployment } from './deployment.ts'
import { releaseOfTree, sourceVariables } from './source.ts'

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
  const file = writeSpec(deployment, tree, declared.name, {
    ...specOf(deployment, tree, wish, declared.environment),
    memoryBytes: declared.memoryBytes,
    cpus: declared.cpus,
    stopGraceSeconds: declared.stopGraceSeconds,
  })
  return {
    ...declared,
    isOurs: true,
    command: `exec ${keepWords(deployment, file)
      .map(word => quoted(word).toString())
      .join(' ')}`,
    environment: {},
    workingFolder: '',
    // The engine holds the limits: they are the container's.
    memoryBytes: null,
    cpus: null,
    processes: null,
  }
}

/** A command that runs a container to its end, such as that of the release line. Its instance is named in the environment. */
export function containerOnce(
  deployment: Deployment,
  tree: string,
  process: string,
): { readonly argv: readonly [Program, ...string[]]; readonly environment: Record<string, string> } {
  const wish = containerWishes(deployment.cfg).get(process)
  if (wish === undefined) throw new CorpusError('CONFIGURATION_INVALID', `containers.${process} is not there.`)
  const file = writeSpec(deployment, tree, process, {
    ...specOf(deployment, tree, wish, {}),
    memoryBytes: null,
    cpus: null,
    stopGraceSeconds: 10,
  })
  const instance = `${deployment.layout.name}.${deployment.release}.${process}`
  return { argv: keepWords(deployment, file), environment: { CORPUS_INSTANCE: instance, PORT: '0' } }
}

const specOf = (deployment: Deployment, tree: string, wish: ContainerWish, more: Environment) => ({
  ...wish,
  root: deployment.layout.root,
  project: deployment.layout.name,
  environment: texts({
    CORPUS_PROJECT: deployment.layout.name,
    ...told(sourceVariables(deployment.layout, tree)),
    ...ownVariables(deployment),
    ...more,
  }),
})

const keepWords = (deployment: Deployment, file: string): [Program, ...string[]] => [
  program(join(dirname(deployment.installers), 'scripts', 'corpus')),
  'container',
  'keep',
  file,
  '--project',
  deployment.layout.name,
]

function writeSpec(deployment: Deployment, tree: string, process: string, spec: ContainerSpec): string {
  const text = JSON.stringify(spec)
  const release = releaseOfTree(deployment.layout, tree)
  const folder = join(
    release === null ? dirname(topOf(tree, deployment.cfg)) : deployment.layout.release(release),
    specFolder,
  )
  const file = join(folder, `${process}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeWhole(file, text, { mode: 0o600 })
  return file
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

/** Remembers an engine that images are made with, before one is: a deployment that fails leaves them there. */
export function keepEngine(layout: ProjectLayout, socket: string): void {
  const known = textIfThere(enginesFile(layout)) ?? ''
  if (!known.split('\n').includes(socket)) writeWhole(enginesFile(layout), `${known}${socket}\n`)
}

const enginesFile = (layout: ProjectLayout): string => join(layout.own, 'engines')

/** The sockets of all engines that images were made with, or a release ran containers with. */
function enginesOf(layout: ProjectLayout): ReadonlySet<string> {
  const releases = existsSync(layout.archived) ? readdirSync(layout.archived) : []
  const folders = releases
    .map(release => join(layout.archived, release, specFolder))
    .filter(folder => existsSync(folder))
  const files = folders.flatMap(folder => readdirSync(folder).map(file => join(folder, file)))
  const made = (textIfThere(enginesFile(layout)) ?? '').split('\n').filter(Boolean)
  return new Set([...made, ...files.map(file => readSpec(file).engine)])
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
