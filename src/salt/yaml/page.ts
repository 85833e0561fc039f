/** The text being written, and what must be known of its end: the column, and whether a space is needed. */
export class Page {
  #parts: string[] = []
  column = 0
  /** The last thing written was white. */
  whitespace = true
  /** Only indentation and "-", "?", ":" have been written on this line. */
  indention = true

  /** A block that keeps its last breaks was written last: only "..." tells where it ends. */
  openEnded = false

  get text(): string {
    return this.#parts.join('')
  }
  put(text: string): void {
    this.#parts.push(text)
    this.column += text.length
  }
  /** `character` is the break itself; anything but LF is written as it stands. */
  break(character = '\n'): void {
    this.#parts.push(character)
    this.column = 0
    this.whitespace = true
  }
  /** A mark such as "-" or "["; after it is white or not, and still at the line's beginning or not. */
  indicator(mark: string, needsSpace: boolean, white = false, indention = false): void {
    if (needsSpace && !this.whitespace) this.put(' ')
    this.put(mark)
    this.openEnded = false
    this.whitespace = white
    this.indention = this.indention && indention
  }
  /** Goes to column `indent` of a line that has nothing yet. */
  writeIndent(indent: number): void {
    const column = Math.max(indent, 0)
    if (!this.indention || this.column > column || (this.column === column && !this.whitespace)) this.break()
    if (this.column < column) this.put(' '.repeat(column - this.column))
    this.whitespace = true
    this.indention = true
  }
}
