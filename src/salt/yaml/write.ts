/** Writes values as YAML, letter by letter as PyYAML's safe_dump with libyaml does. */
import type { Value } from '../python/value.ts'
import { emit } from './emit.ts'
import { represent, type ScalarStyle } from './represent.ts'

export interface YamlStyle {
  /** true: everything in brackets; false: nothing; null: the innermost lists and mappings. Default false. */
  readonly flow?: boolean | null
  /** Lines are folded beyond this; default 80. */
  readonly width?: number
  /** Spaces, 2 to 9; default 2. */
  readonly indent?: number
  /** Default true; 'dict': only plain dicts are sorted, an OrderedDict keeps its order. */
  readonly sortKeys?: boolean | 'dict'
  /** Letters beyond ASCII stand as they are; default true, as in Salt. */
  readonly allowUnicode?: boolean
  /** How all scalars are written where they can be; default plain. */
  readonly style?: ScalarStyle
  readonly explicitStart?: boolean
  readonly explicitEnd?: boolean
}

/** The text ends with a line break. Throws RangeError for values that contain themselves endlessly deep. */
export function writeYaml(value: Value, style: YamlStyle = {}): string {
  const { flow = false, sortKeys = true, allowUnicode = true } = style
  const indent = style.indent !== undefined && style.indent > 1 && style.indent < 10 ? style.indent : 2
  const asked = style.width ?? 80
  const width = asked < 0 ? Number.POSITIVE_INFINITY : asked <= indent * 2 ? 80 : asked
  const { explicitStart = false, explicitEnd = false } = style
  const node = represent(value, { flow, sortKeys, style: style.style ?? 'plain' })
  return emit(node, { width, indent, allowUnicode, explicitStart, explicitEnd })
}
