// Bundles the product into dist/: few files, loaded lazily, so that a start costs little more than Node's own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(home, 'dist'), { recursive: true, force: true })

/** What a push without state files loads is one file; so is the state engine without its modules. The rest loads when it is used. */
const pushPath =
  /src\/(kernel|shell\/(?!control-group|enclosure|limits|scope)|pipeline|modes|git|configuration|salt\/(?:yaml|python)|disk|runner|procedures|containers\/installed|project\/(?!pillar-sample|pillar-rendering|fault-text)|deployment\/(?!backup|build-limits|containers|data|job-failed|notices|schedule|site\.)|statefiles\/(?:run|numbered)\.)/
const engine =
  /src\/(?:salt\/(?:(?:jinja|language|compiler|context|runner|definition|system)\/|[^/]+\.ts)|statefiles\/(?:engine|salt-copy|as-developer)|project\/(?:pillar-rendering|fault-text))/

/** Modules of Node that it has not loaded itself are loaded where they are first used: node:crypto alone takes 3 ms, and few starts need it. */
const lateBuiltins = {
  name: 'late-builtins',
  renderChunk(code) {
    for (const [line, variable, module] of code.matchAll(
      /^let (node_\w+) = require\("(node:(?!fs"|path")[\w/]+)"\);\n/gm,
    )) {
      const uses = new RegExp(`\\b${variable}\\b`, 'g')
      const members = new RegExp(`\\b${variable}\\.(?=\\w)`, 'g')
      const rest = code.replace(line, '')
      if ((rest.match(uses) ?? []).length === (rest.match(members) ?? []).length)
        code = rest.replace(members, `(require("${module}")).`) // in brackets: `new` may stand before it
    }
    return code
  },
}

/** In the product, what the command line knows of every request is data, and a command loads its own declaration alone. */
const toldRequests = {
  name: 'told-requests',
  load: {
    filter: { id: /src\/controller\/told\.ts$/ },
    async handler(id) {
      const told = await toldFromSource(id)
      const loaders = told.map(({ name }) => `${JSON.stringify(name)}: ${loaderOf(name, dirname(id))}`)
      return {
        moduleType: 'js',
        code: `export const told = JSON.parse(${JSON.stringify(JSON.stringify(told))})
const loaders = {${loaders.join(',\n')}}
export const requestNamed = name => loaders[name]()
`,
      }
    },
  },
}

/** By a bundle of its own: not every Node that can build reads TypeScript. */
async function toldFromSource(file) {
  const source = await rolldown({ cwd: home, input: { told: file }, platform: 'node', logLevel: 'silent' })
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
  const words = name.split(/[ -]/)
  const file = `./requests/${name.replaceAll(' ', '-')}.ts`
  if (!existsSync(join(controller, file)))
    return `async () => (await import('./requests/procedures.ts')).procedureRequests.find(one => one.name === ${JSON.stringify(name)})`
  const variable = words.map((word, at) => (at === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('')
  return `async () => (await import('${file}')).${variable}Request`
}

const bundle = await rolldown({
  cwd: home,
  input: { main: 'src/main.ts' },
  platform: 'node',
  plugins: [toldRequests, lateBuiltins],
  transform: { target: 'node22.13' },
  // That a file is also loaded statically elsewhere is known: the import stays lazy for those who do not.
  onLog: (level, log, handle) => log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' || handle(level, log),
})
await bundle.write({
  dir: join(home, 'dist'),
  // Node starts modules of this kind 10 ms faster, and the ones that are loaded later too.
  format: 'cjs',
  minify: 'dce-only',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  codeSplitting: {
    groups: [
      { name: 'push', test: pushPath, priority: 20 },
      { name: 'engine', test: engine, priority: 10 },
    ],
  },
})
await bundle.close()
