/** `corpus states call`: one call of the state engine, its outcome as one JSON document, as `salt-call --out json` has it. */
import { readFileSync } from 'node:fs'
import type { StatesInput } from '../../salt/apply.ts'
import { Dict } from '../../salt/python/dict.ts'
import { readJson, writeJson } from '../../salt/python/json.ts'
import type { Value } from '../../salt/python/value.ts'
import { localShell } from '../../shell/local.ts'

/** What the command line says. */
export interface CallLine {
  readonly options: ReadonlyMap<string, string>
  readonly test: boolean
  /** The function, then its arguments. */
  readonly words: readonly string[]
}

/** Every option but --test. */
const valued = new Set(['--work', '--file-root', '--pillar-root', '--pillar', '--grains', '--config', '--cfg'])

/** Writes the document to standard output and gives the exit status. */
export async function statesCall(argv: string[]): Promise<number> {
  const line = readLine(argv)
  if (typeof line === 'string') {
    process.stderr.write(`${line}\n`)
    return 2
  }
  return called(line, text => process.stdout.write(text))
}

/** Makes the call and prints its document. */
export async function called(line: CallLine, print: (text: string) => void): Promise<number> {
  const { callEngine } = await import('../../salt/runner/call-engine.ts')
  const [name = 'state.highstate', ...args] = line.words
  const { value, exit } = await callEngine(name, args, inputOf(line))
  print(`${writeJson(Dict.of({ local: value }), { indent: 4, ensureAscii: false })}\n`)
  return exit
}

function readLine(argv: readonly string[]): CallLine | string {
  const options = new Map<string, string>()
  const words: string[] = []
  let test = false
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [name = '', inline] = word.startsWith('--') ? splitOnce(word) : ['']
    if (words.length > 0 || !word.startsWith('--')) words.push(word)
    else if (word === '--test') test = true
    else if (!valued.has(name)) return `${name} is no option; there are ${[...valued].join(', ')} and --test.`
    else options.set(name, inline ?? argv[++at] ?? '')
  }
  return { options, test, words }
}

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf('=')
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

function inputOf({ options, test }: CallLine): Omit<StatesInput, 'sls'> {
  const cfgFile = options.get('--cfg')
  const mapping = (name: string) => mappingOf(options.get(name))
  const given = {
    pillar: mapping('--pillar'),
    grains: mapping('--grains'),
    opts: mapping('--config'),
    cfg: cfgFile === undefined ? undefined : mappingOf(readFileSync(cfgFile, 'utf8')),
    work: options.get('--work'),
  }
  return {
    shell: localShell,
    fileRoots: list(options.get('--file-root')),
    pillarRoots: list(options.get('--pillar-root')),
    test,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<StatesInput>),
  }
}

function mappingOf(text: string | undefined): Dict | undefined {
  if (text === undefined) return undefined
  const value: Value = readJson(text)
  return value instanceof Dict ? value : new Dict()
}

function list(folder: string | undefined): string[] {
  return folder === undefined ? [] : [folder]
}
