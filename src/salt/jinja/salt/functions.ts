/** The functions that Salt adds to every template. */
import { Dict } from '../../python/dict.ts'
import { PyError, typeError } from '../../python/error.ts'
import { pairsOf } from '../../python/methods/dict.ts'
import { str } from '../../python/repr.ts'
import { defineFunction, type FunctionDefinition } from '../define.ts'
import { globMatches } from './glob.ts'

export const saltFunctions: readonly FunctionDefinition[] = [
  defineFunction('raise', 'Stops the rendering with a message.', ([message = '']) => {
    throw new PyError('salt.exceptions.TemplateError', str(message))
  }),
  defineFunction(
    'ifelse',
    'Pairs of (glob, value) for a minion_id; the last argument where none fits.',
    (args, keywords) => {
      const id = str(keywords.get('minion_id') ?? '')
      for (let at = 0; at + 1 < args.length; at += 2)
        if (globMatches(str(args[at] ?? ''), id)) return args[at + 1] ?? null
      return args.at(-1) ?? null
    },
  ),
  defineFunction('odict', 'A mapping with an order; as a text it is OrderedDict([…]).', (args, keywords) => {
    if (args.length > 1) throw typeError(`expected at most 1 arguments, got ${args.length}`)
    const dict = new Dict('OrderedDict')
    if (args[0] !== undefined) for (const [key, value] of pairsOf(args[0])) dict.set(key, value)
    for (const [key, value] of keywords) dict.set(key, value)
    return dict
  }),
]
