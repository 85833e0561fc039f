// In the product, what the command line knows of every request is data, and of a declaration it loads what it does alone: no
// shape is built to answer a command. Whoever imports requests/index.ts has the whole declarations all the same.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'

/** Of a declaration, what is left of it. */
const kept = ['name', 'kind', 'stands', 'run', 'begin']
const mark = '?does'

/** Not bundled: what has a binary beside it, what is loaded only where somebody has a PostgreSQL, a directory or a provider, and what only the HTTP entry point loads. */
export const outside = [
  'better-sqlite3',
  '@node-rs/argon2',
  'pg',
  'fastify',
  'ldapts',
  'openid-client',
  '@modelcontextprotocol/server',
]

/** `runs`: where requests are run, too; a client asks another machine for that. */
export const toldRequests = (runs = true) => ({
  name: 'told-requests',
  resolveId: {
    order: 'pre',
    handler(source, importer) {
      const isOurs = source.endsWith(mark) || (importer?.endsWith(mark) && /^\.\/[\w-]+\.ts$/.test(source))
      return isOurs ? `${resolve(dirname(importer), source).replace(mark, '')}${mark}` : null
    },
  },
  load: {
    filter: { id: /src\/controller\/(told\.ts|requests\/.*\?does)$/ },
    async handler(id) {
      if (id.endsWith(mark)) {
        const file = id.slice(0, -mark.length)
        return { moduleType: 'ts', code: whatItDoes(readFileSync(file, 'utf8'), file) }
      }
      const told = await toldFromSource(id)
      if (!runs)
        return { moduleType: 'js', code: `export const told = JSON.parse(${JSON.stringify(JSON.stringify(told))})\n` }
      const loaders = told.map(({ name }) => `${JSON.stringify(name)}: ${loaderOf(name, dirname(id))}`)
      return {
        moduleType: 'js',
        code: `export const told = JSON.parse(${JSON.stringify(JSON.stringify(told))})
const loaders = {${loaders.join(',\n')}}
export const requestToRun = name => loaders[name]()
`,
      }
    },
  },
})

function whatItDoes(code, file) {
  const cuts = []
  walk(parseAst(code, { lang: 'ts' }, file), node => {
    if (node.type !== 'CallExpression' || !['defineRequest', 'defineJob'].includes(node.callee.name)) return
    const { properties } = node.arguments[0]
    for (const one of properties) if (one.type === 'Property' && !kept.includes(one.key.name)) cuts.push(one)
  })
  return cuts
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => `${text.slice(0, start)}${text.slice(end).replace(/^\s*,/, '')}`, code)
}

function walk(node, visit) {
  if (typeof node?.type === 'string') visit(node)
  for (const value of Object.values(node ?? {}))
    if (Array.isArray(value)) for (const one of value) walk(one, visit)
    else if (typeof value === 'object') walk(value, visit)
}

/** By a bundle of its own: not every Node that can build reads TypeScript. */
async function toldFromSource(file) {
  const source = await rolldown({ input: { told: file }, platform: 'node', external: outside, logLevel: 'silent' })
  const folder = mkdtempSync(join(tmpdir(), 'corpus-told-'))
  try {
    await source.write({ dir: folder, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' })
    return createRequire(import.meta.url)(join(folder, 'told.cjs')).told
  } finally {
    await source.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `config get` is `configGetRequest` of `config-get.ts`; procedures alone are made in one file. */
function loaderOf(name, controller) {
  const file = `./requests/${name.replaceAll(' ', '-')}.ts`
  if (!existsSync(join(controller, file)))
    return `async () => (await import('./requests/procedures.ts${mark}')).procedureRequests.find(one => one.name === ${JSON.stringify(name)})`
  const words = name.split(/[ -]/)
  const variable = words.map((word, at) => (at === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')
  return `async () => (await import('${file}${mark}')).${variable}Request`
}
