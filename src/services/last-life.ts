/** What a process said between its last start and its death: a tool names its error first, and says much after it. */

/** A supervisor waits about a second before it starts again what died. */
const pauseMilliseconds = 900
const shownAtEachEnd = 20

/** Lines of a log, oldest first, as those of the last life: its beginning and its end, where it is long. */
export function lastLife(lines: readonly { readonly time: string; readonly text: string }[]): string[] {
  const times = lines.map(line => Date.parse(line.time.slice(0, 23).concat('Z')))
  const begin = times.findLastIndex((time, at) => at > 0 && time - (times[at - 1] ?? time) >= pauseMilliseconds)
  const life = lines.slice(Math.max(0, begin)).map(line => line.text)
  const left = life.length - 2 * shownAtEachEnd
  if (left <= 0) return life
  return [...life.slice(0, shownAtEachEnd), `… ${left} lines more …`, ...life.slice(-shownAtEachEnd)]
}
