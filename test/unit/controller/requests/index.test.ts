import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TypeGuard } from '@sinclair/typebox'
import { describe, expect, test } from 'vitest'
import { drawn } from '../../../../src/cli/drawings/index.ts'
import { inOurWords } from '../../../../src/cli/foreign.ts'
import { typed } from '../../../../src/cli/words.ts'
import { readParams } from '../../../../src/controller/params.ts'
import { behind, type Command, commands } from '../../../../src/controller/reference/commands.ts'
import { requests } from '../../../../src/controller/requests/index.ts'
import { rights, targets } from '../../../../src/controller/rights.ts'
import { CorpusError } from '../../../../src/kernel/errors.ts'
import { wordsOf } from '../../../../src/kernel/shell-word.ts'
import { openApiText } from '../../../../src/serve/open-api.ts'

/** No machine: no word is a project's name for certain. */
const asker = {
  isProject: () => false,
  projectHere: () => Promise.reject(new CorpusError('USAGE', 'Name the project.')),
}
const folder = join(import.meta.dirname, '../../../../src/controller/requests')

const paramsOf = (name: string) => commands.find(one => one.name === name)?.params ?? { properties: {} }

/** The command and the params that a line means. */
async function read(line: string) {
  const words = wordsOf((/corpus (.*?)(?: (?:&&|>) .*)?$/.exec(line)?.[1] ?? '').trim()) ?? []
  const isCommand = (name: string) => commands.some(one => one.name === name || one.name.startsWith(`${name} `))
  const [first = '', second = '', ...rest] = inOurWords(words, isCommand)
  const two = commands.find(one => one.name === `${first} ${second}` && one.behind === undefined)
  const command = two ?? commands.find(one => one.name === first)
  if (command === undefined) throw new Error(`${line}: no command`)
  const { positional, options } = apart(command, two ? rest : second === '' ? [] : [second, ...rest])
  return typed(command, positional, options, asker)
}

/** Options and words, as they are declared. */
function apart(command: Command, words: readonly string[]) {
  const known = [command, ...behind(command)].flatMap(one => one.options)
  const options: Record<string, unknown> = {}
  const positional: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (!word.startsWith('-') || (command.passesOn && positional.length > 0)) {
      positional.push(word)
      continue
    }
    if (word === '--json') continue
    const option = known.find(one => one.flags.split(/, | /).includes(word))
    if (option === undefined) throw new Error(`${command.name} has no option ${word}`)
    const value = / [A-Z]/.test(option.flags) ? words[++at] : true
    options[option.param] = option.many ? [...((options[option.param] as string[] | undefined) ?? []), value] : value
  }
  return { positional, options }
}

test('a request has a file of its own, which bears its name, and the command line draws no other', () => {
  const names = requests.map(one => one.name)
  expect(new Set(names).size).toBe(names.length)
  const shared = ['answers', 'index', 'job', 'procedures']
  const files = readdirSync(folder).map(file => file.replace(/\.ts$/, ''))
  const alone = requests.filter(one => existsSync(join(folder, `${one.name.replaceAll(' ', '-')}.ts`)))
  expect(files.filter(file => !shared.includes(file)).sort()).toEqual(
    alone.map(one => one.name.replaceAll(' ', '-')).sort(),
  )
  for (const one of requests.filter(one => !alone.includes(one))) expect(one.http).toContain('/procedures/')
  expect(drawn.filter(name => !names.includes(name))).toEqual([])
  // What is drawn by nobody is a deployment.
  expect(requests.filter(one => !drawn.includes(one.name)).map(one => one.kind)).not.toContain('read')
  expect(requests.filter(one => !drawn.includes(one.name)).map(one => one.kind)).not.toContain('change')
})

