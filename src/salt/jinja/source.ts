/** A template's text and where it came from. */

export interface Source {
  /** What errors name: a file's path. */
  readonly path: string
  readonly text: string
}
