/** corpus states apply, render and show: state files by hand. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import type { OpenStates } from '../../controller/states.ts'
import { CorpusError } from '../../kernel/errors.ts'
import type { Fault } from '../../salt/language/faults.ts'
import type { Dict } from '../../salt/python/dict.ts'
import type { StepResult } from '../../salt/runner/result.ts'
import type { RunEvent } from '../../salt/runner/run.ts'
import { type CommandOption, defineCommand, type Invocation, textOption } from '../command.ts'
import { paintFor } from '../paint.ts'
import { tableText } from '../table.ts'

const where: readonly CommandOption[] = [
  { flags: '--file-root DIR', does: 'the state files of this folder in place of a project; every word is then an SLS' },
  { flags: '--pillar-root DIR', does: 'its pillar, with a top.sls' },
  { flags: '--pillar JSON', does: 'pillar values laid over the others' },
  { flags: '--cfg FILE', does: 'a mapping (JSON or YAML) that templates see as cfg' },
]

export const statesApplyCommand = defineCommand({
  name: 'states apply',
  does: 'Applies state files: of a project (its .salt/top.sls, else every numbered file), or of a folder.',
  arguments: ['[NAME]', '[SLS...]'],
  options: [...where, { flags: '--test', does: 'say what would change, with diffs, and change nothing' }],
  answers: true,
  example: 'corpus states apply --file-root ./salt --test web.app',
  async run(invocation) {
    const test = invocation.options['test'] === true
    return withStates(invocation, test, open => applyShown(invocation, open, test))
  },
})

/** Applies what is open and tells each result; ends with 1 when a state failed, under test with 2 when one would change something. */
export async function applyShown(invocation: Invocation, open: OpenStates, test: boolean): Promise<number> {
  const { applyOpened } = await import('../../controller/states.ts')
  const began = Date.now()
  const tell = invocation.json ? () => {} : await teller(invocation)
  const { results, faults, ok } = await applyOpened(open, tell)
  if (faults.length > 0) return faulted(invocation, faults)
  if (invocation.json) {
    const { resultsDict } = await import('../../salt/runner/result.ts')
    await printLocal(invocation, resultsDict(results))
  } else {
    const { summaryText } = await import('../states-text.ts')
    invocation.print(summaryText(results.values(), Date.now() - began, paintFor(process.stdout)))
  }
  if (!ok) return 1
  return test && [...results.values()].some(({ result }) => result === null) ? 2 : 0
}

export const statesRenderCommand = defineCommand({
  name: 'states render',
  does: 'Prints what the templates of state files make: the text that YAML then reads.',
  arguments: ['[NAME]', '[SLS...]'],
  options: where,
  answers: true,
  example: 'corpus states render --file-root ./salt web.app',
  async run(invocation) {
    return withStates(invocation, true, async open => {
      const { renderOpened } = await import('../../controller/states.ts')
      const { texts, faults } = await renderOpened(open)
      if (faults.length > 0) return faulted(invocation, faults)
      if (invocation.json) invocation.print(`${JSON.stringify(Object.fromEntries(texts))}\n`)
      else if (texts.size === 1) invocation.print([...texts.values()].map(ended).join(''))
      else for (const [sls, text] of texts) invocation.print(`# ${sls}\n${ended(text)}\n`)
      return 0
    })
  },
})

export const statesCallCommand = defineCommand({
  name: 'states call',
  does: "Makes one call as salt-call takes it (state.sls, state.highstate, test.ping …) and prints what `salt-call --out json` prints: for engines' tests.",
  arguments: ['FUNCTION', '[ARGUMENT...]'],
  options: [
    { flags: '--file-root DIR', does: 'the state files' },
    { flags: '--pillar-root DIR', does: 'the pillar, with a top.sls' },
    { flags: '--pillar JSON', does: 'pillar values laid over the others' },
    { flags: '--grains JSON', does: "grains laid over the machine's" },
    { flags: '--config JSON', does: 'options of the engine, such as failhard' },
    { flags: '--cfg FILE', does: 'a mapping (JSON) that templates see as cfg' },
    { flags: '--work DIR', does: 'a folder for what lasts no longer than the call' },
    { flags: '--test', does: 'change nothing' },
  ],
  example: 'corpus states call --file-root ./salt state.sls web.app',
  async run({ args, options, print }) {
    const { called } = await import('./states-call.ts')
    const { test, ...texts } = options
    const flag = (name: string) => `--${name.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`
    const given = Object.entries(texts).flatMap(([name, value]) =>
      typeof value === 'string' ? [[flag(name), value] as const] : [],
    )
    return called(
      { options: new Map(given), test: test === true, words: args.filter(word => word !== undefined) },
      print,
    )
  },
})

