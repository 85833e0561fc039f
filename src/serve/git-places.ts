/** How many gits run at once, for all and for each user: who comes later waits, and nobody keeps the others out. */

const mostAtOnce = 64
const mostOfUser = 32

export interface Places {
  /** Waits for one; what it answers gives it back. Rejects when whoever waits is gone. */
  take(user: string, gone: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly user: string
  go(): void
}

export function placesOf(most = mostAtOnce, mostEach = mostOfUser): Places {
  const taken = new Map<string, number>()
  const waiting: Waiting[] = []
  let all = 0
  const isFree = (user: string) => all < most && (taken.get(user) ?? 0) < mostEach
  const occupy = (user: string): (() => void) => {
    all++
    taken.set(user, (taken.get(user) ?? 0) + 1)
    let isGiven = false
    return () => {
      if (isGiven) return
      isGiven = true
      all--
      const left = (taken.get(user) ?? 1) - 1
      if (left === 0) taken.delete(user)
      else taken.set(user, left)
      const next = waiting.findIndex(one => isFree(one.user))
      if (next >= 0) waiting.splice(next, 1)[0]?.go()
    }
  }
  return {
    take: (user, gone) =>
      new Promise((resolve, reject) => {
        if (gone.aborted) return reject(gone.reason)
        if (isFree(user)) return resolve(occupy(user))
        const leave = () => {
          const at = waiting.indexOf(one)
          if (at >= 0) waiting.splice(at, 1)
          reject(gone.reason)
        }
        const one: Waiting = {
          user,
          go() {
            gone.removeEventListener('abort', leave)
            resolve(occupy(user))
          },
        }
        gone.addEventListener('abort', leave)
        waiting.push(one)
      }),
  }
}
