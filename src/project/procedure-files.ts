/** The state files of a project's procedures: every one is there, even if empty. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryBelow, inFolder, makeFolderBelow, removeBelow, textBelow, writeBelow } from '../kernel/beneath.ts'
import { entryIfThere, textIfThere } from '../kernel/files.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { hasWork } from '../project/has-work.ts'
import { type Installer, textOfInstaller } from './installer.ts'

/** Takes those of ours back where `.salt` is a submodule that is to come yet: git wants an empty folder for it. */
export function removeGenerated(tree: string): void {
  const modules = folderFiles(tree).text('.gitmodules') ?? ''
  if (!/^[ \t]*path[ \t]*=[ \t]*"?\.salt"?[ \t\r]*$/m.test(modules)) return
  for (const procedure of procedureNames) {
    const name = `${procedure}.sls`
    if (isGenerated(tree, name)) inFolder(tree, at => removeBelow(at, `.salt/${name}`))
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

/** Adds the files of all procedures to a developer's tree, by opened folders: the developer may put anything there meanwhile. Returns the names that were written. */
export function addGeneratedToEditable(
  tree: string,
  installer: Installer,
  owner: { uid: number; gid: number } | null,
): string[] {
  const own = owner ? { owner } : {}
  const made = inFolder(tree, at => {
    const entry = entryBelow(at, '.salt')
    if (entry === undefined) makeFolderBelow(at, '.salt', own)
    else if (!entry.isDirectory()) return []
    return generatedFiles(installer).flatMap(({ name, text: wanted }) => {
      const path = `.salt/${name}`
      const there = entryBelow(at, path)
      const text = there && textBelow(at, path)
      // One that we wrote for another installer, and that nobody touched, follows the project to the new one.
      if (text === wanted || (there !== undefined && (text === undefined || !isGeneratedText(name, text)))) return []
      writeBelow(at, path, wanted, own)
      return [path]
    })
  })
  return made ?? []
}

/** Returns the paths that were written: none where `.salt` is a link, or no folder. */
export function writeMissingFiles(folder: string, installer: Installer): string[] {
  return addGenerated(folder, generatedFiles(installer))
}

/** Adds such files to a `.salt` folder, where it has none of that name or an untouched one of ours. Returns the paths that were written. */
export function addGenerated(folder: string, generated: readonly Generated[]): string[] {
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
export const isGenerated = (tree: string, name: string): boolean =>
  isGeneratedText(name, folderFiles(tree).text(`.salt/${name}`) ?? '')

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
  const own = textOfInstaller(installer, `${procedure}.sls`) ?? ''
  if (!hasWork(own)) return `${head}# The installer ${installer.name} has nothing of its own to do in it.\n`
  return `${head}include:\n  - ${installer.prefix}.${procedure}\n`
}
