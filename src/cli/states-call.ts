/** `corpus states call` past the other commands, as engines' tests call it by the hundred: the same words, the same document. */
import { readFileSync } from 'node:fs'
import { callStates, type StatesCall } from '../controller/states-call.ts'
import { Dict } from '../salt/python/dict.ts'
import { writeJson } from '../salt/python/json.ts'
import { localShell } from '../shell/local.ts'

/** Every option but --test. */
const valued = {
  '--work': 'work',
  '--file-root': 'file_root',
  '--pillar-root': 'pillar_root',
  '--pillar': 'pillar',
  '--grains': 'grains',
  '--config': 'config',
  '--cfg': 'cfg',
} as const satisfies Readonly<Record<string, keyof StatesCall>>

/** Writes the document to standard output and gives the exit status. */
export async function statesCall(argv: string[]): Promise<number> {
  const call = readLine(argv)
  if (typeof call === 'string') {
    process.stderr.write(`${call}\n`)
    return 2
  }
  const { value, exit } = await callStates({ shell: localShell }, call)
  process.stdout.write(`${writeJson(Dict.of({ local: value }), { indent: 4, ensureAscii: false })}\n`)
  return exit
}

function readLine(argv: readonly string[]): StatesCall | string {
  const options: { -readonly [Key in (typeof valued)[keyof typeof valued]]?: string } = {}
  const words: string[] = []
  let test = false
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [name = '', inline] = word.startsWith('--') ? splitOnce(word) : ['']
    if (words.length > 0 || !word.startsWith('--')) words.push(word)
    else if (word === '--test') test = true
    else if (isValued(name)) options[valued[name]] = inline ?? argv[++at] ?? ''
    else return `${name} is no option; there are ${Object.keys(valued).join(', ')} and --test.`
  }
  const [name = 'state.highstate', ...rest] = words
  const cfg = options.cfg === undefined ? {} : { cfg: readFileSync(options.cfg, 'utf8') }
  return { ...options, ...cfg, name, words: rest, test }
}

const isValued = (name: string): name is keyof typeof valued => Object.hasOwn(valued, name)

function splitOnce(word: string): [string, string?] {
  const at = word.indexOf('=')
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}
