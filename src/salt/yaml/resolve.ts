/** Tells from its looks which type a plain scalar has, by the rules of YAML 1.1. */
import { yamlTag } from './nodes.ts'

const bool = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const float = new RegExp(
  [
    '^[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?$',
    '^\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$',
    '^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*$',
    '^[-+]?\\.(?:inf|Inf|INF)$',
    '^\\.(?:nan|NaN|NAN)$',
  ].join('|'),
)
const int = new RegExp(
  [
    '^[-+]?0b[0-1_]+$',
    '^[-+]?0[0-7_]+$',
    '^[-+]?(?:0|[1-9][0-9_]*)$',
    '^[-+]?0x[0-9a-fA-F_]+$',
    '^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$',
  ].join('|'),
)
const timestamp = new RegExp(
  [
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]*)?(?:[ \\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$',
  ].join('|'),
)

export function resolvePlain(text: string): string {
  const first = text.charCodeAt(0)
  if (Number.isNaN(first)) return `${yamlTag}null`
  const numeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46
  if (numeric) {
    if (float.test(text)) return `${yamlTag}float`
    if (int.test(text)) return `${yamlTag}int`
    if (timestamp.test(text)) return `${yamlTag}timestamp`
  } else if (text.length <= 5) {
    if (bool.test(text)) return `${yamlTag}bool`
    if (text === '~' || text === 'null' || text === 'Null' || text === 'NULL') return `${yamlTag}null`
    if (text === '<<') return `${yamlTag}merge`
    if (text === '=') return `${yamlTag}value`
  }
  return `${yamlTag}str`
}
