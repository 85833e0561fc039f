// Checks that imports go down the floors of the house, never up and never sideways nor in a circle, and that guarded entry points stay guarded.
import { files, importsOf, levelOf, roomOf, targetOf, textOf } from './house.mjs'

/** Modules that only the named rooms may import: the one entry point to each. */
const entryPoints = {
  'node:child_process': ['shell'],
  'node:http': ['services', 'containers', 'ingress', 'artifacts', 'notify', 'agent', 'identity', 'cli'],
  'simple-git': ['git'],
  yaml: ['configuration', 'cli'],
  pino: ['log'],
  execa: ['shell'],
  'smol-toml': ['salt'],
  rsync: ['shell'],
  'node:net': ['services', 'agent', 'ingress', 'controller', 'serve', 'identity'],
  'better-sqlite3': ['store'],
  kysely: ['store'],
  pg: ['store'],
  '@node-rs/argon2': ['controller'],
  fastify: ['serve'],
  '@modelcontextprotocol/server': ['serve'],
  croner: ['deployment'],
  ldapts: ['identity'],
  'openid-client': ['identity'],
}

/** Rooms that only the named rooms may import, whatever their floors. */
const clients = {
  store: { rooms: ['controller'], why: 'the push path must go on without it' },
}

/** Rooms in which files are reached by path through the named modules alone. */
const fileEntryPoints = {
  salt: {
    modules: ['salt/system/files.ts', 'salt/system/way.ts'],
    why: 'root would follow what an account put in the way',
  },
}

const faults = []
for (const name of files) {
  const room = roomOf(name)
  const level = levelOf(room)
  if (level === undefined) {
    faults.push(`${name}: the room ${room} stands on no floor`)
    continue
  }
  for (const spec of importsOf(name)) {
    const fileEntryPoint = fileEntryPoints[room]
    if (/^node:fs(\/promises)?$/.test(spec) && fileEntryPoint && !fileEntryPoint.modules.includes(name))
      faults.push(
        `${name}: imports ${spec}, which only ${fileEntryPoint.modules.join(', ')} may: ${fileEntryPoint.why}`,
      )
    const keepers = entryPoints[spec]
    if (keepers && !keepers.includes(room))
      faults.push(`${name}: imports ${spec}, which only ${keepers.join(', ')} may`)
    if (!spec.startsWith('.')) {
      if (level === 0 && !spec.startsWith('node:')) faults.push(`${name}: floor 0 imports node: only, not ${spec}`)
      continue
    }
    const target = targetOf(name, spec)
    const other = roomOf(target)
    if (other === room) continue
    const client = clients[other]
    if (client && !client.rooms.includes(room))
      faults.push(`${name}: imports ${target}, which only ${client.rooms.join(', ')} may: ${client.why}`)
    const below = levelOf(other)
    if (below === undefined) faults.push(`${name}: imports ${target}, outside the house`)
    else if (below >= level) faults.push(`${name}: ${room} (floor ${level}) may not import ${other} (floor ${below})`)
  }
}
/** What a setting is where nobody says it stands with its declaration: who reads it past that says it a second time. */
const declaration = 'configuration/settings/index.ts'
const settings = [...textOf(declaration).matchAll(/^ {2}(\w+): declared\(/gm)].map(([, key]) => key)
if (settings.length === 0) faults.push(`${declaration}: declares no setting that this finds`)
const reading = new RegExp(String.raw`\b(?:cfg|configuration|snapshot)\??\.get\('(${settings.join('|')})'\)`, 'g')
for (const name of files.filter(one => roomOf(one) !== 'configuration'))
  for (const [text, key] of textOf(name).matchAll(reading))
    faults.push(`${name}: ${text}, where settingOf(cfg, '${key}') knows its type and what holds where nobody says it`)

/** What is recursive by its nature: a grammar, and values that have attributes that are values. */
const recursions = [
  ['salt/python/format.ts', 'salt/python/methods/str.ts', 'salt/python/methods/index.ts', 'salt/python/attribute.ts'],
  // Help, manual and completion are requests, and are made from all of them.
  [
    ...['commands', 'completion', 'help', 'man'].map(name => `controller/reference/${name}.ts`),
    ...['completion', 'help', 'index', 'man'].map(name => `controller/requests/${name}.ts`),
    'controller/told.ts',
  ],
  ['salt/jinja/salt/parse-tag.ts', 'salt/jinja/parse-statement.ts'],
  [
    'salt/jinja/compile-inheritance.ts',
    'salt/jinja/compile-statement.ts',
    'salt/jinja/template.ts',
    'salt/jinja/module.ts',
  ],
].map(files => [...files].sort().join(' '))

const found = circles(new Map(files.map(name => [name, importedBy(name)])))
for (const circle of found)
  if (!recursions.includes(circle)) faults.push(`these import each other in a circle: ${circle}`)
for (const recursion of recursions)
  if (!found.includes(recursion)) faults.push(`no circle any more, and still named in scripts/floors.mjs: ${recursion}`)

/** What a file imports at once or later on; a type alone makes no circle. */
function importedBy(name) {
  const specs = textOf(name).matchAll(
    /^(?:import|export)\s+(?!type\s)[^'"]*?from\s*'(\.[^']+)'|^import\s+'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)/gms,
  )
  return new Set([...specs].map(([, ...specs]) => targetOf(name, specs.find(Boolean))))
}

/** Tarjan's: each group of files that reach each other, as one line of sorted names. */
function circles(graph) {
  const [index, low, stack, found] = [new Map(), new Map(), [], []]
  const visit = name => {
    index.set(name, index.size)
    low.set(name, index.get(name))
    stack.push(name)
    for (const next of graph.get(name) ?? []) {
      if (!graph.has(next)) continue
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(name, Math.min(low.get(name), low.get(next)))
    }
    if (low.get(name) !== index.get(name)) return
    const group = stack.splice(stack.indexOf(name))
    if (group.length > 1) found.push(group.sort().join(' '))
  }
  for (const name of graph.keys()) if (!index.has(name)) visit(name)
  return found
}

for (const fault of faults) console.error(fault)
console.log(`floors: ${files.length} files, ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)
