/** What a body says: the params by their names, or by its type one param that is all of it. */
import type { ParamsShape } from '../controller/told.ts'
import { CorpusError } from '../kernel/errors.ts'

export interface Bodies {
  /** By type, the param that is the whole body. */
  readonly whole: Readonly<Record<string, string>>
  /** A plain body that says such names and nothing else is this param. */
  readonly plain?: { readonly param: string; readonly names: readonly string[] }
}

/** The types beside plain JSON that any request takes. */
export const patchTypes = ['application/merge-patch+json', 'application/json-patch+json'] as const

export function bodiesOf({ properties }: ParamsShape): Bodies {
  const shapes = Object.entries(properties)
  const [param, plain] = shapes.find(([, { plainNames }]) => plainNames !== undefined) ?? []
  return {
    whole: Object.fromEntries(shapes.flatMap(([name, { media }]) => (media === undefined ? [] : [[media, name]]))),
    ...(param === undefined ? {} : { plain: { param, names: plain?.plainNames ?? [] } }),
  }
}

const deepest = 64

/** Whether brackets stand in each other as no person writes them: what reads such a text goes as deep. */
export function isTooDeep(text: string): boolean {
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (isText) {
      if (letter === '\\') at++
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === '[' || letter === '{') depth++
    else if (letter === ']' || letter === '}') depth--
    if (depth > deepest) return true
  }
  return false
}

/** Throws USAGE; undefined where a body of that type says nothing here. */
export function saidByBody(
  { whole, plain }: Bodies,
  type: string,
  body: unknown,
): Readonly<Record<string, unknown>> | undefined {
  if (body === undefined || body === null) return {}
  const param = Object.hasOwn(whole, type) ? whole[type] : undefined
  if (param !== undefined) return { [param]: body }
  if ((patchTypes as readonly string[]).includes(type)) return undefined
  if (typeof body !== 'object' || Array.isArray(body)) throw new CorpusError('USAGE', 'A body is a mapping of JSON.')
  const names = Object.keys(body)
  const isPlain = plain !== undefined && names.length > 0 && names.every(name => plain.names.includes(name))
  return isPlain ? { [plain.param]: body } : (body as Readonly<Record<string, unknown>>)
}
