/** .dockerignore: which files of a tree an engine does not get. */

/** Whether a path below the tree (`a/b`, no slash in front) stays at home; the last line that matches it or a folder above it decides. */
export function ignoreRules(text: string): {
  readonly ignores: (path: string) => boolean
  readonly hasExceptions: boolean
} {
  const rules = text.split('\n').flatMap(line => {
    const pattern = line.trim()
    if (pattern === '' || line.startsWith('#')) return []
    const isException = pattern.startsWith('!')
    const path = pattern
      .slice(isException ? 1 : 0)
      .trim()
      .split('/')
      .filter(part => part !== '' && part !== '.')
      .join('/')
    return path === '' ? [] : [{ isException, matches: matcherOf(path) }]
  })
  return {
    hasExceptions: rules.some(rule => rule.isException),
    ignores(path) {
      const parts = path.split('/')
      const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
      const last = rules.findLast(rule => paths.some(one => rule.matches(one)))
      return last !== undefined && !last.isException
    },
  }
}

/** One step of a pattern. `some` and `all` go over any number of characters, `folders` over whole folders and their slashes. */
type Step = { readonly is: (character: string) => boolean } | 'some' | 'all' | 'folders'

/** No path is longer than this, and so is no pattern that means one. */
const longest = 4096

/** `*` and `?` stay within a name, `**` goes through folders. */
function matcherOf(pattern: string): (path: string) => boolean {
  if (pattern.length > longest) return () => false
  const steps = stepsOf(pattern)
  return path => matches(steps, path)
}

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at, at + 3)
    const end = pattern[at] === '[' ? pattern.indexOf(']', at + 2) : -1
    if (rest === '**/') {
      if (steps.at(-1) !== 'folders') steps.push('folders')
      at += 2
    } else if (rest.startsWith('**')) {
      if (steps.at(-1) !== 'all') steps.push('all')
      at += 1
    } else if (rest.startsWith('*')) steps.push('some')
    else if (rest.startsWith('?')) steps.push({ is: character => character !== '/' })
    else if (end > 0) {
      steps.push({ is: classOf(pattern.slice(at + 1, end)) })
      at = end
    } else {
      if (rest.startsWith('\\') && rest.length > 1) at++
      const wanted = pattern[at]
      steps.push({ is: character => character === wanted })
    }
  }
  return steps
}

/** `a-z_`, or all but these with a `^` in front. */
function classOf(text: string): (character: string) => boolean {
  const isNot = text.startsWith('^')
  const ranges = [...(isNot ? text.slice(1) : text).matchAll(/(.)-(.)|(.)/gs)].map(
    ([, from, to, one]) => [from ?? one ?? '', to ?? one ?? ''] as const,
  )
  return character => character !== '/' && ranges.some(([from, to]) => from <= character && character <= to) !== isNot
}

/** All ways at once, so that no pattern takes longer than its length for each character. */
function matches(steps: readonly Step[], path: string): boolean {
  /** Steps that come next; below zero (-1 is the first): within the folders that one goes over. */
  let next = new Set<number>()
  const add = (to: Set<number>, from: number) => {
    for (let at = from; !to.has(at); at++) {
      to.add(at)
      if (typeof steps[at] !== 'string') return
    }
  }
  add(next, 0)
  for (const character of path) {
    const after = new Set<number>()
    for (const at of next) {
      const step = steps[at < 0 ? -at - 1 : at]
      if (at < 0 || step === 'folders') {
        after.add(at < 0 ? at : -at - 1)
        if (character === '/') add(after, (at < 0 ? -at - 1 : at) + 1)
      } else if (step === 'all' || (step === 'some' && character !== '/')) add(after, at)
      else if (typeof step === 'object' && step.is(character)) add(after, at + 1)
    }
    next = after
  }
  return next.has(steps.length)
}
