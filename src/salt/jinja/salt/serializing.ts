/** Salt's filters that write and read YAML and JSON. */
import { callValue } from '../../python/call.ts'
import { Dict } from '../../python/dict.ts'
import { PyError } from '../../python/error.ts'
import { listOf } from '../../python/iterate.ts'
import { readJson, writeJson } from '../../python/json.ts'
import { asForeign, isInteger } from '../../python/kind.ts'
import { repr, str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Keywords, Value } from '../../python/value.ts'
import { readYaml, writeYaml, YamlError } from '../../yaml/index.ts'
import { yamlDoubleQuoted, yamlEncoded, yamlSingleQuoted } from '../../yaml/quote.ts'
import { defineFilter, defineFreeFilter } from '../define.ts'
import { excerptOf, runtimeError } from '../errors.ts'
import { pairs } from '../filters/sequence.ts'
import { Markup } from '../markup.ts'
import { TemplateModule } from '../module.ts'
import { prettyText } from '../pretty.ts'
import { isUndefined } from '../undefined.ts'
import { xmlText } from './xml.ts'

export const serializingFilters = [
  defineFilter({
    name: 'yaml',
    does: 'The value as YAML: in brackets on one line, or with flow_style=False over several.',
    takes: { flow_style: true },
    run: (value, _, flow) => asYaml(value, truth(flow)),
  }),
  defineFreeFilter({
    name: 'json',
    does: 'The value as JSON, keys sorted; sort_keys, indent, ensure_ascii and separators as in json.dumps.',
    run: (value, args, keywords) => {
      const style = jsonStyle(args[1] ?? keywords.get('indent') ?? null, keywords)
      const sortKeys = truth(args[0] ?? keywords.get('sort_keys') ?? true)
      return new Markup(writeJson(data(value), { ...style, sortKeys }).trim())
    },
  }),
  defineFreeFilter({
    name: 'tojson',
    does: 'The value as JSON that is safe inside of HTML.',
    run: (value, args, keywords) => {
      const json = writeJson(data(value), jsonStyle(args[0] ?? keywords.get('indent') ?? null, keywords))
      return new Markup(json.replace(/[<>&']/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`))
    },
  }),
  defineFilter({
    name: 'python',
    does: 'The value as Python writes it.',
    run: value => new Markup(prettyText(data(value))),
  }),
  defineFilter({
    name: 'xml',
    does: 'A mapping as XML: scalars are attributes, mappings and lists are elements.',
    run: value => new Markup(xmlText(data(value))),
  }),
  defineFilter({
    name: 'yaml_encode',
    does: 'One scalar as YAML, texts in double quotes.',
    run: value => yamlEncoded(data(value)),
  }),
  defineFilter({
    name: 'yaml_dquote',
    does: 'A text in double quotes for YAML.',
    run: value => yamlDoubleQuoted(str(value)),
  }),
  defineFilter({
    name: 'yaml_squote',
    does: 'A text in single quotes for YAML.',
    run: value => yamlSingleQuoted(str(value)),
  }),
  defineFilter({
    name: 'dict_to_sls_yaml_params',
    does: 'A mapping as the list of parameters that a state takes.',
    takes: { flow_style: false },
    run: (value, _, flow) =>
      asYaml(
        pairs(value).map(pair => Dict.of([[pair.items[0] ?? null, pair.items[1] ?? null]])),
        truth(flow),
      ),
  }),
  defineFilter({ name: 'load_yaml', does: 'The value of a YAML text.', run: value => loadYaml(value) }),
  defineFilter({ name: 'load_json', does: 'The value of a JSON text.', run: value => loadJson(value) }),
  defineFilter({
    name: 'load_text',
    does: 'The text itself; of an import, its text.',
    run: value => moduleText(value),
  }),
]

/** Undefined values fail here with their own words; HTML texts are texts; what can be iterated is a list. */
function data(value: Value): Value {
  if (isUndefined(value)) value.fail()
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(data)
  if (value instanceof Tuple) return new Tuple(value.items.map(data))
  if (value instanceof Dict) {
    const copy = new Dict(value.className)
    for (const [key, item] of value) copy.set(key instanceof Markup ? key.text : key, data(item))
    return copy
  }
  return asForeign(value)?.pyItem && asForeign(value)?.pyGet?.('keys') ? plainDict(value) : value
}

/** A mapping of ours that is no Dict, as one. */
function plainDict(value: Value): Value {
  const foreign = asForeign(value)
  const copy = new Dict()
  for (const key of listOf(callValue(foreign?.pyGet?.('keys') ?? null, [])))
    copy.set(key, data(foreign?.pyItem?.(key) ?? null))
  return copy
}

function asYaml(value: Value, flow: boolean): Markup {
  const text = writeYaml(data(value), { flow }).trim()
  return new Markup(text.endsWith('\n...') ? text.slice(0, -4) : text)
}

function jsonStyle(indent: Value, keywords: Keywords) {
  const separators = keywords.get('separators')
  const [between, after] = separators === undefined || separators === null ? [] : listOf(separators).map(str)
  return {
    indent: indentOf(indent),
    sortKeys: truth(keywords.get('sort_keys') ?? false),
    ensureAscii: truth(keywords.get('ensure_ascii') ?? true),
    ...(between !== undefined && after !== undefined ? { separators: [between, after] as const } : {}),
  }
}

function indentOf(indent: Value): number | string | null {
  if (typeof indent === 'string') return indent
  return isInteger(indent) ? Number(indent) : null
}

function moduleText(value: Value): Value {
  if (isUndefined(value)) value.fail()
  return value instanceof TemplateModule ? value.pyText() : value
}

function loadYaml(value: Value): Value {
  const text = moduleText(value)
  try {
    return readYaml({ path: '<template>', text: text instanceof Uint8Array ? Buffer.from(text).toString() : str(text) })
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    const shown = `---\n${excerptOf(str(text), error.line)}\n---`
    throw runtimeError(`Encountered error loading yaml: ${error.problem}\n${shown}`)
  }
}

function loadJson(value: Value): Value {
  const text = moduleText(value)
  try {
    return readJson(str(text))
  } catch (error) {
    if (error instanceof PyError)
      throw runtimeError(`Unable to load json from ${typeof text === 'string' ? text : repr(text)}`)
    throw error
  }
}
