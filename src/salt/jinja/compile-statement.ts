/** Turns statements of the tree into functions of a scope and an output. */

import { callValue } from '../python/call.ts'
import { Dict } from '../python/dict.ts'
import { PyError, typeError, valueError } from '../python/error.ts'
import { itemsOf, iterate } from '../python/iterate.ts'
import { asForeign, typeName } from '../python/kind.ts'
import { printed } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import type { Value } from '../python/value.ts'
import {
  type Compiling,
  compileArguments,
  compileExpression,
  compileFilter,
  type Evaluate,
} from './compile-expression.ts'
import { compileInheritance } from './compile-inheritance.ts'
import { runtimeError } from './errors.ts'
import { Loop } from './loop.ts'
import { Macro, type MacroShape } from './macro.ts'
import { asHtml, Markup } from './markup.ts'
import { deeper, Output, type Scope, step } from './scope.ts'
import type { Body, Expr, ForNode, MacroNode, Stmt, Target } from './tree.ts'

/** How a statement ended: the next one follows, or the loop around it is left or goes on. */
type Flow = 'next' | 'break' | 'continue'
export type Statement = (scope: Scope, out: Output) => Flow

export function compileBody(to: Compiling, body: Body): Statement {
  const statements = body.map(node => compileStatement(to, node))
  const [only] = statements
  if (only && statements.length === 1) return only
  return (scope, out) => {
    for (const statement of statements) {
      const flow = statement(scope, out)
      if (flow !== 'next') return flow
    }
    return 'next'
  }
}

/** A statement that notes its line, does something, and lets the next one follow. */
function doing(line: number, work: (scope: Scope, out: Output) => void): Statement {
  return (scope, out) => {
    scope.run.line = line
    work(scope, out)
    return 'next'
  }
}

function compileStatement(to: Compiling, node: Stmt): Statement {
  const { line } = node
  switch (node.kind) {
    case 'data': {
      const { text } = node
      return (_, out) => {
        out.write(text)
        return 'next'
      }
    }
    case 'print': {
      const value = compileExpression(to, node.value)
      return doing(line, (scope, out) => print(scope, out, value(scope)))
    }
    case 'do': {
      const value = compileExpression(to, node.value)
      return doing(line, scope => void value(scope))
    }
    case 'if':
      return compileIf(to, node)
    case 'for':
      return compileFor(to, node, line)
    case 'break':
    case 'continue': {
      const { kind } = node
      return () => kind
    }
    case 'set': {
      const value = compileExpression(to, node.value)
      return doing(line, scope => assign(scope, node.target, value(scope)))
    }
    case 'setBlock': {
      const text = compileCapture(to, node.filter, node.body, line)
      return doing(line, scope => assign(scope, node.target, text(scope)))
    }
    case 'filterBlock': {
      const text = compileCapture(to, node.filter, node.body, line)
      return doing(line, (scope, out) => print(scope, out, text(scope)))
    }
    case 'with': {
      const values = node.values.map(value => compileExpression(to, value))
      const body = compileBody(to, node.body)
      return (scope, out) => {
        scope.run.line = line
        const inner = scope.child()
        for (const [at, value] of values.map(one => one(scope)).entries()) assign(inner, node.targets[at], value)
        return body(inner, out)
      }
    }
    case 'scope': {
      const body = compileBody(to, node.body)
      return (scope, out) => body(scope.child(), out)
    }
    case 'autoescape':
      return compileAutoescape(to, node, line)
    case 'macro': {
      const shape = compileMacro(to, node)
      return doing(line, scope => scope.assign(shape.name, new Macro(shape, scope)))
    }
    case 'callBlock':
      return compileCallBlock(to, node.call, node.macro, line)
    default: {
      const work = compileInheritance(to, node)
      return doing(line, work)
    }
  }
}

function print(scope: Scope, out: Output, value: Value): void {
  out.write(scope.run.autoescape ? asHtml(value).text : printed(value))
}

function compileIf(to: Compiling, node: Stmt & { kind: 'if' }): Statement {
  to.soft++
  const branches = node.branches.map(({ test, body, line }) => ({
    test: compileExpression(to, test),
    body: compileBody(to, body),
    line,
  }))
  const otherwise = compileBody(to, node.otherwise)
  to.soft--
  return (scope, out) => {
    for (const { test, body, line } of branches) {
      scope.run.line = line
      if (truth(test(scope))) return body(scope, out)
    }
    return otherwise(scope, out)
  }
}