export const statesShowCommand = defineCommand({
  name: 'states show',
  does: 'Lists the steps of state files in the order in which they would run.',
  arguments: ['[NAME]', '[SLS...]'],
  options: where,
  answers: true,
  example: 'corpus states show demo',
  async run(invocation) {
    return withStates(invocation, true, async open => {
      const { showOpened } = await import('../../controller/states.ts')
      const { steps, faults, doubts } = await showOpened(open)
      if (faults.length > 0) return faulted(invocation, faults)
      if (doubts.length > 0) {
        const { faultText } = await import('../../salt/language/faults.ts')
        process.stderr.write(doubts.map(one => `warning: ${faultText(one)}\n`).join(''))
      }
      if (invocation.json) {
        const { stepDict } = await import('../../salt/language/step.ts')
        await printLocal(invocation, steps.map(stepDict))
      } else
        invocation.print(
          tableText(
            ['', 'state', 'id', 'name', 'sls', 'line'],
            steps.map((step, at) => [
              at + 1,
              `${step.module}.${step.function}`,
              step.id,
              step.name === step.id ? '' : step.name,
              step.sls,
              step.place.line,
            ]),
          ),
        )
      return 0
    })
  },
})

const ended = (text: string): string => (text.endsWith('\n') || text === '' ? text : `${text}\n`)

/** Opens what the words name, stops it when it is interrupted, and closes it. */
async function withStates(
  invocation: Invocation,
  test: boolean,
  use: (open: OpenStates) => Promise<number>,
): Promise<number> {
  const { openFolderStates, openProjectStates } = await import('../../controller/states.ts')
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  const words = invocation.args.filter(word => word !== undefined)
  const fileRoot = textOption(invocation, 'fileRoot')
  const pillarRoot = textOption(invocation, 'pillarRoot')
  if (fileRoot === undefined && (textOption(invocation, 'cfg') ?? pillarRoot) !== undefined)
    throw new CorpusError('USAGE', '--cfg and --pillar-root go with --file-root: a project has its own.')
  const pillar = await mappingOption(invocation, 'pillar')
  const cfg = await cfgOption(invocation)
  const choice = { by: invocation.by, test, signal: stopped.signal, ...(pillar ? { pillar } : {}) }
  const [name, ...rest] = words
  if (fileRoot === undefined && name === undefined)
    throw new CorpusError('USAGE', 'Name a project, or a folder with --file-root.')
  const open =
    fileRoot === undefined
      ? await openProjectStates(invocation.context, name as string, { ...choice, sls: slsOf(rest) })
      : openFolderStates(invocation.context, {
          ...choice,
          sls: slsOf(words),
          fileRoot,
          ...(pillarRoot === undefined ? {} : { pillarRoot }),
          ...(cfg ? { cfg } : {}),
        })
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await use(open)
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    open.close()
  }
}

/** `a,b c` names three. */
const slsOf = (words: readonly string[]): string[] => words.flatMap(word => word.split(',')).filter(Boolean)

async function cfgOption(invocation: Invocation): Promise<Dict | undefined> {
  const file = textOption(invocation, 'cfg')
  if (file === undefined) return undefined
  if (!existsSync(file)) throw new CorpusError('USAGE', `There is no file ${file}.`)
  if (statSync(file).isDirectory()) throw new CorpusError('USAGE', `${file} is no file.`)
  return mappingOf(file, readFileSync(file, 'utf8'))
}

async function mappingOption(invocation: Invocation, option: string): Promise<Dict | undefined> {
  const text = textOption(invocation, option)
  return text === undefined ? undefined : mappingOf(`--${option}`, text)
}

/** JSON is YAML too. */
async function mappingOf(path: string, text: string): Promise<Dict> {
  const [{ readYaml }, { Dict }] = await Promise.all([
    import('../../salt/yaml/read.ts'),
    import('../../salt/python/dict.ts'),
  ])
  let detail = ''
  try {
    const value = readYaml({ path, text })
    if (value instanceof Dict) return value
  } catch (error) {
    detail = error instanceof Error ? error.message : String(error)
  }
  throw new CorpusError('USAGE', `${path} is no mapping.`, { detail })
}

/** Each state as it ends; on a terminal also the one that runs. */
async function teller(invocation: Invocation): Promise<(event: RunEvent) => void> {
  const { resultText } = await import('../states-text.ts')
  const paint = paintFor(process.stdout)
  const live = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb'
  return event => {
    const { step } = event
    if (event.kind === 'step-started' && live)
      invocation.print(paint('dim', `${'…'.padEnd(12)}  ${step.module}.${step.function}  ${step.id}`.slice(0, 78)))
    if (event.kind !== 'step-ended') return
    if (live) process.stdout.write('\r\x1b[K')
    invocation.print(resultText(event.result as StepResult, paint))
  }
}

async function printLocal(invocation: Invocation, value: Dict | Dict[] | string[]): Promise<void> {
  const [{ Dict }, { writeJson }] = await Promise.all([
    import('../../salt/python/dict.ts'),
    import('../../salt/python/json.ts'),
  ])
  invocation.print(`${writeJson(Dict.of({ local: value }), { indent: 4, ensureAscii: false })}\n`)
}

/** As Salt answers for a tree that does not compile; people get places and advice too. */
async function faulted(invocation: Invocation, faults: readonly Fault[]): Promise<number> {
  if (invocation.json)
    await printLocal(
      invocation,
      faults.map(({ message }) => message),
    )
  const { faultText } = await import('../../salt/language/faults.ts')
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  const { catalogue } = await import('../../kernel/errors.ts')
  const { wayOut, exit } = catalogue.STATES_INVALID
  const lines = faults.map(one => faultText(one).replace(/^/gm, '  ')).join('\n')
  process.stderr.write(`corpus: The state files have ${count}. (STATES_INVALID)\n${lines}\n  ${wayOut}\n`)
  return exit
}
