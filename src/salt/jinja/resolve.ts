/** Attributes and items as Jinja looks them up: `a.b` tries attributes first, `a['b']` items first; what is unsafe stays shut. */
import { attributeOf } from '../python/attribute.ts'
import { Dict } from '../python/dict.ts'
import { typeName, unhashable } from '../python/kind.ts'
import { itemOf } from '../python/slice.ts'
import type { Value } from '../python/value.ts'
import type { Scope } from './scope.ts'
import { missing, Undefined } from './undefined.ts'

/** Attributes of every Python object that would open a way out of the template. */
const UNSAFE =
  /^__(?:class|init|mro|bases|base|subclasses|dict|globals|code|module|getattribute|reduce|reduce_ex|new|call|doc|self|func|builtins|import|closure|defaults)__$/

export function attribute(scope: Scope, of: Value, name: string): Value {
  if (UNSAFE.test(name) && !(of instanceof Undefined)) return unsafe(scope, of, name)
  // None is a value like any other: only what is absent leads on.
  const named = attributeOf(of, name)
  if (named !== undefined) return named
  const found = itemOf(of, name)
  return found === undefined ? scope.undefined(missing(of, name)) : found
}

export function item(scope: Scope, of: Value, key: Value): Value {
  if (key instanceof Undefined && key.strict) key.fail()
  const found = of instanceof Dict && unhashable(key) ? undefined : itemOf(of, key)
  if (found !== undefined) return found
  if (typeof key === 'string') {
    if (UNSAFE.test(key)) return unsafe(scope, of, key)
    const named = attributeOf(of, key)
    if (named !== undefined) return named
  }
  return scope.undefined(missing(of, key))
}

function unsafe(scope: Scope, of: Value, name: string): Undefined {
  const message = `access to attribute '${name}' of '${typeName(of)}' object is unsafe.`
  return new Undefined(message, scope.run.environment.strict, true)
}