function compileFor(to: Compiling, node: ForNode, line: number): Statement {
  const over = compileExpression(to, node.over)
  const test = node.test && compileExpression(to, node.test)
  const body = compileBody(to, node.body)
  const otherwise = compileBody(to, node.otherwise)
  const { target, recursive } = node

  const loopOver = (scope: Scope, out: Output, value: Value, depth: number): Flow => {
    const items = loopItems(scope, value, target, test)
    const loop = new Loop(items, scope, depth, recursive ? recurse(scope) : null)
    const grows = value instanceof Dict ? value : null
    const size = grows?.size
    // The list itself is walked, as in Python: items that the body appends are visited too.
    for (let at = 0; at < items.length; at++) {
      step(scope.run)
      const inner = scope.child()
      loop.index = at
      inner.vars.set('loop', loop)
      assign(inner, target, items[at] as Value)
      if (body(inner, out) === 'break') break
      if (grows && grows.size !== size) throw new PyError('RuntimeError', 'dictionary changed size during iteration')
    }
    return items.length ? 'next' : otherwise(scope.child(), out)
  }
  const recurse = (scope: Scope) => (value: Value, depth: number) => {
    const out = new Output(scope.run.environment.outputLimit)
    deeper(scope.run, scope.run.source, () => loopOver(scope, out, value, depth))
    return scope.run.autoescape ? new Markup(out.text) : out.text
  }
  return (scope, out) => {
    scope.run.line = line
    return loopOver(scope, out, over(scope), 0)
  }
}

function loopItems(scope: Scope, value: Value, target: Target, test: Evaluate | null): readonly Value[] {
  if (!test) return Array.isArray(value) ? value : Array.from(iterate(value))
  return Array.from(iterate(value)).filter(one => {
    const inner = scope.child()
    assign(inner, target, one)
    return truth(test(inner))
  })
}

/** The text of a body, through the filters of the tag's head. */
function compileCapture(to: Compiling, filter: Expr | null, nodes: Body, line: number): Evaluate {
  const body = compileBody(to, nodes)
  const text: Evaluate = scope => {
    const out = new Output(scope.run.environment.outputLimit)
    body(scope.child(), out)
    scope.run.line = line
    return scope.run.autoescape ? new Markup(out.text) : out.text
  }
  const chain = (node: Expr | null): Evaluate =>
    node?.kind === 'filter' ? compileFilter(to, node, chain(node.of)) : text
  return chain(filter)
}

function compileAutoescape(to: Compiling, node: Stmt & { kind: 'autoescape' }, line: number): Statement {
  const value = compileExpression(to, node.value)
  const body = compileBody(to, node.body)
  return (scope, out) => {
    scope.run.line = line
    const before = scope.run.autoescape
    scope.run.autoescape = truth(value(scope))
    const flow = body(scope.child(), out)
    scope.run.autoescape = before
    return flow
  }
}

function compileMacro(to: Compiling, node: MacroNode): MacroShape {
  const parameters = node.signature.parameters.map(({ name, fallback }) => ({
    name,
    fallback: fallback && compileExpression(to, fallback),
  }))
  return { name: node.name, parameters, body: compileBody(to, node.body), mentions: node.mentions, source: to.source }
}

function compileCallBlock(to: Compiling, call: Expr, node: MacroNode, line: number): Statement {
  const shape = compileMacro(to, node)
  if (call.kind !== 'call') throw runtimeError('expected call')
  const callee = compileExpression(to, call.of)
  const args = compileArguments(to, call.given)
  return doing(line, (scope, out) => {
    const keywords = new Map(args.keywords(scope)).set('caller', new Macro(shape, scope))
    print(scope, out, callValue(callee(scope), args.positional(scope), keywords))
  })
}

/** Gives a value to a name, several names, or a namespace's field. */
function assign(scope: Scope, target: Target | undefined, value: Value): void {
  if (!target) return
  if (target.kind === 'name') {
    scope.assign(target.name, value)
    return
  }
  if (target.kind === 'field') {
    const of = asForeign(scope.lookup(target.of))
    if (!of?.pySet) throw runtimeError('cannot assign attribute on non-namespace object')
    of.pySet(target.name, value)
    return
  }
  const { targets } = target
  const items = itemsOf(value)
  if (items === undefined) throw typeError(`cannot unpack non-iterable ${typeName(value)} object`)
  const values = Array.from(items)
  if (values.length > targets.length) throw valueError(`too many values to unpack (expected ${targets.length})`)
  if (values.length < targets.length)
    throw valueError(`not enough values to unpack (expected ${targets.length}, got ${values.length})`)
  for (const [at, one] of targets.entries()) assign(scope, one, values[at] ?? null)
}
