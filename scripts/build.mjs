// Bundles the product into dist/: few files, loaded lazily, so that a start costs little more than Node's own.
import { rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { outside, toldRequests } from './told-requests.mjs'

const home = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(home, 'dist'), { recursive: true, force: true })

/** Each file with those that it loads at once, and those that it loads when they are used; known when all are read. */
const loads = new Map()
const graph = { name: 'graph', moduleParsed: one => void loads.set(one.id, one) }

/** Files, all that they load at once, and so on. */
function allLoaded(starts, known = new Set()) {
  for (const id of starts) {
    if (known.has(id) || !loads.has(id)) continue
    known.add(id)
    allLoaded(loads.get(id).importedIds, known)
  }
  return known
}

function loadedWith(...files) {
  const missing = files.find(file => !loads.has(join(home, 'src', file)))
  if (missing) throw new Error(`src/${missing} is not loaded by the product`)
  return allLoaded(files.map(file => join(home, 'src', file)))
}

/**
 * Two parts are one file each, since a push waits for them: what a runner needs always, with what several of the parts that it may need
 * have in common; and the state engine with its templates. Of packages of others neither has any. All else is loaded when it is used.
 */
function partsOf() {
  const push = loadedWith('runner/runner.ts', 'salt/yaml/read.ts')
  const engine = loadedWith('statefiles/engine.ts', 'salt/language/templating.ts')
  const later = new Set([...push].flatMap(id => loads.get(id).dynamicallyImportedIds))
  const times = new Map()
  for (const start of later) for (const id of allLoaded([start])) times.set(id, (times.get(id) ?? 0) + 1)
  for (const [id, count] of times) if (count > 1 && !engine.has(id) && !bringsPackage(id)) push.add(id)
  return { push, engine }
}

const bringsPackage = start => [...allLoaded([start])].some(id => id.includes('/node_modules/'))
let parts
const isIn = part => id => {
  parts ??= partsOf()
  return parts[part].has(id)
}

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
  plugins: [graph, clientBeside, toldRequests(), lateBuiltins],
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
      { name: 'push', test: isIn('push'), priority: 20 },
      { name: 'engine', test: isIn('engine'), priority: 10 },
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
