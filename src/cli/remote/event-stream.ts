/** Server-sent events out of the pieces in which they come. */

export interface ServerEvent {
  readonly name: string
  readonly data: string
  /** What is sent as Last-Event-ID to go on behind it. */
  readonly id?: string
}

/** Takes pieces of the stream; an event is handed on with its end. */
export function eventReader(onEvent: (event: ServerEvent) => void): (piece: string) => void {
  let rest: string[] = []
  const lines: string[] = []
  const take = (line: string) => {
    if (line !== '') return void lines.push(line)
    const event = eventOf(lines.splice(0))
    if (event !== undefined) onEvent(event)
  }
  return piece => {
    const [first = '', ...more] = piece.split('\n')
    rest.push(first)
    for (const line of more) {
      take(rest.join('').replace(/\r$/, ''))
      rest = [line]
    }
  }
}

function eventOf(lines: readonly string[]): ServerEvent | undefined {
  const data: string[] = []
  let name = 'message'
  let id: string | undefined
  for (const line of lines) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'event') name = value
    else if (field === 'id') id = value
  }
  return data.length === 0 ? undefined : { name, data: data.join('\n'), ...(id === undefined ? {} : { id }) }
}
