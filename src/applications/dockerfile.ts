/** What a Dockerfile says of where the application listens. */
import type { TreeFiles } from '../kernel/tree-files.ts'

/** The first port that the last stage exposes, or null. */
export function exposedPort(files: TreeFiles): number | null {
  const text = (files.text('Dockerfile') ?? '').replace(/\\\r?\n/g, ' ')
  const last = text.split(/^[ \t]*FROM\b/im).at(-1) ?? ''
  const port = Number(/^[ \t]*EXPOSE[ \t]+["']?(\d{1,5})(?:\/tcp)?\b/im.exec(last)?.[1] ?? 0)
  return port > 0 && port < 65_536 ? port : null
}
