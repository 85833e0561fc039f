/** Python's float: kept apart from int, which is a JavaScript number (or bigint beyond 2^53). */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}
