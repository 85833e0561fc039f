/** What a tree itself says of how it is run: a layer of the configuration above the installer's defaults, read from files alone. */
import { readAppJson } from '../applications/app-json.ts'
import { exposedPort } from '../applications/dockerfile.ts'
import { moduleName, readGoModule } from '../applications/go-module.ts'
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
type ReaderName = 'docker' | 'nodejs' | 'python' | 'php' | 'ruby' | 'go' | 'static'

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
  docker: foundDocker,
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

function foundDocker(files: TreeFiles): Found {
  const port = exposedPort(files)
  return port === null ? nothing : { ...nothing, defaults: Dict.of({ docker: Dict.of({ port }) }) }
}

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
  if (python.site !== null) {
    defaults.set('python', Dict.of({ build: python.site.build }))
    defaults.set('built_site', site(python.site.folder))
  }
  // A Procfile says itself what runs.
  const notices = files.has('Procfile') ? [] : python.notices
  return { defaults, notices, faults: [], startedBy: python.because }
}

function foundPhp(files: TreeFiles): Found {
  const { root, asksForServer } = readPhpApplication(files)
  return {
    ...nothing,
    defaults: root === null ? new Dict() : Dict.of({ php: Dict.of({ root }) }),
    notices: asksForServer
      ? [
          'heroku-php-apache2 and heroku-php-nginx are php-fpm and nginx here; what their options say of a server is not read',
        ]
      : [],
    startedBy: root === null ? null : 'index.php',
  }
}

function foundRuby(files: TreeFiles): Found {
  const ruby = readRubyApplication(files)
  const defaults = new Dict()
  if (ruby.start !== null) defaults.set('processes', web(ruby.start))
  if (ruby.hasAssets)
    defaults.set('ruby', Dict.of({ build: 'SECRET_KEY_BASE_DUMMY=1 bundle exec rake assets:precompile' }))
  if (ruby.isJekyll) {
    defaults.set('ruby', Dict.of({ build: 'JEKYLL_ENV=production bundle exec jekyll build' }))
    defaults.set('built_site', site('_site'))
  }
  return { ...nothing, defaults, startedBy: ruby.because }
}

function foundGo(files: TreeFiles): Found {
  const { programs, web: main } = readGoModule(files)
  const defaults = new Dict()
  // One program is bin/app, as it always was, or what the Procfile calls it; several have their own names.
  const single = programs.length === 1 ? programs[0] : undefined
  const alone = binaryInProcfile(files) ?? 'app'
  const packages = programs.map(one => Dict.of({ package: one.package, name: single ? alone : one.name }))
  if (programs.length > 0) defaults.set('go', Dict.of({ programs: packages }))
  if (main !== null) defaults.set('processes', web(`bin/${single ? alone : main.name}`))
  const names = programs.map(one => one.name).join(', ')
  const notices =
    main === null && programs.length > 1 && !files.has('Procfile')
      ? [
          `several programs are built (${names}), and none is called web, server or as the module: a Procfile says which runs`,
        ]
      : []
  return { ...nothing, defaults, notices, startedBy: main === null ? null : main.package }
}

/** `web: bin/shop`, or `web: shop`: elsewhere the only program has the name of its module. */
function binaryInProcfile(files: TreeFiles): string | null {
  const lines = (files.text('Procfile') ?? '').split('\n').filter(one => /^[\w-]+[ \t]*:/.test(one))
  const named = lines.flatMap(one => /(?:^|[\s;&])(?:\.\/)?bin\/([\w.-]+)/.exec(one)?.[1] ?? [])
  const module = moduleName(files)
  const bare = lines.some(one => one.replace(/^[\w-]+[ \t]*:[ \t]*/, '').split(/\s/)[0] === module)
  return named[0] ?? (bare && module !== '' ? module : null)
}

function foundStatic(files: TreeFiles): Found {
  const { folder, fallback, faults } = readStaticSite(files)
  const served = fallback === null ? folder : Dict.of({ folder, fallback })
  return { ...nothing, defaults: Dict.of({ ingress: Dict.of({ static: served }) }), faults }
}

const site = (folder: string): Value => Dict.of({ folder, fallback: null })
const web = (command: string): Value => Dict.of({ web: command })
