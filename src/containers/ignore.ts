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
    return path === '' ? [] : [{ isException, expression: expressionOf(path) }]
  })
  return {
    hasExceptions: rules.some(rule => rule.isException),
    ignores(path) {
      const parts = path.split('/')
      const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
      const last = rules.findLast(rule => paths.some(one => rule.expression.test(one)))
      return last !== undefined && !last.isException
    },
  }
}

/** `*` and `?` stay within a name, `**` goes through folders. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?|\*|\?|\[\^?[^\]]*\]|\\.|[^\w/]/g, token => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    if (token.length > 1) return token
    return `\\${token}`
  })
  return new RegExp(`^${source}$`, 's')
}
