/** Which packages of a Go module or workspace are programs, and which of them is the application. */
import type { TreeFiles } from '../kernel/tree-files.ts'

interface GoProgram {
  /** As `go build` names it: `.`, `./cmd/server`. */
  readonly package: string
  /** The name of the binary below bin/. */
  readonly name: string
}

export interface GoModule {
  readonly programs: readonly GoProgram[]
  /** The one that is `web` where the project has no Procfile, or null. */
  readonly web: GoProgram | null
}

/** In the order in which one of several is taken for the server. */
const serverNames = ['web', 'server', 'app', 'api', 'main', 'http', 'serve']

export function readGoModule(files: TreeFiles): GoModule {
  const folders = ['', ...modulesOf(files)]
  const programs = folders.flatMap(folder => programsBelow(files, folder))
  const project = moduleName(files)
  const order = [project, ...serverNames]
  const rank = ({ name, package: path }: GoProgram) => {
    if (path === '.') return -1
    const at = order.indexOf(name)
    return at < 0 ? order.length : at
  }
  const best = [...programs].sort((a, b) => rank(a) - rank(b))[0]
  const isClear = best !== undefined && (programs.length === 1 || rank(best) < order.length)
  return { programs, web: isClear ? best : null }
}

/** The folders that go.work uses. */
function modulesOf(files: TreeFiles): string[] {
  const text = (files.text('go.work') ?? '').replace(/\/\/.*$/gm, '')
  const begin = /^use[ \t]*\(/m.exec(text)
  const end = begin === null ? -1 : text.indexOf(')', begin.index)
  const block = begin === null || end < 0 ? [] : text.slice(begin.index + begin[0].length, end).split(/\s+/)
  const single = [...text.matchAll(/^use[ \t]+([^\s(]+)/gm)].map(match => match[1] ?? '')
  return [...block, ...single]
    .map(path => path.replace(/^\.\/|\/+$/g, ''))
    .filter(path => path !== '' && path !== '.' && !path.split('/').includes('..') && /^[\w./-]+$/.test(path))
}

/** The last word of the module's path, without its major version. */
export const moduleName = (files: TreeFiles): string =>
  /^module[ \t]+(\S+)/m
    .exec(files.text('go.mod') ?? '')?.[1]
    ?.replace(/\/v\d+$/, '')
    .split('/')
    .at(-1) ?? ''

function programsBelow(files: TreeFiles, folder: string): GoProgram[] {
  const at = folder === '' ? '' : `${folder}/`
  const own = isProgram(files, folder)
    ? [{ package: folder === '' ? '.' : `./${folder}`, name: folder.split('/').at(-1) || 'app' }]
    : []
  const commands = files
    .names(`${at}cmd`)
    .filter(name => /^[\w.-]+$/.test(name) && isProgram(files, `${at}cmd/${name}`))
    .map(name => ({ package: `./${at}cmd/${name}`, name }))
  const command = isProgram(files, `${at}cmd`) ? [{ package: `./${at}cmd`, name: 'app' }] : []
  return [...own, ...command, ...commands]
}

const isProgram = (files: TreeFiles, folder: string): boolean =>
  files
    .names(folder === '' ? undefined : folder)
    .filter(name => name.endsWith('.go') && !name.endsWith('_test.go'))
    .some(name => /^package[ \t]+main\b/m.test(files.text(folder === '' ? name : `${folder}/${name}`) ?? ''))
