/** Shell globs as Python's fnmatch reads them. */

const compiled = new Map<string, RegExp>()

export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern)
}

export function globMatches(pattern: string, text: string): boolean {
  if (!isGlob(pattern)) return pattern === text
  let expression = compiled.get(pattern)
  if (!expression) {
    expression = globExpression(pattern)
    compiled.set(pattern, expression)
  }
  return expression.test(text)
}

function globExpression(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at] as string
    if (sign === '*') source += '[^]*'
    else if (sign === '?') source += '[^]'
    else if (sign === '[') {
      const from = pattern[at + 1] === '!' ? at + 2 : at + 1
      const end = pattern.indexOf(']', pattern[from] === ']' ? from + 1 : from)
      if (end === -1) source += '\\['
      else {
        const inside = pattern.slice(from, end).replaceAll('\\', '\\\\').replace(/^\^/, '\\^').replaceAll(']', '\\]')
        source += `[${from === at + 2 ? '^' : ''}${inside}]`
        at = end
      }
    } else source += sign.replace(/[\\^$.|+(){}\]]/g, '\\$&')
  }
  return new RegExp(`^${source}$`, 'u')
}
