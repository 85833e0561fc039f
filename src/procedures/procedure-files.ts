/** The state files of a project's procedures: every one is there, even if empty. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryIfThere, textIfThere } from '../kernel/files.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import type { Installer } from './installer.ts'
import { procedureNames } from './names.ts'
import { hasWork } from './state-file.ts'

/** Takes those of ours back where `.salt` is a submodule that is to come yet: git wants an empty folder for it. */
export function undressTree(tree: string): void {
  const modules = folderFiles(tree).text('.gitmodules') ?? ''
  if (!/^\s*path\s*=\s*"?\.salt"?\s*$/m.test(modules)) return
  const folder = join(tree, '.salt')
  for (const procedure of procedureNames) {
    const name = `${procedure}.sls`
    if (isGenerated(folder, name)) rmSync(join(folder, name), { force: true })
  }
}

/** A procedure file of ours. */
export interface Generated {
  readonly name: string
  readonly text: string
}

/** The files of all procedures, as they are where a project has none of its own. */
export const generatedFiles = (installer: Installer): Generated[] =>
  procedureNames.map(procedure => ({ name: `${procedure}.sls`, text: fileText(procedure, installer) }))

/** Returns the paths that were written: none where `.salt` is a link, or no folder. */
export function writeMissingFiles(folder: string, installer: Installer): string[] {
  return addMissing(folder, generatedFiles(installer))
}

/** The same of what `generatedFiles` said. */
export function addMissing(folder: string, generated: readonly Generated[]): string[] {
  const made: string[] = []
  const entry = entryIfThere(folder)
  if (!entry) {
    mkdirSync(folder, { recursive: true })
    made.push(folder)
  } else if (!entry.isDirectory()) return made
  const there = new Set(readdirSync(folder))
  for (const { name, text: wanted } of generated) {
    const path = join(folder, name)
    const text = there.has(name) ? textIfThere(path) : undefined
    // One that we wrote for another installer, and that nobody touched, follows the project to the new one.
    if (text === wanted || (text !== undefined && !isGeneratedText(name, text))) continue
    // Never through a link, nor into a file that an older release shares.
    rmSync(path, { force: true })
    writeFileSync(path, wanted)
    made.push(path)
  }
  return made
}

/** Whether a file below `.salt` is one that we wrote, and that nobody touched: what the project brings may take its place. */
export const isGenerated = (salt: string, name: string): boolean =>
  isGeneratedText(name, textIfThere(join(salt, name)) ?? '')

export function isGeneratedText(name: string, text: string): boolean {
  const procedure = procedureNames.find(one => `${one}.sls` === name)
  return procedure !== undefined && isUntouched(text, procedure)
}

const headOf = (procedure: string): string => `# ${procedure}: state files of yours for this procedure go here.\n`

function isUntouched(text: string, procedure: string): boolean {
  const head = headOf(procedure)
  if (!text.startsWith(head)) return false
  const rest = text.slice(head.length)
  return (
    /^# The installer \S+ has nothing of its own to do in it\.\n$/.test(rest) || /^include:\n {2}- \S+\n$/.test(rest)
  )
}

function fileText(procedure: string, installer: Installer): string {
  const head = headOf(procedure)
  const own = textIfThere(join(installer.folder, `${procedure}.sls`)) ?? ''
  if (!hasWork(own)) return `${head}# The installer ${installer.name} has nothing of its own to do in it.\n`
  return `${head}include:\n  - ${installer.prefix}.${procedure}\n`
}
