/** Renders one SLS: the shebang names its renderers, `#!jinja|yaml` where there is none. */
import { nearest } from '../../kernel/nearest.ts'
import type { World } from '../context/world.ts'
import { TemplateError } from '../jinja/errors.ts'
import { readJson } from '../python/json.ts'
import type { Value } from '../python/value.ts'
import { readYaml, YamlError } from '../yaml/index.ts'
import type { SlsData } from './declare.ts'
import { type Fault, fault } from './faults.ts'
import { placesIn, templatePlace } from './places.ts'
import { slsNames } from './sls-names.ts'
import { readSource } from './source.ts'

export interface SlsFile {
  readonly sls: string
  readonly path: string
  /** Below the file roots. */
  readonly address: string
}

export type Rendered = { readonly text: string; readonly data: SlsData } | { readonly faults: readonly Fault[] }

/** Names beyond those of its place that one SLS sees (a pillar's `defaults`). */
export type ExtraNames = ReadonlyMap<string, Value>

const known = ['jinja', 'yaml', 'json', 'js', 'text']

export async function renderSls(file: SlsFile, world: World, extra?: ExtraNames): Promise<Rendered> {
  let text: string
  try {
    text = readSource(file.path)
  } catch (error) {
    const message = `Rendering SLS 'base:${file.sls}' failed: ${(error as Error).message}`
    const place = { path: file.path, line: 1, column: 1 }
    return { faults: [fault('source', message, { sls: file.sls, place, advice: 'State files are UTF-8 texts.' })] }
  }
  const pipe = pipeOf(text)
  const refused = pipe.find(name => !known.includes(name))
  if (refused !== undefined) return { faults: [unknownRenderer(refused, file, text)] }
  if (pipe[0] === 'js') return world.input.check ? checkedModule(file, text) : renderModule(file, text, world)
  const heldBackBefore = world.heldBack.length
  try {
    const rendered = pipe.includes('jinja') ? await renderTemplate(file, text, world, extra) : text
    return { text: rendered, data: dataOf(pipe, file, text, rendered) }
  } catch (error) {
    const heldBack = world.heldBack[heldBackBefore]
    return {
      faults: [
        heldBack === undefined ? await faultOf(error, file, text) : unknown(file, `its template calls ${heldBack}`),
      ],
    }
  }
}

/** What it says depends on something that a check does not do. */
const unknown = ({ sls, path }: SlsFile, why: string): Fault =>
  fault('unknown', why, { sls, place: { path, line: 1, column: 1 } })

/** A module is a program: only whether it is one is looked at. */
async function checkedModule(file: SlsFile, text: string): Promise<Rendered> {
  const { syntaxFault } = await import('./js-syntax.ts')
  const found = await syntaxFault(text)
  if (found === null) return { faults: [unknown(file, 'it is a program')] }
  const message = `Rendering SLS 'base:${file.sls}' failed: ${found.message}`
  const place = { path: file.path, line: found.line, column: 1 }
  const excerpt = text.split('\n')[found.line - 1] ?? null
  return { faults: [fault('template', message, { sls: file.sls, place, excerpt, advice: 'See the marked line.' })] }
}

/** The renderers that the first line names. */
function pipeOf(text: string): string[] {
  if (!text.startsWith('#!')) return ['jinja', 'yaml']
  const line = text.slice(2).split('\n', 1)[0] ?? ''
  const names = line.split('|').map(part => part.trim().split(/\s+/)[0] ?? '')
  const named = names.filter(name => name !== '' && !name.startsWith('/'))
  return named.length ? named : ['jinja', 'yaml']
}

