/** Shell globs: * ? [abc] [!abc]. */

export function globMatches(glob: string, text: string): boolean {
  const source = glob.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, piece => {
    if (piece === '*') return '[^]*'
    if (piece === '?') return '[^]'
    if (piece.length < 2) return piece.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    const not = piece[1] === '!'
    const members = piece.slice(not ? 2 : 1, -1).replace(/[\\\][^]/g, '\\$&')
    return `[${not ? '^' : ''}${members}]`
  })
  try {
    return new RegExp(`^${source}$`).test(text)
  } catch {
    return glob === text
  }
}
