/** Runs a `#!js` state file: a module whose function gets cfg, salt, grains and pillar and returns the data. */
import { once } from 'node:events'
import * as nodeModule from 'node:module'
import { pathToFileURL } from 'node:url'
import { MessageChannel } from 'node:worker_threads'
import type { World } from '../context/world.ts'
import { fromPlain } from '../definition/values.ts'
import type { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { viewOf } from './js-view.ts'

/** What the function of a module is called with. */
interface ModuleInput {
  /** The project's mapping, by reference: what is set here, later files see. */
  readonly cfg: unknown
  /** `salt['cmd.run']('…')`, or `salt.call(name, args, keywords)`. */
  readonly salt: unknown
  readonly grains: unknown
  readonly pillar: unknown
}

let counter = 0

export async function runModule(path: string, text: string, world: World): Promise<Value> {
  const namespace = await imported(path, text)
  const run = namespace['default'] ?? namespace['run']
  if (typeof run !== 'function') throw new TypeError('the module exports no function, neither as default nor as `run`')
  const input: ModuleInput = {
    cfg: viewOf(world.cfg as Dict),
    salt: saltView(world),
    grains: viewOf(world.grains),
    pillar: viewOf(world.pillar),
  }
  return fromPlain(await (run as (input: ModuleInput) => unknown)(input))
}

/** Imports the text under the file's own address, so that its relative imports and its stack name that file. */
async function imported(path: string, text: string): Promise<Record<string, unknown>> {
  const address = `${pathToFileURL(path).href}?run=${++counter}`
  if (typeof nodeModule.registerHooks !== 'function') return importedByThread(address, text)
  const hooks = nodeModule.registerHooks({
    load: (url, context, next) =>
      url === address ? { format: 'module', source: text, shortCircuit: true } : next(url, context),
  })
  try {
    return (await import(address)) as Record<string, unknown>
  } finally {
    hooks.deregister()
  }
}

/** What Node before 22.15 has: hooks in a thread of their own, which stay. The text travels by a channel. */
async function importedByThread(address: string, text: string): Promise<Record<string, unknown>> {
  thread ??= startThread()
  await thread(address, text)
  return (await import(address)) as Record<string, unknown>
}

let thread: ((address: string, text: string) => Promise<void>) | undefined

const threadProgram = `
const texts = new Map()
export function initialize({ port }) {
  port.on('message', ({ address, text }) => {
    texts.set(address, text)
    port.postMessage(address)
  })
  port.unref()
}
export async function load(url, context, next) {
  const source = texts.get(url)
  return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true }
}`

function startThread(): (address: string, text: string) => Promise<void> {
  const { port1: ours, port2: theirs } = new MessageChannel()
  nodeModule.register(`data:text/javascript,${encodeURIComponent(threadProgram)}`, {
    data: { port: theirs },
    transferList: [theirs],
  })
  return async (address, text) => {
    const taken = once(ours, 'message')
    ours.postMessage({ address, text })
    await taken
    ours.unref()
  }
}

function saltView(world: World): unknown {
  const { functions } = world
  const call = (name: string, args: readonly unknown[] = [], keywords: Record<string, unknown> = {}) =>
    viewOf(
      functions.call(
        name,
        args.map(fromPlain),
        new Map(Object.entries(keywords).map(([key, value]) => [key, fromPlain(value)])),
      ),
    )
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (typeof name !== 'string') return undefined
        if (name === 'call') return call
        return functions.has(name) ? (...args: unknown[]) => call(name, args) : undefined
      },
      has: (_, name) => typeof name === 'string' && functions.has(name),
      ownKeys: () => [...functions.names()],
    },
  )
}
