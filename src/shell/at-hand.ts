/** What the small process of a runner (`helper.ts`) does for those who are far from it. Other processes have none, and start programs themselves. */
import type { Helper } from './helper.ts'
import type { Lock } from './lock.ts'
import { type Program, systemPath } from './programs.ts'

let atHand: Helper | null = null

/** From here on it is asked; null when it goes. */
export function keepAtHand(helper: Helper | null): void {
  atHand = helper
}

/** A lock on a file that is there. Null where another holds it, or nobody is at hand: then it is to be waited for. */
export const heldAtHand = async (path: string): Promise<Lock | null> => (await atHand?.hold(path)) ?? null

/** Whose sockets take what comes to 127.0.0.1 at a port; null where nobody is at hand, or the kernel does not say. */
export const usersListeningAtHand = async (port: number): Promise<readonly number[] | null> =>
  (await atHand?.usersListeningAt(port)) ?? null

/** Whether a program was run at hand and ended well. False says nothing: whoever wants to know why runs it once more. */
export const endedWell = async (argv: readonly [Program, ...string[]]): Promise<boolean> =>
  (await atHand?.run({ argv, cwd: '/', env: { PATH: systemPath } })) === 0
