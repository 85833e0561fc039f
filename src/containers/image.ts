/** The images of a project: one for each release, built from its tree or pulled, and gone with it. */
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openAnywhere } from '../kernel/beneath.ts'
import type { Shell } from '../shell/shell.ts'
import { writeContext } from './context.ts'
import { credentials, header, registryOf } from './credentials.ts'
import type { Build, Engine, ImageName } from './engine.ts'

/** Of the folders above a tree the first that is ours alone: that of a `path` lies in one of the account's. */
function ownFolderAbove(tree: string): string {
  const above = dirname(tree)
  const open = openAnywhere(above)
  open?.close()
  return open?.isOurs || above === '/' ? above : ownFolderAbove(above)
}

type Say = (text: string) => void

export async function buildImage(
  tools: { readonly engine: Engine; readonly shell: Shell; readonly say: Say },
  tree: string,
  build: Omit<Build, 'registries'>,
): Promise<void> {
  // On the disk of the project, in a folder that nobody else can write to.
  const folder = mkdtempSync(join(ownFolderAbove(tree), '.context-'))
  const file = join(folder, 'context.tar')
  const known = credentials()
  const registries = Object.keys(known).length === 0 ? null : header(known)
  try {
    await writeContext(tools.shell, tree, file)
    await tools.engine.build(createReadStream(file), { ...build, registries }, tools.say)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Under the name of the release as well: a tag of a registry may be another image tomorrow. */
export async function pullImage(engine: Engine, image: string, name: ImageName, say: Say): Promise<void> {
  const credential = credentials()[registryOf(image)]
  await engine.pull(image, credential === undefined ? null : header(credential), say)
  await engine.tag(image, name)
}

/** Removes images of releases whose folder below `archives` is gone, but not the one that is named. One that is in use stays. */
export async function pruneImages(
  engine: Engine,
  { repository, tag }: ImageName,
  archives: string | null,
): Promise<void> {
  for (const name of await engine.images(repository)) {
    const release = name.slice(repository.length + 1)
    const isKept = release === tag || (archives !== null && existsSync(join(archives, release)))
    if (!isKept) await engine.removeImage(name).catch(() => {})
  }
}
