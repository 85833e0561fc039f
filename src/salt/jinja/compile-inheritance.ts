/** Statements that bring other templates in: block, extends, include, import and from. */

import { listOf } from '../python/iterate.ts'
import { asForeign } from '../python/kind.ts'
import { repr, str } from '../python/repr.ts'
import type { Value } from '../python/value.ts'
import { type Compiling, compileExpression } from './compile-expression.ts'
import { notFound, runtimeError } from './errors.ts'
import { TemplateModule } from './module.ts'
import { type Output, Scope } from './scope.ts'
import type { Source } from './source.ts'
import { renderInto, Template } from './template.ts'
import type { Stmt } from './tree.ts'
import { isUndefined } from './undefined.ts'

type Inheritance = Stmt & { kind: 'block' | 'extends' | 'include' | 'import' | 'from' }
type Work = (scope: Scope, out: Output) => void

export function compileInheritance(to: Compiling, node: Inheritance): Work {
  switch (node.kind) {
    case 'block':
      return compileBlock(node)
    case 'extends': {
      const template = compileExpression(to, node.template)
      return (scope, out) => {
        if (scope.top.extended) throw runtimeError('extended multiple times')
        scope.top.extended = find(scope, template(scope), to.source)
        out.muted = true
      }
    }
    case 'include':
      return compileInclude(to, node)
    case 'import': {
      const template = compileExpression(to, node.template)
      return scope => {
        const module = importModule(scope, find(scope, template(scope), to.source), node.withContext)
        scope.assign(node.target, module)
        scope.top.exported.delete(node.target)
      }
    }
    case 'from':
      return compileFrom(to, node)
  }
}

function compileBlock({ name, scoped, required }: Stmt & { kind: 'block' }): Work {
  return (scope, out) => {
    if (out.muted) return
    const runs = scope.top.blocks.get(name)
    if (required && runs?.length === 1) throw runtimeError(`Required block ${repr(name)} not found`)
    runs?.[0]?.(scoped ? scope : scope.top.scope, out)
  }
}

function compileInclude(to: Compiling, node: Stmt & { kind: 'include' }): Work {
  const template = compileExpression(to, node.template)
  return (scope, out) => {
    const found = findIfAny(scope, template(scope), to.source)
    if (!(found instanceof Template)) {
      if (node.ignoreMissing) return
      throw found
    }
    if (!node.withContext) out.write(importModule(scope, found, false).pyText())
    else renderInto(found, new Scope(scope.run, scope), out)
  }
}

function compileFrom(to: Compiling, node: Stmt & { kind: 'from' }): Work {
  const template = compileExpression(to, node.template)
  const where = `line ${node.line}${to.name === null ? '' : ` in ${repr(to.name)}`}`
  return scope => {
    const found = find(scope, template(scope), to.source)
    const module = importModule(scope, found, node.withContext)
    for (const [name, alias] of node.names) {
      const message = `the template ${repr(found.name ?? '')} (imported on ${where}) does not export the requested name ${repr(name)}`
      const exported = module.pyGet(name)
      scope.assign(alias, exported === undefined ? scope.undefined(message) : exported)
      scope.top.exported.delete(alias)
    }
  }
}

/** Without context there is one module for each file of a rendering; with it, a fresh one that sees the importer's names. */
function importModule(scope: Scope, template: Template, withContext: boolean): TemplateModule {
  const { run } = scope
  if (withContext) {
    const around = new Scope(run, run.outermost, null, scope.visible())
    return TemplateModule.of(template, new Scope(run, around))
  }
  const known = run.modules.get(template.source.path)
  if (known instanceof TemplateModule) return known
  const module = TemplateModule.of(template, new Scope(run, run.outermost))
  run.modules.set(template.source.path, module)
  return module
}

function find(scope: Scope, wanted: Value, from: Source): Template {
  const found = findIfAny(scope, wanted, from)
  if (!(found instanceof Template)) throw found
  return found
}

/** The template of that name, or the first that is there of several; else the error that says so. */
function findIfAny(scope: Scope, wanted: Value, from: Source): Template | Error {
  const { environment } = scope.run
  if (isUndefined(wanted)) return wanted.error()
  if (asForeign(wanted) instanceof TemplateModule) return notFound(str(wanted))
  if (typeof wanted === 'string') return environment.load(wanted, from) ?? notFound(wanted)
  const names = listOf(wanted).map(name => str(name))
  for (const name of names) {
    const found = environment.load(name, from)
    if (found) return found
  }
  if (names.length === 0) return notFound('Tried to select from an empty list of templates')
  return notFound(`none of the templates given were found: ${names.join(', ')}`)
}
