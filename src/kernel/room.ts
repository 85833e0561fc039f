/** Writes of our own on a full disk: what was put aside for them is given free, and they are tried again. */

/** Gives some room free, more at each round; false when there is nothing left to give. */
export type GiveRoom = (round: number) => boolean

let give: GiveRoom | null = null

/** From now on, a write that finds no room asks for it. Null: it fails. */
export function giveRoomBy(giving: GiveRoom | null): void {
  give = giving
}

/** Does it, again as long as room is given for it. What it writes must be as good when it is begun anew. */
export function withRoom<T>(write: () => T): T {
  for (let round = 0; ; round++) {
    try {
      return write()
    } catch (error) {
      if (!isFull(error) || !give?.(round)) throw error
    }
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')
