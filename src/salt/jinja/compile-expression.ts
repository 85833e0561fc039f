/** Turns expressions of the tree into functions of a scope. */
import { negative, operate, positive } from '../python/arithmetic.ts'
import { callMethod } from '../python/attribute.ts'
import { callValue, NO_KEYWORDS } from '../python/call.ts'
import { contains, equals, ordered } from '../python/compare.ts'
import { Dict } from '../python/dict.ts'
import { refuseHuge, typeError } from '../python/error.ts'
import { hashable } from '../python/hashable.ts'
import { itemsOf } from '../python/iterate.ts'
import { typeName } from '../python/kind.ts'
import { pairsOf } from '../python/methods/dict.ts'
import { str } from '../python/repr.ts'
import { sliceOf } from '../python/slice.ts'
import { truth } from '../python/truth.ts'
import { Tuple } from '../python/tuple.ts'
import type { Keywords, Value } from '../python/value.ts'
import type { Environment, Filter, Test } from './environment.ts'
import { runtimeError, syntaxError } from './errors.ts'
import { asHtml, Markup } from './markup.ts'
import { attribute, item } from './resolve.ts'
import { type Scope, step } from './scope.ts'
import type { Source } from './source.ts'
import type { CallArguments, Comparison, Expr } from './tree.ts'
import { isUndefined, Undefined } from './undefined.ts'

export type Evaluate = (scope: Scope) => Value

/** What the compiler knows of the template. */
export interface Compiling {
  readonly environment: Environment
  readonly source: Source
  /** The name under which it was loaded; null for the one that is rendered. */
  readonly name: string | null
  /** Inside of an `if`, where an unknown filter is a fault only when it is reached. */
  soft: number
}

export function compileExpression(to: Compiling, node: Expr): Evaluate {
  switch (node.kind) {
    case 'constant': {
      const { value } = node
      return () => value
    }
    case 'name': {
      const { name } = node
      return scope => scope.lookup(name)
    }
    case 'tuple': {
      const items = compileAll(to, node.items)
      return scope => new Tuple(items.map(one => one(scope)))
    }
    case 'list': {
      const items = compileAll(to, node.items)
      return scope => items.map(one => one(scope))
    }
    case 'dict':
      return compileDict(to, node.pairs)
    case 'attribute': {
      const of = compileExpression(to, node.of)
      const { name } = node
      return scope => attribute(scope, of(scope), name)
    }
    case 'item': {
      const of = compileExpression(to, node.of)
      const key = compileExpression(to, node.key)
      return scope => item(scope, of(scope), key(scope))
    }
    case 'slice':
      return compileSlice(to, node.of, node.bounds)
    case 'call':
      return compileCall(to, node.of, node.given)
    case 'filter': {
      const of = node.of ? compileExpression(to, node.of) : () => null
      return compileFilter(to, node, of)
    }
    case 'test':
      return compileTest(to, node)
    case 'binary': {
      const [left, right] = [compileExpression(to, node.left), compileExpression(to, node.right)]
      const { operator } = node
      return scope => operate(operator, left(scope), right(scope))
    }
    case 'sign': {
      const of = compileExpression(to, node.of)
      return node.operator === '-' ? scope => negative(of(scope)) : scope => positive(of(scope))
    }
    case 'not': {
      const of = compileExpression(to, node.of)
      return scope => !truth(of(scope))
    }
    case 'and':
    case 'or':
      return compileChoiceOfTwo(to, node)
    case 'compare':
      return compileComparison(to, node.of, node.steps)
    case 'concat': {
      const parts = compileAll(to, node.parts)
      return scope =>
        concatenate(
          scope,
          parts.map(part => part(scope)),
        )
    }
    case 'choice':
      return compileChoice(to, node)
  }
}

function compileAll(to: Compiling, nodes: readonly Expr[]): Evaluate[] {
  return nodes.map(node => compileExpression(to, node))
}

function compileDict(to: Compiling, nodes: readonly (readonly [Expr, Expr])[]): Evaluate {
  const pairs = nodes.map(([key, value]) => [compileExpression(to, key), compileExpression(to, value)] as const)
  return scope => {
    const dict = new Dict()
    for (const [key, value] of pairs) dict.set(hashable(key(scope)), value(scope))
    return dict
  }
}

function compileSlice(to: Compiling, node: Expr, bounds: readonly (Expr | null)[]): Evaluate {
  const of = compileExpression(to, node)
  const [start, stop, stride] = [0, 1, 2].map(at => {
    const bound = bounds[at]
    return bound ? compileExpression(to, bound) : () => null
  }) as [Evaluate, Evaluate, Evaluate]
  return scope => {
    const value = of(scope)
    if (isUndefined(value)) return value.fail()
    if (value instanceof Dict) throw typeError("unhashable type: 'slice'")
    if (value instanceof Markup) return new Markup(str(sliceOf(value.text, start(scope), stop(scope), stride(scope))))
    return sliceOf(value, start(scope), stop(scope), stride(scope))
  }
}

function compileChoiceOfTwo(to: Compiling, node: Expr & { kind: 'and' | 'or' }): Evaluate {
  const [left, right] = [compileExpression(to, node.left), compileExpression(to, node.right)]
  const decides = node.kind === 'or'
  return scope => {
    const value = left(scope)
    return truth(value) === decides ? value : right(scope)
  }
}

