/** initialization: folders, working copies and procedure files are there, and stand at what was pushed. */
import { lstatSync } from 'node:fs'
import { readConfiguration, treeWorkedOn } from '../deployment/configuration.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
import { syncEditableTree } from '../deployment/editable-tree.ts'
import { bringSalt, linkSalt, saltFolderOf } from '../deployment/release-salt.ts'
import {
  filesOf,
  handOverTree,
  isOutgrown,
  type MadeTree,
  makeReleaseTree,
  shareTree,
} from '../deployment/release-tree.ts'
import { setTreeAside } from '../deployment/set-aside.ts'
import { keepSource } from '../deployment/source.ts'
import { hasNoLinks } from '../git/owner.ts'
import type { Change } from '../git/tree.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type FileName, pathTo } from '../kernel/file-names.ts'
import { linkWhole } from '../kernel/files.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { accountOf } from '../project/account.ts'
import { applicationPath, isSameBelow } from '../project/application-path.ts'
import { type FreshConfiguration, installerFolders } from '../project/configuration.ts'
import { developerOf } from '../project/developer.ts'
import { writeHookSettings } from '../project/hook-settings.ts'
import { bringPillar } from '../project/pillar.ts'
import { addGeneratedToEditable, generatedFiles } from '../project/procedure-files.ts'
import { refuseOddApplication, whatWasFound } from '../project/recognised.ts'
import { pointSalt } from '../project/salt-place.ts'
import { type ProjectTree, treeOfRelease } from '../project/tree.ts'
import { ensureFolders, handOverFolders, wireProject } from '../project/wiring.ts'
import { unfinishedSteps, upgradeSteps } from './upgrade.ts'

export const initialization = defineProcedure({
  name: 'initialization',
  makesRelease: true,
  does: 'Makes what is missing of the layout, brings pillar and project to what was pushed, and writes missing procedure files.',
  async run(deployment: Deployment) {
    const { layout, request, mode } = deployment
    ensureFolders(layout)
    await bringPillar(deployment)
    if (mode === 'editable') {
      await syncEditableTree(deployment)
      await readNew(deployment)
      addGeneratedToEditable(layout.editableTree, deployment.installer, developerOf(layout))
    } else if (request.kind === 'pillar') {
      const tree = deployment.previous?.tree ?? null
      if (tree === null) note(deployment, 'the pillar is stored; the first push of the project deploys with it')
      await readNew(deployment, tree === null ? undefined : treeOfRelease(layout, tree))
      if (tree !== null && isOutgrown(deployment, tree)) await newTree(deployment)
      else if (tree !== null) shareTree(deployment, tree)
    } else await newTree(deployment)
    pointSalt(layout, mode === 'editable' ? null : deployment.tree)
    wireProject(layout)
    writeHookSettings(layout, deployment.cfg)
    // An upgrade step that was edited after it ran fails the deployment here, before anything has changed.
    const salt = saltFolderOf(deployment)
    if (salt !== null) unfinishedSteps({ layout, emit: () => {} }, upgradeSteps(salt))
  },
  undo: setTreeAside,
})

/** The tree and the state files of what was pushed. It is read where nobody else reaches it, and handed over last. */
async function newTree(deployment: Deployment): Promise<void> {
  const { layout, release, commit } = deployment
  if (commit === null) throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${layout.name} yet.`)
  const made = await makeReleaseTree(deployment)
  const salt = await bringSalt(deployment, commit)
  await tellWhatIsElsewhere(deployment, made.changes, filesOf(made))
  await lookAtLinks(deployment, commit, made)
  await readNew(deployment, { files: filesOf(made), salt })
  const before = deployment.previous?.commit ?? null
  deployment.found.sameBelow = before !== null && (await isSameBelow(deployment, before, commit))
  if (deployment.sameBelow)
    note(deployment, `nothing changed below ${applicationPath(deployment.cfg)}: what runs stays`)
  const generated = generatedFiles(deployment.installer)
  const named = linkSalt(layout, release, salt, generated)
  await handOverTree(deployment, made, salt, { files: generated, name: named })
  await keepSource(layout, release, commit, deployment.shell)
  linkWhole(layout.tree(release), layout.project)
  if (made.changes !== null)
    note(deployment, `${made.changes.length} file${made.changes.length === 1 ? '' : 's'} changed`)
}

/** Asked where there may be one: a link is among what changed, or where nobody knows what did, anywhere in the commit. */
async function lookAtLinks(deployment: Deployment, commit: string, { place, changes }: MadeTree): Promise<void> {
  const isLinked = (name: FileName) =>
    lstatSync(pathTo(place.tree, name), { throwIfNoEntry: false })?.isSymbolicLink() ?? false
  if (changes === null ? hasNoLinks(place) : !changes.some(({ name }) => isLinked(name))) return
  const { linkAway, refuseLinksAway } = await import('../project/links-away.ts')
  refuseLinksAway(deployment, commit)
  const sentence = linkAway(deployment.layout, deployment.shell, commit)
  if (sentence !== null)
    note(deployment, `${sentence.replace(/\.$/, '')}: that does not come with a push, and cooking refuses it`, 'notice')
}

/** Which installer and which account it is, the new tree or pillar may say. */
async function readNew(deployment: Deployment, tree: ProjectTree = treeWorkedOn(deployment)): Promise<void> {
  await checkApplication(deployment, tree, await readConfiguration(deployment, tree))
  const { layout, shell, cfg, mode } = deployment
  await handOverFolders(shell, layout, accountOf(cfg), mode === 'editable')
}

/** Says what the tree was taken for. A pillar that comes before the first push has no tree yet; a developer's own may grow. */
async function checkApplication(deployment: Deployment, tree: ProjectTree, read: FreshConfiguration): Promise<void> {
  const { layout, installers, mode } = deployment
  if (deployment.tree === null && mode !== 'editable') return
  const wanted = mode === 'editable' ? { ...read, undetected: false } : read
  await refuseOddApplication(wanted, tree.files, installerFolders(layout, tree.salt, installers))
  if (read.unheeded.length > 0)
    note(
      deployment,
      `${read.unheeded.join(', ')}: in the tree of a developer, and not heeded; root says it: corpus config set ${layout.name} KEY=VALUE`,
      'notice',
    )
  const { chosen, notices } = whatWasFound(read)
  if (chosen !== null) note(deployment, chosen)
  for (const text of notices) note(deployment, text, 'notice')
}

/** Looks into the whole commit where it is the first, or where something in it says that content may be elsewhere. */
async function tellWhatIsElsewhere(
  deployment: Deployment,
  changes: readonly Change[] | null,
  files: TreeFiles,
): Promise<void> {
  const { layout, shell, commit, previous } = deployment
  const isHinted = changes?.some(one => one.submodule || /(^|\/)\.gitattributes$/.test(one.name)) ?? false
  const attributes = files.text('.gitattributes')
  if (commit === null || (previous !== null && !isHinted && attributes === undefined)) return
  const { contentElsewhere, elsewhereSentences, keepsElsewhere } = await import('../git/elsewhere.ts')
  if (previous !== null && !isHinted && !keepsElsewhere(attributes ?? '')) return
  const found = await contentElsewhere(shell, layout.projectGit, commit, files.text('.gitmodules') ?? '')
  for (const sentence of elsewhereSentences(found)) note(deployment, sentence, 'notice')
}
