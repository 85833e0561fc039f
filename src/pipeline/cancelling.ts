/** Who listens for a cancel: each part of a deployment that may be stopped has an ear of its own. */
export interface Cancelling {
  /** Aborted by the next cancel, until something else begins to listen. */
  readonly signal: AbortSignal
  /** What runs now is to stop. */
  readonly ask: () => void
  /** What was asked for until now concerns what ran until now. */
  readonly listenAnew: () => void
}

export function newCancelling(): Cancelling {
  let controller = new AbortController()
  return {
    get signal() {
      return controller.signal
    },
    ask: () => controller.abort(),
    listenAnew() {
      if (controller.signal.aborted) controller = new AbortController()
    },
  }
}
