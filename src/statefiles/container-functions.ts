/** What the installer of containers asks: `salt['mc_docker.plan']()`. */

import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readBuildLimits } from '../configuration/build-limits.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { usualSocket } from '../containers/installed.ts'
import type { ApplicationWorld } from '../deployment/application-world.ts'
import { imageRepository, keepEngine } from '../deployment/containers.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { applicationPath, filesIn } from '../project/application-path.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { shellQuote } from '../salt/system/shell-words.ts'
import { parseProcfile } from '../services/procfile.ts'

export function containerFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  return {
    'mc_docker.plan': defineFunction({
      does: 'How the application becomes a container: the commands that build, pull and prune its images, and what runs.',
      acts: false,
      arguments: {},
      call: () => plan(world),
    }),
  }
}

function plan(world: ApplicationWorld): Dict {
  const { layout, cfg, installers = '/' } = world
  const settings = cfg.get('docker')
  const own = (name: string): Value => (settings instanceof Dict ? (settings.get(name) ?? null) : null)
  const tree = existsSync(layout.project) ? realpathSync(layout.project) : layout.project
  const folder = join(tree, applicationPath(cfg))
  const engine = socketOf(own('engine'))
  const repository = imageRepository(layout)
  const name = `${repository}:${basename(dirname(tree))}`
  // Outside of a deployment nothing is made.
  if (world.emit !== undefined && world.rehearsal !== true) keepEngine(layout, engine)
  const network = String(own('network') ?? 'bridge')
  const { limits } = readBuildLimits(settingOf(cfg, 'build'))
  const line = (...words: string[]) =>
    [
      join(dirname(installers), 'scripts', 'corpus'),
      'container',
      ...words,
      '--engine',
      engine,
      '--project',
      layout.name,
    ]
      .map(shellQuote)
      .join(' ')
  return Dict.of({
    answers: line('version'),
    // The engine builds, not we: it gets the limits.
    build: line(
      'build', folder, '--name', name, '--network', network,
      ...(limits.memoryBytes === null ? [] : ['--memory', String(limits.memoryBytes)]),
      ...(limits.cpus === null ? [] : ['--cpu', String(limits.cpus)]),
    ), // biome-ignore format: a command line
    pull: own('image') === null ? null : line('pull', String(own('image')), '--name', name),
    prune: line('prune', layout.archived, '--name', name),
    containers: containersOf(filesIn(folder, cfg), { engine, image: name, port: own('port'), network }),
  })
}

/** One for each line of the Procfile, which a shell in the container runs; without one `web`, as the image says. */
function containersOf(files: TreeFiles, each: Readonly<Record<string, Value>>): Dict {
  const text = files.text('Procfile')
  const lines = text === undefined ? [] : parseProcfile(text)
  if (lines.length === 0) return Dict.of({ web: Dict.of(each) })
  return Dict.of(Object.fromEntries(lines.map(({ name, command }) => [name, Dict.of({ ...each, command })])))
}

/** A path, or as the variable DOCKER_HOST has it. */
export function socketOf(configured: Value): string {
  const text = typeof configured === 'string' ? configured : (process.env['DOCKER_HOST'] ?? usualSocket)
  return text.replace(/^unix:\/\//, '')
}
