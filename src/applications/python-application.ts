/** How a Python application that has no Procfile is started, which Python it wishes for, and what its files say of its dependencies. */
import { subtree, type TreeFiles } from '../kernel/tree-files.ts'

export interface PythonApplication {
  /** The command line that starts it as `web`, or null where nothing tells. */
  readonly start: string | null
  /** The file that tells how it is started. */
  readonly because: string | null
  /** `3.11`, with the name of the file that wishes for it. */
  readonly wish: { readonly version: string; readonly file: string } | null
  /** The file that its dependencies are read from, or null where it has none. */
  readonly dependencies: string | null
  /** It is a package of its own, to be built and installed beside its dependencies. */
  readonly isPackage: boolean
  /** Django, with a folder that collectstatic fills. */
  readonly collectsStatic: boolean
  /** The folder of Django's manage.py. */
  readonly django: string | null
  /** A site that MkDocs or Pelican makes, and no server: the command, and where it leaves the files. */
  readonly site: { readonly build: string; readonly folder: string } | null
  readonly notices: readonly string[]
}

export function readPythonApplication(files: TreeFiles, requirements = 'requirements.txt'): PythonApplication {
  const project = files.text('pyproject.toml') ?? ''
  const sources = [
    requirements,
    'uv.lock',
    'poetry.lock',
    'Pipfile.lock',
    'Pipfile',
    'pyproject.toml',
    'setup.py',
    'setup.cfg',
  ]
  const dependencies = sources.find(name => files.has(name)) ?? null
  const known = [requirements, 'pyproject.toml', 'uv.lock', 'poetry.lock', 'Pipfile', 'setup.py', 'setup.cfg']
    .map(name => files.text(name) ?? '')
    .join('\n')
  const django = djangoPlace(files)
  const needs = (name: string) => uses(known, name)
  const { start, because, notices } = startOf(files, needs)
  return {
    start,
    because,
    wish: wishOf(files),
    dependencies,
    isPackage: isPackage(files, project, dependencies === requirements),
    collectsStatic:
      django !== null && settingsOf(subtree(files, django)).some(text => /^[ \t]*STATIC_ROOT[ \t]*=/m.test(text)),
    django,
    site: start === null ? siteOf(files, needs) : null,
    notices,
  }
}

/** Whether a text that lists dependencies names a package, however it lists them. */
const uses = (text: string, name: string): boolean =>
  new RegExp(`(?:^|["'\\s\\[{,])${name.replaceAll('-', '[-_.]')}(?=$|["'\\s\\[\\],=<>~!;@}])`, 'im').test(text)

