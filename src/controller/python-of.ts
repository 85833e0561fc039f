/** An answer with values of Python in it as one such value. */
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

export function pythonOf(answer: unknown): Value {
  if (Array.isArray(answer)) return answer.map(pythonOf)
  if (typeof answer === 'object' && answer !== null && Object.getPrototypeOf(answer) === Object.prototype)
    return Dict.of(Object.entries(answer).map(([key, value]) => [key, pythonOf(value)] as const))
  return answer as Value
}
