// Bundles the product into dist/: few files, loaded lazily, so that a start costs little more than Node's own.
import { readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { outside, toldRequests } from './told-requests.mjs'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(home, 'dist'), { recursive: true, force: true })

/** What a push without state files loads is one file; so is the state engine without its modules. The rest loads when it is used. */
const pushPath =
  /src\/(kernel|shell\/(?!control-group|enclosure|limits|scope)|pipeline|modes|git|configuration|salt\/(?:yaml|python)|disk|runner|procedures|containers\/installed|project\/(?!pillar-sample|pillar-rendering|fault-text)|deployment\/(?!backup|build-limits|containers|data|job-failed|notices|schedule|site\.)|statefiles\/(?:run|numbered)\.)/
const engine =
  /src\/(?:salt\/(?:(?:jinja|language|compiler|context|runner|definition|system)\/|[^/]+\.ts)|statefiles\/(?:engine|salt-copy|as-developer)|project\/(?:pillar-rendering|fault-text))/

/** What brings a package of others with it is loaded when it is used, wherever it stands. */
const bringsPackage = id =>
  /^(?:import|export)\b(?! type\b)[^;'"=]*\bfrom ['"](?!node:|\.)/m.test(readFileSync(id, 'utf8'))
const isOnPushPath = id => pushPath.test(id) && !bringsPackage(id)
const isEngine = id => engine.test(id) && !bringsPackage(id)

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

/** The client is a bundle of its own, beside this one. */
const clientBeside = {
  name: 'client-beside',
  resolveId: (source, importer) =>
    source === './client.ts' && importer !== undefined ? { id: './client.cjs', external: true } : null,
}

const bundle = await rolldown({
  cwd: home,
  input: { main: 'src/main.ts' },
  platform: 'node',
  external: outside,
  plugins: [clientBeside, toldRequests(), lateBuiltins],
  transform: { target: 'node22.13' },
  checks: { pluginTimings: false },
  // That a file is also loaded statically elsewhere is known: the import stays lazy for those who do not.
  onLog: (level, log, handle) => log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' || handle(level, log),
})
const { output } = await bundle.write({
  dir: join(home, 'dist'),
  // Node starts modules of this kind 10 ms faster, and the ones that are loaded later too.
  format: 'cjs',
  minify: 'dce-only',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  codeSplitting: {
    groups: [
      { name: 'push', test: isOnPushPath, priority: 20 },
      { name: 'engine', test: isEngine, priority: 10 },
    ],
  },
})
await bundle.close()
const heavy = output.find(({ name }) => name === 'push')?.moduleIds.filter(id => id.includes('/node_modules/')) ?? []
if (heavy.length > 0) throw new Error(`a push would load ${heavy.join(', ')}`)

/** What the client has of the product beside the command line and the words of it: it starts nothing, and holds nothing. */
const ofClient = [
  /^client\.ts$/,
  /^cli\/(?!local\.ts|states-call\.ts)/,
  /^(?:kernel|salt\/python)\//,
  /^controller\/(?:params|told|answer|python-of)\.ts$/,
  /^controller\/reference\/(?:client-commands|commands|groups|help)\.ts$/,
  /^(?:configuration\/json|statefiles\/wire|salt\/language\/faults|disk\/space|log\/view)\.ts$/,
]
const client = await rolldown({
  cwd: home,
  input: { client: 'src/client.ts' },
  platform: 'node',
  plugins: [toldRequests(false), lateBuiltins],
  transform: { target: 'node22.13' },
  checks: { pluginTimings: false },
})
const written = await client.write({
  dir: join(home, 'dist'),
  format: 'cjs',
  minify: 'dce-only',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'client/[name]-[hash].cjs',
})
await client.close()
const chunks = written.output.filter(({ type }) => type === 'chunk')
const strange = chunks
  .flatMap(({ moduleIds }) => moduleIds)
  .map(id => relative(home, id))
  .filter(id => id.startsWith('src/') && !ofClient.some(one => one.test(id.slice('src/'.length))))
if (strange.length > 0) throw new Error(`the client would load ${strange.join(', ')}`)
const files = new Set(chunks.map(({ fileName }) => fileName))
const foreign = chunks
  .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
  .filter(name => !files.has(name) && !name.startsWith('node:'))
if (foreign.length > 0) throw new Error(`the client would load ${foreign.join(', ')}, which are no part of it`)