function siteOf(files: TreeFiles, needs: (name: string) => boolean): PythonApplication['site'] {
  const mkdocs = ['mkdocs.yml', 'mkdocs.yaml'].find(name => files.has(name))
  if (mkdocs !== undefined && (needs('mkdocs') || needs('mkdocs-material'))) {
    const folder = /^site_dir:[ \t]*["']?([\w./-]+)/m.exec(files.text(mkdocs) ?? '')?.[1] ?? 'site'
    return { build: `mkdocs build --config-file ${mkdocs}`, folder: folder.replace(/^\.\/|\/+$/g, '') }
  }
  if (files.has('pelicanconf.py') && needs('pelican')) {
    const settings = files.has('publishconf.py') ? 'publishconf.py' : 'pelicanconf.py'
    return { build: `pelican content --output output --settings ${settings}`, folder: 'output' }
  }
  return null
}

/** As uv has it, a project without a build system is an application that runs from its folder. */
function isPackage(files: TreeFiles, project: string, hasRequirements: boolean): boolean {
  if (hasRequirements) return false
  if (section(project, 'tool.uv').match(/^[ \t]*package[ \t]*=[ \t]*false/m)) return false
  if (section(project, 'tool.poetry').match(/^[ \t]*package-mode[ \t]*=[ \t]*false/m)) return false
  if (files.has('setup.py') || files.has('setup.cfg')) return true
  return /^[ \t]*\[build-system\]/m.test(project)
}

/** The lines of one table of a TOML text. */
function section(text: string, name: string): string {
  const at = text.search(new RegExp(`^[ \\t]*\\[${name.replaceAll('.', '\\.')}\\][ \\t\\r]*$`, 'm'))
  if (at < 0) return ''
  const rest = text.slice(text.indexOf('\n', at) + 1)
  const end = rest.search(/^[ \t]*\[/m)
  return end < 0 ? rest : rest.slice(0, end)
}

type Start = Pick<PythonApplication, 'start' | 'because' | 'notices'>

function startOf(files: TreeFiles, needs: (name: string) => boolean): Start {
  const place = djangoPlace(files)
  if (place === '.') return djangoStart(files, needs)
  const modules = [
    'main.py', 'app.py', 'server.py', 'wsgi.py', 'asgi.py', 'application.py', 'run.py', 'api.py',
    'app/main.py', 'app/__init__.py', 'src/main.py', 'src/app.py', 'app/app.py', 'api/main.py',
    ...(packagesOf(files).flatMap(name => [`${name}/__init__.py`, `${name}/main.py`, `${name}/app.py`])),
  ] // biome-ignore format: a list
  for (const file of modules) {
    const text = files.text(file)
    const found = text === undefined ? null : webStart(file, text, needs)
    if (found !== null) return found
  }
  if (place !== null) return startBelow(place, djangoStart(subtree(files, place), needs))
  const ui = ['main.py', 'app.py', 'streamlit_app.py'].find(name =>
    /^[ \t]*import streamlit\b/m.test(files.text(name) ?? ''),
  )
  if (ui !== undefined && needs('streamlit')) {
    const start = `streamlit run ${ui} --server.headless true --server.address 127.0.0.1 --server.port $PORT`
    return { start, because: ui, notices: [] }
  }
  const script = ownScript(files)
  if (script !== null) return { start: script, because: 'pyproject.toml', notices: [] }
  const plain = ['main.py', 'app.py', 'server.py', 'start.py', 'run.py', 'wsgi.py'].find(name => files.has(name))
  if (plain !== undefined) return { start: `python ${plain}`, because: plain, notices: [] }
  return { start: null, because: null, notices: [] }
}

/**
 * A command that the project itself installs: its only one, else the one that is called as servers are, or as the project. They are
 * there where it is built as a package.
 */
function ownScript(files: TreeFiles): string | null {
  const project = files.text('pyproject.toml') ?? ''
  if (!isPackage(files, project, false)) return null
  const listed = `${section(project, 'project.scripts')}\n${section(project, 'tool.poetry.scripts')}`
  const names = [...listed.matchAll(/^[ \t]*["']?([\w.-]+)["']?[ \t]*=/gm)].map(match => match[1] ?? '')
  const own = /^[ \t]*name[ \t]*=[ \t]*["']([\w.-]+)["']/m.exec(
    section(project, 'project') || section(project, 'tool.poetry'),
  )?.[1]
  if (names.length === 1) return names[0] ?? null
  return ['web', 'serve', 'server', 'start', 'run', 'app', 'api', own].find(name => names.includes(name ?? '')) ?? null
}

/** Folders of the tree that are packages. */
const packagesOf = (files: TreeFiles): string[] =>
  files.names().filter(name => /^[A-Za-z]\w*$/.test(name) && name !== 'tests' && files.has(`${name}/__init__.py`))

/** The folder of manage.py: the top, else the only one below it that has one, as `django-admin startproject` leaves it. */
function djangoPlace(files: TreeFiles): string | null {
  if (files.has('manage.py')) return '.'
  const [only, other] = files.names().filter(name => /^[A-Za-z]\w*$/.test(name) && files.has(`${name}/manage.py`))
  return only !== undefined && other === undefined ? only : null
}

const startBelow = (folder: string, { start, because, notices }: Start): Start => ({
  start: `cd ${folder} && ${start}`,
  because: `${folder}/${because}`,
  notices: notices.map(notice => notice.replace('release: ', `release: cd ${folder} && `)),
})

function djangoStart(files: TreeFiles, needs: (name: string) => boolean): Start {
  const place = packagesOf(files).find(name => files.has(`${name}/wsgi.py`) || files.has(`${name}/asgi.py`))
  const because = 'manage.py'
  const notices = ['Django’s migrations are run by a line of the Procfile: release: python manage.py migrate --noinput']
  if (place !== undefined) {
    const server = serverFor(`${place}.wsgi:application`, `${place}.asgi:application`, needs, {
      wsgi: files.has(`${place}/wsgi.py`),
      asgi: files.has(`${place}/asgi.py`),
    })
    if (server !== null) return { start: server, because, notices }
  }
  return {
    start: 'python manage.py runserver --noreload 127.0.0.1:$PORT',
    because,
    notices: [...notices, `Django’s own server is for development: ${addServer}`],
  }
}

const addServer = 'add gunicorn to the requirements, and it is used'

/** An application object at the top of a module, or a factory that makes one. */
function webStart(file: string, text: string, needs: (name: string) => boolean): Start | null {
  const module = file
    .replace(/^src\//, '')
    .replace(/(\/__init__)?\.py$/, '')
    .replaceAll('/', '.')
  const below = file.startsWith('src/')
  const asgi = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:\w+\.)?(?:FastAPI|Starlette|Litestar|Quart|Sanic|BlackSheep)\(/m.exec(
    text,
  )?.[1]
  const wsgi = /^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:\w+\.)?(?:Flask|Bottle|App|Falcon|Dash|APIFlask)\(/m.exec(text)?.[1]
  const isFactory = isCallable(/^def[ \t]+create_app[ \t]*\(([^)]{0,2000})\)/m.exec(text)?.[1])
  const named = asgi ?? wsgi ?? (/^(?:from|import)\s+flask\b/m.test(text) && isFactory ? 'create_app()' : undefined)
  if (named === undefined) return null
  const target = named.endsWith(')') ? `'${module}:${named}'` : `${module}:${named}`
  const only = asgi === undefined ? { wsgi: true, asgi: false } : { wsgi: false, asgi: true }
  const server = serverFor(target, target, needs, only)
  const folder = below ? 'cd src && ' : ''
  if (server !== null) return { start: `${folder}${server}`, because: file, notices: [] }
  if (asgi === undefined && needs('flask'))
    return {
      start: `${folder}flask --app ${target} run --host 127.0.0.1 --port $PORT`,
      because: file,
      notices: [`Flask’s own server is for development: ${addServer}`],
    }
  return null
}

/** Whether a function with these parameters can be called without any. */
function isCallable(parameters: string | undefined): boolean {
  if (parameters === undefined) return false
  const words = parameters.split(',').map(word => word.trim())
  return words.every(word => word === '' || word.startsWith('*') || word.includes('=') || !/^\w/.test(word))
}

/** The server among the dependencies. */
function serverFor(
  wsgi: string,
  asgi: string,
  needs: (name: string) => boolean,
  has: { readonly wsgi: boolean; readonly asgi: boolean },
): string | null {
  if (has.wsgi && needs('gunicorn')) return `gunicorn --bind 127.0.0.1:$PORT ${wsgi}`
  if (has.wsgi && needs('waitress')) return `waitress-serve --listen=127.0.0.1:$PORT ${wsgi}`
  if (has.asgi && needs('uvicorn')) return `uvicorn --host 127.0.0.1 --port $PORT ${asgi}`
  if (has.asgi && needs('fastapi') && !needs('hypercorn') && !needs('gunicorn'))
    return `uvicorn --host 127.0.0.1 --port $PORT ${asgi}`
  if (has.asgi && needs('hypercorn')) return `hypercorn --bind 127.0.0.1:$PORT ${asgi}`
  if (has.asgi && needs('daphne')) return `daphne -b 127.0.0.1 -p $PORT ${asgi}`
  if (has.asgi && needs('gunicorn'))
    return `gunicorn --bind 127.0.0.1:$PORT --worker-class uvicorn.workers.UvicornWorker ${asgi}`
  return null
}

/** Django's settings: where they usually stand. */
function settingsOf(files: TreeFiles): string[] {
  return packagesOf(files).flatMap(name =>
    [
      `${name}/settings.py`,
      `${name}/settings/base.py`,
      `${name}/settings/__init__.py`,
      `${name}/settings/production.py`,
    ].flatMap(file => files.text(file) ?? []),
  )
}

function wishOf(files: TreeFiles): PythonApplication['wish'] {
  const firstIn = (file: string, pattern: RegExp) => {
    const version = pattern.exec(files.text(file) ?? '')?.[1]
    return version === undefined ? null : { version, file }
  }
  return (
    firstIn('.python-version', /^[ \t]*(?:cpython-|python-)?(\d+(?:\.\d+){0,2})[ \t\r]*$/m) ??
    firstIn('runtime.txt', /^[ \t]*python-(\d+(?:\.\d+){0,2})[ \t\r]*$/m) ??
    firstIn('.tool-versions', /^python[ \t]+(\d+(?:\.\d+){0,2})[ \t\r]*$/m) ??
    firstIn('Pipfile', /^[ \t]*python_(?:full_)?version[ \t]*=[ \t]*["'](\d+(?:\.\d+){0,2})["']/m)
  )
}
