/** From declarations to steps: one for each name, their arguments as one mapping, in order. */

import { textOf } from '../definition/values.ts'
import type { Body, Declaration } from '../language/declaration.ts'
import type { Step } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { ordered, type Placed } from './order.ts'

interface Draft extends Placed, Omit<Step, 'order'> {}

export function stepsOf(declarations: readonly Declaration[]): Step[] {
  const drafts = declarations.flatMap(declaration => declaration.bodies.flatMap(body => draftsOf(declaration, body)))
  return ordered(drafts).map(({ step, order }) => ({
    module: step.module,
    function: step.function,
    id: step.id,
    name: step.name,
    sls: step.sls,
    order,
    arguments: step.arguments,
    place: step.place,
  }))
}

/** A name that is no text (nothing, a number) means the ID, as in Salt. */
function draftsOf(declaration: Declaration, body: Body): Draft[] {
  const common = new Dict()
  let names: readonly Value[] = []
  for (const { name, value } of body.entries) {
    if (name === 'names') names = [...names, ...(Array.isArray(value) ? value : [value])]
    else if (name === 'name') common.set('name', typeof value === 'string' ? value : declaration.id)
    else if (name !== 'state') common.set(name, value)
  }
  if (names.length === 0) return body.functions.map(fun => draft(declaration, body, fun, common, 0))
  return unique(names).flatMap((entry, index) => {
    const own = Dict.of(common)
    if (entry instanceof Dict) {
      const [[name, values]] = [...entry] as [[Value, Value]]
      own.set('name', textOf(name))
      for (const item of Array.isArray(values) ? values : [])
        if (item instanceof Dict) for (const [key, value] of item) own.set(key, value)
    } else own.set('name', textOf(entry))
    return body.functions.map(fun => draft(declaration, body, fun, own, index + 1))
  })
}

function draft(declaration: Declaration, body: Body, fun: string, args: Dict, nameNumber: number): Draft {
  const name = args.get('name')
  return {
    module: body.module,
    function: fun,
    id: declaration.id,
    name: name === undefined || name === null ? declaration.id : textOf(name),
    sls: declaration.sls,
    arguments: args,
    place: body.place,
    asked: args.get('order'),
    position: body.position,
    nameNumber,
  }
}

/** A name that comes twice is one state. */
function unique(names: readonly Value[]): Value[] {
  const seen = new Set<string>()
  return names.filter(name => {
    if (name instanceof Dict) return true
    const text = textOf(name)
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}
