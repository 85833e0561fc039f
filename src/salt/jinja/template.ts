/** A compiled template: its body and its blocks. */
import { repr } from '../python/repr.ts'
import type { Foreign, Value } from '../python/value.ts'
import type { Compiling } from './compile-expression.ts'
import { compileBody, type Statement } from './compile-statement.ts'
import type { Environment } from './environment.ts'
import { Markup } from './markup.ts'
import { parseTree } from './parse-statement.ts'
import { type BlockRun, deeper, Output, type Scope } from './scope.ts'
import type { Source } from './source.ts'
import { Stream } from './stream.ts'

export class Template {
  readonly source: Source
  /** The name it was loaded by; null for the one that is rendered itself. */
  readonly name: string | null
  readonly body: Statement
  readonly blocks: ReadonlyMap<string, Statement>

  constructor(environment: Environment, source: Source, name: string | null) {
    const to: Compiling = { environment, source, name, soft: 0 }
    const tree = parseTree(new Stream(source))
    this.source = source
    this.name = name
    this.body = compileBody(to, tree.body)
    this.blocks = new Map(Array.from(tree.blocks, ([block, { body }]) => [block, compileBody(to, body)]))
  }
}

/** Runs a template at the top level `scope`, then what it extends. */
export function renderInto(template: Template, scope: Scope, out: Output): void {
  const { blocks } = scope.top
  for (const [name, body] of template.blocks) {
    const runs = blocks.get(name) ?? []
    blocks.set(name, runs)
    runs.push(blockRun(name, body, template.source, runs, runs.length))
  }
  scope.vars.set('self', reference(template, scope))
  deeper(scope.run, template.source, () => template.body(scope, out))
  const { extended } = scope.top
  if (!extended) return
  scope.top.extended = null
  out.muted = false
  deeper(scope.run, extended.source, () => renderInto(extended, scope, out))
}

/** One definition of a block; `super` in it is the next one of `runs`. */
function blockRun(name: string, body: Statement, source: Source, runs: readonly BlockRun[], at: number): BlockRun {
  return (around, out) => {
    const scope = around.child()
    scope.vars.set('super', superOf(name, runs, at + 1, around))
    deeper(scope.run, source, () => body(scope, out))
  }
}

function superOf(name: string, runs: readonly BlockRun[], at: number, around: Scope): Value {
  if (!runs[at]) return around.undefined(`there is no parent block called '${name}'.`)
  return {
    pyType: 'BlockReference',
    pyCall: () => textOf(runs[at], around),
    pyGet: attribute => (attribute === 'super' ? superOf(name, runs, at + 1, around) : undefined),
  }
}

/** `self.name()` renders a block once more. */
function reference({ name: template }: Template, scope: Scope): Foreign {
  const { blocks } = scope.top
  return {
    pyType: 'TemplateReference',
    pyText: () => `<TemplateReference ${repr(template)}>`,
    pyGet: name =>
      blocks.has(name) ? { pyType: 'BlockReference', pyCall: () => textOf(blocks.get(name)?.[0], scope) } : undefined,
  }
}

function textOf(run: BlockRun | undefined, scope: Scope): Value {
  const out = new Output(scope.run.environment.outputLimit)
  run?.(scope, out)
  return scope.run.autoescape ? new Markup(out.text) : out.text
}
