/** Which machines a target means: glob, pcre, grain, pillar, list, and compounds of them. */

import { traverse } from '../definition/traverse.ts'
import { textOf } from '../definition/values.ts'
import { networkOf, readAddress } from '../jinja/salt/address.ts'
import { globMatches } from '../language/glob.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

/** What is known of this machine. */
export interface Machine {
  readonly id: string
  readonly grains: Dict
  readonly pillar: Dict
}

export type Matcher = (target: string, machine: Machine, delimiter?: string) => boolean

export const matchers: Readonly<Record<string, Matcher>> = {
  glob: (target, { id }) => globMatches(target, id),
  pcre: (target, { id }) => patternMatches(target, id),
  list: (target, { id }) =>
    target
      .split(',')
      .map(name => name.trim())
      .includes(id),
  grain: (target, { grains }, delimiter) => inside(grains, target, 'glob', delimiter),
  grain_pcre: (target, { grains }, delimiter) => inside(grains, target, 'pcre', delimiter),
  pillar: (target, { pillar }, delimiter) => inside(pillar, target, 'glob', delimiter),
  pillar_pcre: (target, { pillar }, delimiter) => inside(pillar, target, 'pcre', delimiter),
  pillar_exact: (target, { pillar }, delimiter) => inside(pillar, target, 'exact', delimiter),
  ipcidr: (target, { grains }) => addressMatches(target, grains),
  compound: compoundMatches,
}

const letters: Readonly<Record<string, string>> = {
  G: 'grain',
  P: 'grain_pcre',
  I: 'pillar',
  J: 'pillar_pcre',
  L: 'list',
  E: 'pcre',
  S: 'ipcidr',
}

/** `G@os:Debian and not (E@x.* or web*)`; `and` binds tighter than `or`. */
function compoundMatches(target: string, machine: Machine): boolean {
  const words = target.replace(/\(/g, ' ( ').replace(/\)/g, ' ) ').split(/\s+/).filter(Boolean)
  let at = 0
  const either = (): boolean => {
    let met = both()
    while (words[at] === 'or') {
      at++
      met = both() || met
    }
    return met
  }
  const both = (): boolean => {
    let met = one()
    while (words[at] === 'and') {
      at++
      met = one() && met
    }
    return met
  }
  const one = (): boolean => {
    const word = words[at++]
    if (word === 'not') return !one()
    if (word === '(') {
      const met = either()
      at++
      return met
    }
    return word !== undefined && wordMatches(word, machine)
  }
  const met = either()
  return at >= words.length && met
}

function wordMatches(word: string, machine: Machine): boolean {
  const [, letter = '', delimiter = '', target = word] = /^([A-Z])([^@]?)@(.*)$/s.exec(word) ?? []
  const name = letter === '' ? 'glob' : letters[letter]
  const matcher = name === undefined ? undefined : matchers[name]
  return matcher?.(target, machine, delimiter || undefined) ?? false
}

/** `a:b:pattern`: looks for every split of path and pattern, as values may hold colons themselves. */
function inside(data: Dict, target: string, how: 'glob' | 'pcre' | 'exact', delimiter = ':'): boolean {
  const parts = target.split(delimiter)
  for (let cut = 1; cut < parts.length; cut++) {
    const found = traverse(data, parts.slice(0, cut).join(delimiter), delimiter)
    const pattern = parts.slice(cut).join(delimiter)
    if (found !== undefined && valueMatches(found, pattern, how)) return true
  }
  return false
}

function valueMatches(value: Value, pattern: string, how: 'glob' | 'pcre' | 'exact'): boolean {
  if (value instanceof Dict) return pattern === '*' || value.has(pattern)
  if (Array.isArray(value)) return value.some(item => !(item instanceof Dict) && valueMatches(item, pattern, how))
  const text = textOf(value).toLowerCase()
  if (how === 'exact') return text === pattern.toLowerCase()
  return how === 'glob' ? globMatches(pattern.toLowerCase(), text) : patternMatches(pattern.toLowerCase(), text)
}

/** One of the machine's addresses is the target, or lies in that network. */
function addressMatches(target: string, grains: Dict): boolean {
  const wanted = readAddress(target)
  if (!wanted) return false
  const { first, last } = networkOf(wanted)
  const addresses = [grains.get('ipv4'), grains.get('ipv6')].flatMap(list => (Array.isArray(list) ? list : []))
  return addresses.some(text => {
    const own = readAddress(textOf(text))
    return own?.version === wanted.version && own.value >= first && own.value <= last
  })
}

/** Anchored at the start, as Python's re.match. */
function patternMatches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})`, 's').test(text)
  } catch {
    return false
  }
}
