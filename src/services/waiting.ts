/** Waiting for something that is bound to happen, with a limit. */

export interface Patience {
  readonly limitSeconds: number
  readonly pauseMilliseconds: number
  readonly signal?: AbortSignal
}

/** Returns when `done` says true; throws what `late` makes when the limit is over. */
export async function eventually(
  done: () => boolean | Promise<boolean>,
  patience: Patience,
  late: () => Error,
): Promise<void> {
  const end = Date.now() + patience.limitSeconds * 1000
  while (!(await done())) {
    patience.signal?.throwIfAborted()
    if (Date.now() >= end) throw late()
    await pause(patience.pauseMilliseconds)
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
