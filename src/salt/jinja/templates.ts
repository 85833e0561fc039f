/** The entry point of the template language: make templates with their loader and globals, then render. */

import { truth } from '../python/truth.ts'
import type { Foreign, Value } from '../python/value.ts'
import type { Environment, Filter, Test } from './environment.ts'
import { faultAt } from './errors.ts'
import { filters } from './filters/index.ts'
import { globals } from './globals.ts'
import { showFullContext } from './salt/full-context.ts'
import { Output, type Run, Scope } from './scope.ts'
import type { Source } from './source.ts'
import { renderInto, Template } from './template.ts'
import { tests } from './tests/index.ts'

export interface TemplateOptions {
  /** Finds the text of a template that another includes, imports or extends; null where there is none. */
  load(name: string, from: Source): Source | null
  readonly globals: ReadonlyMap<string, Value>
  /** Further filters and tests; they take the value as their first argument. */
  readonly filters?: ReadonlyMap<string, Foreign>
  readonly tests?: ReadonlyMap<string, Foreign>
  /** What using an unknown name does: fail (the default), or give nothing. */
  readonly undefined?: 'strict' | 'lenient'
  readonly timeLimitSeconds?: number
  readonly outputLimitBytes?: number
}

export interface Templates {
  /** Throws a TemplateError. The final newline of the text is kept. */
  render(source: Source, context: ReadonlyMap<string, Value>): string
}

const TIME_LIMIT_SECONDS = 60
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024

/** Compiled templates, kept for all who have no filters of their own: they depend on the text alone. */
const shared = new Map<string, Template>()
const MOST_KEPT = 1000

export function createTemplates(options: TemplateOptions): Templates {
  const compiled = options.filters || options.tests ? new Map<string, Template>() : shared
  const compile = (source: Source, name: string | null): Template => {
    const key = `${name === null ? 'main' : `name ${name}`}\n${source.path}`
    const known = compiled.get(key)
    if (known && known.source.text === source.text) return known
    const template = new Template(environment, source, name)
    if (compiled.size > MOST_KEPT) compiled.clear()
    compiled.set(key, template)
    return template
  }
  const environment: Environment = {
    filters: { get: name => filterOf(options.filters?.get(name)) ?? filters.get(name) },
    tests: { get: name => testOf(options.tests?.get(name)) ?? tests.get(name) },
    strict: options.undefined !== 'lenient',
    outputLimit: options.outputLimitBytes ?? OUTPUT_LIMIT_BYTES,
    load: (name, from) => {
      const source = options.load(name, from)
      return source && compile(source, name)
    },
  }
  const base = new Map([...globals, ...options.globals])
  const timeLimitSeconds = options.timeLimitSeconds ?? TIME_LIMIT_SECONDS
  return {
    render: (source, context) => {
      const run = startRun(environment, source, timeLimitSeconds, base, context)
      const out = new Output(environment.outputLimit)
      try {
        renderInto(compile(source, null), pageOf(run), out)
      } catch (thrown) {
        throw faultAt(thrown, run.source, run.line)
      }
      return source.text.endsWith('\n') ? `${out.text}\n` : out.text
    },
  }
}

/** The top level of the template, which knows all that it sees. */
function pageOf(run: Run): Scope {
  const page = new Scope(run, run.outermost)
  const around = [run.outermost.parent, run.outermost, page]
  run.outermost.vars.set(
    'show_full_context',
    showFullContext(() => new Map(around.flatMap(scope => [...(scope?.vars ?? [])]))),
  )
  return page
}

function startRun(
  environment: Environment,
  source: Source,
  timeLimitSeconds: number,
  base: Map<string, Value>,
  context: ReadonlyMap<string, Value>,
): Run {
  const run: Omit<Run, 'outermost'> & { outermost?: Scope } = {
    environment,
    modules: new Map(),
    source,
    line: 1,
    depth: 0,
    deadline: performance.now() + timeLimitSeconds * 1000,
    steps: 0,
    autoescape: false,
  }
  const started = run as Run
  run.outermost = new Scope(started, new Scope(started, null, null, base), null, new Map(context))
  return started
}

function filterOf(foreign: Foreign | undefined): Filter | undefined {
  return foreign && ((value, args, keywords) => foreign.pyCall?.([value, ...args], keywords) ?? null)
}
function testOf(foreign: Foreign | undefined): Test | undefined {
  return foreign && ((value, args, keywords) => truth(foreign.pyCall?.([value, ...args], keywords) ?? null))
}