async function renderTemplate(file: SlsFile, text: string, world: World, extra?: ExtraNames): Promise<string> {
  if (!/\{[{%#]/.test(text)) return text
  const templating = await world.templating(text)
  const names = new Map([...slsNames(file.sls, file.address, file.path), ...(extra ?? [])])
  return templating.renderSls({ path: file.path, text }, names)
}

/** A YamlError of the rendered text, with that text: its places are told by the template's lines. */
class RenderedFault extends Error {
  readonly fault: YamlError
  readonly rendered: string
  constructor(found: YamlError, rendered: string) {
    super(found.message)
    this.fault = found
    this.rendered = rendered
  }
}

function dataOf(pipe: readonly string[], file: SlsFile, text: string, rendered: string): SlsData {
  const { sls, path } = file
  const last = pipe.at(-1)
  if (last === 'json') {
    const value = readJson(rendered.startsWith('#!') ? rendered.slice(rendered.indexOf('\n') + 1) : rendered)
    return { sls, path, value, placeOf: () => ({ path, line: 1, column: 1 }) }
  }
  if (last === 'text') return { sls, path, value: rendered, placeOf: () => ({ path, line: 1, column: 1 }) }
  let value: Value
  try {
    value = readYaml({ path, text: rendered })
  } catch (error) {
    throw error instanceof YamlError ? new RenderedFault(error, rendered) : error
  }
  return { sls, path, value, placeOf: placesIn({ path, text, rendered, value }) }
}

async function renderModule(file: SlsFile, text: string, world: World): Promise<Rendered> {
  const { runModule } = await import('./js-module.ts')
  await world.templating()
  try {
    const value = await runModule(file.path, text, world)
    const place = { path: file.path, line: 1, column: 1 }
    return { text: '', data: { sls: file.sls, path: file.path, value, placeOf: () => place } }
  } catch (error) {
    const { message, line, column } = placedError(error as Error, file.path)
    const place = { path: file.path, line, column }
    const advice = 'The module exports a function (default or `run`) that returns the data of the state file.'
    const excerpt = text.split('\n')[line - 1] ?? null
    return {
      faults: [
        fault('template', `Rendering SLS 'base:${file.sls}' failed: ${message}`, {
          sls: file.sls,
          place,
          excerpt,
          advice,
        }),
      ],
    }
  }
}

/** The first line of the stack inside the file. */
function placedError(error: Error, path: string): { message: string; line: number; column: number } {
  const at = (error.stack ?? '').split('\n').find(line => line.includes(path))
  const [, line = '1', column = '1'] = /:(\d+):?(\d+)?\)?$/.exec(at ?? '') ?? []
  return { message: `${error.name}: ${error.message}`, line: Number(line), column: Number(column) }
}

async function faultOf(error: unknown, file: SlsFile, text: string): Promise<Fault> {
  const { sls } = file
  if (error instanceof TemplateError) {
    const { templateFaultText } = await import('./templating.ts')
    const message = `Rendering SLS 'base:${sls}' failed: ${templateFaultText(error, file.path)}`
    const place = { path: error.path, line: error.line, column: 1 }
    const excerpt = /^(.*) {4}<=+$/m.exec(error.excerpt)?.[1] ?? null
    return fault('template', message, { sls, place, excerpt, advice: templateAdvice(error) })
  }
  if (error instanceof RenderedFault) return yamlFault(error, file, text)
  const message = `Rendering SLS 'base:${sls}' failed: ${(error as Error).message}`
  return fault('yaml', message, { sls, place: { path: file.path, line: 1, column: 1 } })
}

function templateAdvice(error: TemplateError): string {
  if (error.kind === 'undefined') return 'Set it before, give it a value with `| default(…)`, or test `is defined`.'
  if (error.kind === 'limit') return 'Look for a loop, a macro or an import that never ends.'
  return error.kind === 'syntax' ? 'See the marked line; every tag needs its end tag.' : 'See the marked line.'
}

function yamlFault(error: RenderedFault, file: SlsFile, text: string): Fault {
  const { fault: found, rendered } = error
  const words = found.kind === 'scanner' ? found.problem : found.pythonText
  const place = templatePlace({ path: file.path, text, rendered }, found)
  const wrong = rendered.split('\n')[found.line - 1] ?? null
  // As the template has it: what was filled in may be a secret.
  const excerpt = text.split('\n')[place.line - 1] ?? null
  const message = `Rendering SLS 'base:${file.sls}' failed: ${words}`
  return fault('yaml', message, { sls: file.sls, place, excerpt, advice: yamlAdvice(found.problem, wrong) })
}

function yamlAdvice(problem: string, excerpt: string | null): string {
  if (problem.includes('conflicting ID')) return 'Each key may stand once in a mapping: rename or merge the second.'
  if (problem.includes('mapping values are not allowed'))
    return 'A colon followed by a blank inside a value needs quotes; or the line is indented too far.'
  if (problem.includes('cannot start any token'))
    return excerpt?.includes('\t') ? 'Indent with blanks, not with tabs.' : 'Put the value in quotes.'
  return 'Look at the indentation and the quotes of this line and the one before; write {{ value | yaml_encode }} for values of variables.'
}

function unknownRenderer(name: string, file: SlsFile, text: string): Fault {
  const place = { path: file.path, line: 1, column: 1 }
  const near = nearest(name, known)
  const advice =
    name === 'py' || name === 'pydsl' || name === 'pyobjects'
      ? 'Python does not run here: write the same as a `#!js` module that returns the data, or as `#!jinja|yaml`.'
      : `Known are ${known.join(', ')}.${near ? ` Did you mean '${near}'?` : ''}`
  const message = `Rendering SLS 'base:${file.sls}' failed: there is no renderer '${name}'`
  return fault('source', message, { sls: file.sls, place, excerpt: text.split('\n', 1)[0] ?? null, advice })
}
