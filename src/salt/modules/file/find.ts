/** file.find: the paths below a folder that meet all criteria. */

import { basename } from 'node:path'
import type { FunctionTools } from '../../context/tools.ts'
import { defineFunction } from '../../definition/define.ts'
import { executionError } from '../../definition/exceptions.ts'
import { textOf } from '../../definition/values.ts'
import { globMatches } from '../../language/glob.ts'
import { compileRegex, search } from '../../python/regex.ts'
import type { Value } from '../../python/value.ts'
import { groupName, statsOf, userName } from '../../states/file/attributes.ts'
import { walk } from '../../states/file/clean.ts'
import { lstatSync, readFileSync, type Stats } from '../../system/files.ts'
import { globbed } from './look.ts'
import { path, pathOf } from './paths.ts'

export const find = defineFunction({
  does: 'The paths at and below a path that meet all criteria.',
  acts: args => args.others.has('delete'),
  arguments: { path },
  restArguments: 'Accepted and ignored.',
  otherArguments:
    'Criteria: name, iname, regex, iregex, type (b c d p l f s), user, group, size, mtime, grep, maxdepth, mindepth; delete removes.',
  call: ({ args, tools }) => {
    const tests = [...args.others].map(([name, value]) => criterion(textOf(name), value, tools))
    const number = (name: string, otherwise: number) => Number(args.others.get(name) ?? otherwise)
    const [least, most] = [number('mindepth', 0), number('maxdepth', Number.POSITIVE_INFINITY)]
    return globbed(pathOf(args))
      .flatMap(root => candidates(root, least, most))
      .filter(one => tests.every(test => test(one, lstatSync(one))))
  },
})

type Test = (path: string, stats: Stats) => boolean

function candidates(root: string, least: number, most: number): string[] {
  const depth = (one: string) =>
    one
      .slice(root.length)
      .split('/')
      .filter(part => part !== '').length
  const below = statsOf(root, false)?.isDirectory() && most > 0 ? walk(root, most).flatMap(level => level.paths) : []
  return [root, ...below].filter(one => depth(one) >= least)
}

function criterion(name: string, value: Value, tools: FunctionTools): Test {
  const text = textOf(value)
  const texts = (Array.isArray(value) ? value.map(textOf) : text.split(',')).map(one => one.trim())
  switch (name) {
    case 'name':
      return one => globMatches(text, basename(one))
    case 'iname':
      return one => globMatches(text.toLowerCase(), basename(one).toLowerCase())
    case 'regex':
    case 'iregex': {
      const regex = compileRegex(text, { ignoreCase: name === 'iregex' })
      return one => search(regex, basename(one)) !== null
    }
    case 'type':
      return (_one, stats) => [...text.replaceAll(',', '')].includes(letterOf(stats))
    case 'user':
      return (_one, stats) => texts.includes(userName(tools.shell, stats.uid)) || texts.includes(String(stats.uid))
    case 'group':
      return (_one, stats) => texts.includes(groupName(tools.shell, stats.gid)) || texts.includes(String(stats.gid))
    case 'size':
      return sizeTest(text)
    case 'mtime':
      return timeTest(text)
    case 'grep': {
      const regex = compileRegex(text)
      return (one, stats) => stats.isFile() && search(regex, readFileSync(one, 'utf8')) !== null
    }
    case 'maxdepth':
    case 'mindepth':
    case 'print':
      return () => true
  }
  throw executionError(`invalid keyword: ${name}`)
}

function letterOf(stats: Stats): string {
  if (stats.isFile()) return 'f'
  if (stats.isDirectory()) return 'd'
  if (stats.isSymbolicLink()) return 'l'
  if (stats.isFIFO()) return 'p'
  if (stats.isSocket()) return 's'
  return stats.isBlockDevice() ? 'b' : 'c'
}

const sizes: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** "+10k": larger, "-10k": smaller, "10k": from 10 to 11 k, "1k-2k". */
function sizeTest(text: string): Test {
  const [low, high] = range(text, sizes)
  return (_one, stats) => stats.size >= low && stats.size <= high
}

const ages: Readonly<Record<string, number>> = { '': 86_400, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** "+2d": changed within the last two days (as Salt reads it), "-2d": before that. */
function timeTest(text: string): Test {
  const [, sign = '', amount = '0', unit = ''] = /^([-+]?)(\d+)([smhdw]?)$/i.exec(text.trim()) ?? []
  const since = Date.now() - Number(amount) * (ages[unit.toLowerCase()] ?? 86_400) * 1000
  return (_one, stats) => (sign === '-' ? stats.mtimeMs <= since : stats.mtimeMs >= since)
}

function range(text: string, units: Readonly<Record<string, number>>): [number, number] {
  const [, sign = '', amount = '', unit = '', upper, upperUnit = ''] =
    /^([-+]?)(\d+)([bkmgt]?)(?:-(\d+)([bkmgt]?))?$/i.exec(text.trim()) ?? []
  if (amount === '') throw executionError(`invalid size: "${text}"`)
  const factor = units[unit.toLowerCase()] ?? 1
  const low = Number(amount) * factor
  if (upper !== undefined) return [low, Number(upper) * (units[upperUnit.toLowerCase()] ?? 1)]
  if (sign === '+') return [low, Number.POSITIVE_INFINITY]
  return sign === '-' ? [0, low] : [low, low + factor - 1]
}
