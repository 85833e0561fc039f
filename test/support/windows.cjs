// Makes this process one on Windows, for what it loads of the client: its platform, paths and home, and nothing that is not there.
const Module = require('node:module')
const { join, win32 } = require('node:path')

const dist = join(__dirname, '..', '..', 'dist')
const posix = path => (typeof path === 'string' ? path.replace(/^C:/i, '').replaceAll('\\', '/') : path)
const home = `C:${process.env.HOME.replaceAll('/', '\\')}`
const load = Module._load
const allowed = new Set(
  ['buffer', 'fs', 'os', 'path', 'url', 'util', 'crypto', 'http', 'https', 'readline', 'events', 'process', 'child_process'].map(
    name => `node:${name}`,
  ),
)
// commander names it, and starts nothing.
const nothing = new Proxy({}, { get: (_, name) => (name === '__esModule' ? undefined : () => fail(`child_process.${String(name)}`)) })

function fail(what) {
  process.stderr.write(`the client used ${what}\n`)
  process.exit(99)
}

Object.defineProperty(process, 'platform', { value: 'win32' })
for (const name of ['getuid', 'geteuid', 'getgid', 'getegid', 'setuid', 'setgid', 'initgroups']) process[name] = undefined
Module._load = function (request, parent, isMain) {
  if (!parent?.filename?.startsWith(dist) || request.startsWith('.')) return load.call(this, request, parent, isMain)
  const name = request.startsWith('node:') ? request : `node:${request}`
  if (!allowed.has(name)) fail(request)
  if (name === 'node:path') return win32
  const real = load.call(this, request, parent, isMain)
  if (name === 'node:os') return { ...real, homedir: () => home }
  if (name === 'node:child_process') return nothing
  if (name !== 'node:fs') return real
  return new Proxy(real, {
    get: (fs, key) =>
      typeof fs[key] === 'function' ? (...words) => fs[key](...words.map(posix)) : fs[key],
  })
}
