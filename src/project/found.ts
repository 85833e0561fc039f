/** What a tree itself says of how it is run: a layer of the configuration above the installer's defaults, read from files alone. */
import { readAppJson } from '../applications/app-json.ts'
import { readGoModule } from '../applications/go-module.ts'
import { readNodePackage } from '../applications/node-package.ts'
import { readPhpApplication } from '../applications/php-application.ts'
import { readPythonApplication } from '../applications/python-application.ts'
import { readRubyApplication } from '../applications/ruby-application.ts'
import { readStaticSite } from '../applications/static-site.ts'
import { merged } from '../configuration/merge.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

/** Readers by name: an installer.yaml says `reads: python`. */
type ReaderName = 'nodejs' | 'python' | 'php' | 'ruby' | 'go' | 'static'

export interface Found {
  /** As the defaults of an installer are written. */
  readonly defaults: Dict
  /** What was found and how it is started, for those who push: sentences. */
  readonly notices: readonly string[]
  /** What must be put right before it can be deployed: sentences. */
  readonly faults: readonly string[]
  /** The file that says how it is started, where one does. */
  readonly startedBy: string | null
}

const readers: Readonly<Record<ReaderName, (files: TreeFiles) => Found>> = {
  nodejs: foundNode,
  python: foundPython,
  php: foundPhp,
  ruby: foundRuby,
  go: foundGo,
  static: foundStatic,
}

const isReader = (name: string | null): name is ReaderName => name !== null && Object.hasOwn(readers, name)

/** What an installer's reader finds; nothing where it has none. */
export function readFound(reader: string | null, files: TreeFiles): Found {
  const found = isReader(reader) ? readers[reader](files) : nothing
  const { environment, scale } = readAppJson(files)
  const said = Object.entries({ environment, scale }).filter(([, values]) => Object.keys(values).length > 0)
  if (said.length === 0) return found
  const more = new Dict()
  for (const [key, values] of said) more.set(key, Dict.of(values))
  return { ...found, defaults: merged(found.defaults, more) }
}

/** Whether package.json stands beside another language with a script that builds assets. */
export const buildsAssets = (files: TreeFiles): boolean => (readNodePackage(files)?.build ?? null) !== null

const nothing: Found = { defaults: new Dict(), notices: [], faults: [], startedBy: null }

function foundNode(files: TreeFiles): Found {
  const node = readNodePackage(files)
  if (node === null) return nothing
  const defaults = new Dict()
  if (node.start !== null) defaults.set('processes', web(node.start))
  if (node.site !== null)
    defaults.set('built_site', Dict.of({ folder: node.site.folder, fallback: node.site.fallback }))
  return {
    defaults,
    notices: node.notices,
    faults: node.faults,
    startedBy: node.start === null ? null : 'package.json',
  }
}

function foundPython(files: TreeFiles): Found {
  const python = readPythonApplication(files)
  const defaults = new Dict()
  if (python.start !== null) defaults.set('processes', web(python.start))
  const below = python.django === null || python.django === '.' ? '' : `cd ${python.django} && `
  if (python.collectsStatic)
    defaults.set('python', Dict.of({ build: `${below}python manage.py collectstatic --noinput` }))
  // A Procfile says itself what runs.
  const notices = files.has('Procfile') ? [] : python.notices
  return { defaults, notices, faults: [], startedBy: python.because }
}

function foundPhp(files: TreeFiles): Found {
  const { root } = readPhpApplication(files)
  return {
    ...nothing,
    defaults: root === null ? new Dict() : Dict.of({ php: Dict.of({ root }) }),
    startedBy: root === null ? null : 'index.php',
  }
}

function foundRuby(files: TreeFiles): Found {
  const ruby = readRubyApplication(files)
  const defaults = new Dict()
  if (ruby.start !== null) defaults.set('processes', web(ruby.start))
  if (ruby.hasAssets)
    defaults.set('ruby', Dict.of({ build: 'SECRET_KEY_BASE_DUMMY=1 bundle exec rake assets:precompile' }))
  return { ...nothing, defaults, startedBy: ruby.because }
}

function foundGo(files: TreeFiles): Found {
  const { programs, web: main } = readGoModule(files)
  const defaults = new Dict()
  // One program is bin/app, as it always was; several have their own names.
  const single = programs.length === 1 ? programs[0] : undefined
  const packages = programs.map(one => Dict.of({ package: one.package, name: single ? 'app' : one.name }))
  if (programs.length > 0) defaults.set('go', Dict.of({ programs: packages }))
  if (main !== null) defaults.set('processes', web(`bin/${single ? 'app' : main.name}`))
  const names = programs.map(one => one.name).join(', ')
  const notices =
    main === null && programs.length > 1 && !files.has('Procfile')
      ? [
          `several programs are built (${names}), and none is called web, server or as the module: a Procfile says which runs`,
        ]
      : []
  return { ...nothing, defaults, notices, startedBy: main === null ? null : main.package }
}

function foundStatic(files: TreeFiles): Found {
  const { folder, fallback, faults } = readStaticSite(files)
  const site = fallback === null ? folder : Dict.of({ folder, fallback })
  return { ...nothing, defaults: Dict.of({ ingress: Dict.of({ static: site }) }), faults }
}

const web = (command: string): Value => Dict.of({ web: command })