function compileChoice(to: Compiling, node: Expr & { kind: 'choice' }): Evaluate {
  const test = compileExpression(to, node.test)
  to.soft++
  const yes = compileExpression(to, node.yes)
  const no = node.no && compileExpression(to, node.no)
  to.soft--
  // Prints as nothing also where names are strict, as in Jinja.
  const message = `the inline if-expression on line ${node.line} evaluated to false and no else section was defined.`
  return scope => (truth(test(scope)) ? yes(scope) : no ? no(scope) : new Undefined(message, false))
}

const COMPARE: Readonly<Record<Comparison['operator'], (left: Value, right: Value) => boolean>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => ordered('<', left, right),
  '<=': (left, right) => ordered('<=', left, right),
  '>': (left, right) => ordered('>', left, right),
  '>=': (left, right) => ordered('>=', left, right),
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
}

/** `a < b < c` compares neighbours, each evaluated once, up to the first that does not hold. */
function compileComparison(to: Compiling, node: Expr, nodes: readonly Comparison[]): Evaluate {
  const first = compileExpression(to, node)
  const steps = nodes.map(({ operator, right }) => ({ holds: COMPARE[operator], right: compileExpression(to, right) }))
  return scope => {
    let left = first(scope)
    for (const { holds, right } of steps) {
      const next = right(scope)
      if (!holds(left, next)) return false
      left = next
    }
    return true
  }
}

function concatenate(scope: Scope, parts: readonly Value[]): Value {
  if (scope.run.autoescape && parts.some(part => part instanceof Markup))
    return new Markup(parts.map(part => asHtml(part).text).join(''))
  let text = ''
  for (const part of parts) text += str(part)
  refuseHuge(text.length, 'this text')
  return text
}

function compileCall(to: Compiling, of: Expr, given: CallArguments): Evaluate {
  const args = compileArguments(to, given)
  if (of.kind === 'attribute') {
    const object = compileExpression(to, of.of)
    const { name } = of
    return scope => {
      step(scope.run)
      const self = object(scope)
      const positional = args.positional(scope)
      const keywords = args.keywords(scope)
      const result = callMethod(self, name, positional, keywords)
      return result === undefined ? callValue(attribute(scope, self, name), positional, keywords) : result
    }
  }
  const callee = compileExpression(to, of)
  return scope => {
    step(scope.run)
    return callValue(callee(scope), args.positional(scope), args.keywords(scope))
  }
}

export interface Arguments {
  positional(scope: Scope): Value[]
  keywords(scope: Scope): Keywords
}

/** The arguments of a call; `extra` are keywords that the compiler adds. */
export function compileArguments(to: Compiling, given: CallArguments): Arguments {
  const args = compileAll(to, given.args)
  const named = given.keywords.map(({ name, value }) => [name, compileExpression(to, value)] as const)
  const spread = given.spread && compileExpression(to, given.spread)
  const spreadKeywords = given.spreadKeywords && compileExpression(to, given.spreadKeywords)
  return {
    positional: scope => {
      const values = args.map(one => one(scope))
      if (spread) values.push(...spreadItems(spread(scope)))
      return values
    },
    keywords:
      named.length || spreadKeywords
        ? scope => {
            const keywords = new Map(named.map(([name, value]) => [name, value(scope)]))
            if (spreadKeywords) addKeywords(keywords, spreadKeywords(scope))
            return keywords
          }
        : () => NO_KEYWORDS,
  }
}

function spreadItems(value: Value): Iterable<Value> {
  const items = itemsOf(value)
  if (items === undefined) throw typeError(`Value after * must be an iterable, not ${typeName(value)}`)
  return items
}

function addKeywords(keywords: Map<string, Value>, mapping: Value): void {
  if (!(mapping instanceof Dict) && (typeof mapping !== 'object' || mapping === null || !('pyItem' in mapping)))
    throw typeError(`argument after ** must be a mapping, not ${typeName(mapping)}`)
  for (const [key, value] of pairsOf(mapping)) {
    if (typeof key !== 'string') throw typeError('keywords must be strings')
    if (keywords.has(key)) throw typeError(`got multiple values for keyword argument '${key}'`)
    keywords.set(key, value)
  }
}

/** A filter over what `of` gives; the innermost filter of a chain without a value takes `of` too. */
export function compileFilter(to: Compiling, node: Expr & { kind: 'filter' }, of: Evaluate): Evaluate {
  const filter = to.environment.filters.get(node.name) ?? unknown(to, 'filter', node.name, node.line)
  const args = compileArguments(to, node.given)
  return scope => filter(of(scope), args.positional(scope), args.keywords(scope), scope)
}

function compileTest(to: Compiling, node: Expr & { kind: 'test' }): Evaluate {
  const test: Test = to.environment.tests.get(node.name) ?? unknown(to, 'test', node.name, node.line)
  const args = compileArguments(to, node.given)
  const of = compileExpression(to, node.of)
  return scope => test(of(scope), args.positional(scope), args.keywords(scope), scope)
}

/** Refuses an unknown filter or test: at once, or when it is reached where it stands inside of an `if`. */
function unknown(to: Compiling, kind: 'filter' | 'test', name: string, line: number): Filter & Test {
  if (to.soft === 0) {
    const type = 'jinja2.exceptions.TemplateAssertionError'
    throw syntaxError(`No ${kind} named '${name}'.`, to.source, line, type)
  }
  return () => {
    throw runtimeError(`No ${kind} named '${name}' found.`)
  }
}
