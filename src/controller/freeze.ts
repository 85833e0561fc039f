/** freeze and thaw: nothing is deployed to a frozen project; what runs goes on. */
import { rmSync } from 'node:fs'
import { writeWhole } from '../kernel/files.ts'
import { type Context, openProject } from './context.ts'

export async function freeze(context: Context, name: string, why: string): Promise<void> {
  const layout = await openProject(context, name)
  writeWhole(layout.frozen, `${why.replace(/\s+/g, ' ').trim()}\n`)
}

export async function thaw(context: Context, name: string): Promise<void> {
  const layout = await openProject(context, name)
  rmSync(layout.frozen, { force: true })
}
