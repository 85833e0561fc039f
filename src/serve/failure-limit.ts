/** Credentials that did not count, by where they came from and whose they claimed to be: too many in a minute, and none is looked at. */

const mostFailures = 10
const windowMilliseconds = 60_000
/** More senders than this are not told apart any longer: the oldest go. */
const mostKept = 10_000

export interface FailureLimit {
  isReached(keys: readonly string[]): boolean
  count(keys: readonly string[]): void
  /** One that counted takes back what was counted for it. */
  forgive(keys: readonly string[]): void
}

export function failureLimit(now: () => number = Date.now): FailureLimit {
  const failures = new Map<string, number[]>()
  const recent = (key: string): number[] => (failures.get(key) ?? []).filter(at => at > now() - windowMilliseconds)
  return {
    isReached: keys => keys.some(key => recent(key).length >= mostFailures),
    count(keys) {
      for (const key of keys) {
        const times = [...recent(key), now()]
        failures.delete(key)
        failures.set(key, times)
      }
      for (const [oldest] of failures) {
        if (failures.size <= mostKept) break
        failures.delete(oldest)
      }
    },
    forgive(keys) {
      for (const key of keys) {
        const times = recent(key).slice(0, -1)
        if (times.length > 0) failures.set(key, times)
        else failures.delete(key)
      }
    },
  }
}