test('the command line calls nothing of the controller beside what is declared', () => {
  const cli = join(import.meta.dirname, '../../../../src/cli')
  const calls = readdirSync(cli, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .flatMap(file =>
      [
        ...readFileSync(join(cli, file), 'utf8').matchAll(
          /(?:^import (?!type )[^']*?from|import\() ?'[./]+\/controller\/([\w/-]+)\.ts'/gms,
        ),
      ]
        .map(match => match[1] ?? '')
        .filter(
          module => !module.startsWith('reference/') && !['params', 'told', 'answer', 'recorded'].includes(module),
        )
        .map(module => `${file}: ${module}`),
    )
  // What the folder that one stands in says and is told, this terminal, and the short way for engines' tests.
  expect(calls.sort()).toEqual([
    'local.ts: clone',
    'local.ts: clone',
    'local.ts: clone',
    'local.ts: remote',
    'local.ts: run',
    'states-call.ts: states-call',
  ])
})

test('every line of HTTP is another, and names params; what it reads changes nothing', () => {
  const routes = requests.map(({ http }) => http.replace(/\{\w+\}/g, '{}'))
  expect(routes.filter((route, at) => routes.indexOf(route) !== at)).toEqual([])
  for (const { name, http, params, kind } of requests) {
    const named = [...http.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? '')
    expect([name, named.filter(one => !Object.keys(params.properties).includes(one))]).toEqual([name, []])
    // What the path names cannot be left out.
    expect([name, named.filter(one => params.required?.includes(one) !== true)]).toEqual([name, []])
    // A whole file stands in no query.
    const isGet = kind === 'read' && name !== 'plan file'
    expect([name, http.startsWith('GET ')]).toEqual([name, isGet])
  }
})

test('every request takes a right that there is, on something that there is', () => {
  for (const { name, right, more = {}, params } of requests) {
    const [word, target] = right.split(' on ')
    expect([name, rights, targets]).toEqual([name, expect.arrayContaining([word]), expect.arrayContaining([target])])
    for (const [param, needed] of Object.entries(more)) {
      expect([name, Object.keys(params.properties)]).toEqual([name, expect.arrayContaining([param])])
      expect([...rights, 'admin on machine']).toContain(needed)
    }
    // Of a project, its name is known before anything is done.
    if (target === 'project' && name !== 'list') expect([name, 'name' in params.properties]).toEqual([name, true])
  }
})

test('what names a place of the machine, and what saves settings, is held to more than the project’s rights', () => {
  const ofMachine = (right: string) => right === 'admin on machine'
  const faults = commands.flatMap(({ name, params, right, more = {} }) =>
    Object.entries(params.properties).flatMap(([param, shape]) => {
      const label = `${shape.word ?? ''} ${shape.flag ?? ''}`
      const isPlace = /\b(DIR|FILE|PATH)\b/.test(label) && shape.contents === undefined
      const isSetting = label.includes('KEY') && /config|deploy|init/.test(name) && !name.endsWith('get')
      return [
        ...(isPlace && !ofMachine(right) && !ofMachine(more[param] ?? '') ? [`${name}: ${param} is a place`] : []),
        ...(isSetting && shape.settings === undefined ? [`${name}: ${param} saves settings`] : []),
      ]
    }),
  )
  expect(faults).toEqual([])
  expect(
    commands.filter(one => Object.values(one.params.properties).some(shape => shape.settings)).length,
  ).toBeGreaterThan(3)
})

test('every command has a route of its own, and every route is of a command', () => {
  const routes = requests.map(one => one.http.replaceAll(/\{\w+\}/g, '{}'))
  expect(new Set(routes).size).toBe(routes.length)
  const asked = new Set(commands.map(one => one.http))
  expect(requests.map(one => one.http).filter(http => !asked.has(http))).toEqual([])
  expect(commands).toHaveLength(requests.length)
  const paths = Object.entries<object>(JSON.parse(openApiText('1')).paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  )
  const others = paths.filter(one => !asked.has(one as (typeof requests)[number]['http']))
  // Sessions are a browser's alone.
  expect(others.filter(one => !/^(GET|POST) \/auth\//.test(one))).toEqual([])
})

test('what is paged is a list of things with names, and what is changed can be read', () => {
  for (const { name, paged, answer } of requests.filter(one => one.paged !== undefined)) {
    const { items } = answer as { readonly items?: { readonly properties?: object } }
    expect([name, Object.keys(items?.properties ?? {})]).toEqual([name, expect.arrayContaining([paged?.by])])
  }
  for (const { name, changes, http } of requests.filter(one => one.changes !== undefined)) {
    const read = requests.find(one => one.name === changes)
    const at = read?.http.slice('GET '.length) ?? '?'
    expect([name, read?.kind, http.slice(http.indexOf(' ') + 1).startsWith(at)]).toEqual([name, 'read', true])
  }
})

test('every shape of an answer is one that can be checked, and every param has words of its own', () => {
  for (const { name, params, answer } of requests) {
    expect([name, TypeGuard.IsSchema(answer), TypeGuard.IsObject(params)]).toEqual([name, true, true])
    for (const [param, shape] of Object.entries(params.properties))
      expect([name, param, shape.description ?? '']).toEqual([name, param, expect.stringMatching(/./)])
  }
})

describe('every example parses to the request that it is of', () => {
  // A file that it names is not here, nor is standard input.
  test.each(requests.filter(one => !/@|\.pub|\.yaml|-stdin/.test(one.example)).map(one => [one.example, one] as const))(
    '%s',
    async (example, request) => {
      const { command, given } = await read(example)
      expect(command.name).toBe(request.name)
      const named = request.name === 'init' ? { name: 'shop', ...given } : given
      expect(() => readParams(command.params, named)).not.toThrow()
    },
  )
})

test('words of a command line and JSON mean the same', async () => {
  for (const [line, json] of [
    ['corpus rollback demo v12 --with-data', { name: 'demo', release: 'v12', with_data: true }],
    [
      'corpus deploy demo --only build,activate --set a=1 --set b=2',
      { name: 'demo', only: ['build', 'activate'], set: ['a=1', 'b=2'] },
    ],
    ['corpus logs demo --app --lines 20', { name: 'demo', app: true, lines: 20 }],
    ['corpus env set demo A=1 B==x', { name: 'demo', variables: { A: '1', B: '=x' } }],
    ['corpus run demo -- ls -l --json', { name: 'demo', command: ['ls', '-l', '--json'] }],
    ['corpus ps demo scale web=2', { name: 'demo', counts: ['web=2'] }],
    ['corpus maintenance demo off', { name: 'demo', state: 'off' }],
    ['corpus plan --file package.json --prune', { file: readFileSync('package.json', 'utf8'), prune: true }],
    ['corpus states show --file-root . a b', { name: 'a', sls: ['b'], file_root: '.' }],
  ] as const) {
    const { command, given } = await read(line)
    expect(readParams(command.params, given)).toEqual(json)
    expect(readParams(command.params, JSON.parse(JSON.stringify(json)))).toEqual(json)
  }
})

test('what is asked is understood whole, or refused', () => {
  const rollback = paramsOf('rollback')
  for (const [given, why] of [
    [{}, 'NAME is missing'],
    [{ name: 'Demo' }, 'not a project name'],
    [{ name: '../etc' }, 'not a project name'],
    [{ name: 7 }, 'NAME is a text'],
    [{ name: 'demo', with_data: 'yes' }, '--with-data is true or false'],
    [{ name: 'demo', withData: true }, '"withData" is nothing'],
    [{ name: 'demo', release: ['v1'] }, 'RELEASE is a text'],
    [JSON.parse('{"name": "demo", "__proto__": {"release": "v1"}}'), '"__proto__" is nothing'],
  ] as const)
    expect(() => readParams(rollback, given)).toThrow(why)
  const logs = paramsOf('logs')
  for (const lines of ['1e3', '-1', '1000000', 1.5, null, {}])
    expect(() => readParams(logs, { name: 'demo', lines })).toThrow('--lines is a whole number')
})

test('standard input is read once: two variables that want it are refused', async () => {
  await expect(read('corpus env set demo A=- B=-')).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' })
})
