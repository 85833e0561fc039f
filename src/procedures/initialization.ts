/** initialization: folders, working copies and procedure files are there, and stand at what was pushed. */
import type { Change } from '../git/tree.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkWhole } from '../kernel/files.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { accountOf } from './account.ts'
import { type FreshConfiguration, installerFolders, readConfiguration, treeWorkedOn } from './configuration.ts'
import { type Deployment, note } from './deployment.ts'
import { syncEditableTree } from './editable-tree.ts'
import { writeHookSettings } from './hook-settings.ts'
import { bringPillar } from './pillar.ts'
import { generatedFiles, writeProcedureFiles } from './procedure-files.ts'
import { ensureFolders, wireProject } from './project-layout.ts'
import type { ProjectTree } from './project-tree.ts'
import { refuseOddApplication, whatWasFound } from './recognised.ts'
import { bringSalt, linkSalt, pointSalt, saltFolderOf } from './release-salt.ts'
import { makeReleaseTree, shareTree } from './release-tree.ts'
import { unfinishedSteps, upgradeSteps } from './upgrade.ts'

export const initialization = defineProcedure({
  name: 'initialization',
  does: 'Makes what is missing of the layout, brings pillar and project to what was pushed, and writes missing procedure files.',
  async run(deployment: Deployment) {
    const { layout, request } = deployment
    ensureFolders(layout)
    await bringPillar(deployment)
    if (deployment.mode === 'editable') {
      await syncEditableTree(deployment)
    } else if (request.kind === 'pillar') {
      if (deployment.previous?.tree) shareTree(deployment, deployment.previous.tree)
      else note(deployment, 'the pillar is stored; the first push of the project deploys with it')
    } else {
      if (deployment.commit === null)
        throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${layout.name} yet.`)
      const changes = await makeReleaseTree(deployment)
      await tellWhatIsElsewhere(deployment, changes)
      if (changes !== null) note(deployment, `${changes.length} file${changes.length === 1 ? '' : 's'} changed`)
      linkWhole(layout.tree(deployment.release), layout.project)
    }
    await readNew(deployment)
    writeProcedureFiles(deployment)
    wireProject(layout)
    writeHookSettings(layout, deployment.cfg)
    // An upgrade step that was edited after it ran fails the deployment here, before anything has changed.
    const salt = saltFolderOf(deployment)
    if (salt !== null) unfinishedSteps({ layout, emit: () => {} }, upgradeSteps(salt))
  },
})

/** Which installer and which account it is, the new tree or pillar may say. */
async function readNew(deployment: Deployment): Promise<void> {
  const { layout, commit, madeTree, release } = deployment
  const salt = madeTree && commit !== null ? await bringSalt(deployment, commit) : null
  const tree = salt === null ? treeWorkedOn(deployment) : { files: folderFiles(layout.tree(release)), salt }
  await checkApplication(deployment, tree, await readConfiguration(deployment, tree))
  accountOf(deployment.cfg)
  if (salt !== null) linkSalt(layout, release, salt, generatedFiles(deployment.installer))
  pointSalt(layout, deployment.mode === 'editable' ? null : deployment.tree)
}

/** Says what the tree was taken for. A pillar that comes before the first push has no tree yet; a developer's own may grow. */
async function checkApplication(deployment: Deployment, tree: ProjectTree, read: FreshConfiguration): Promise<void> {
  const { layout, installers, mode } = deployment
  if (deployment.tree === null && mode !== 'editable') return
  const wanted = mode === 'editable' ? { ...read, undetected: false } : read
  await refuseOddApplication(wanted, tree.files, installerFolders(layout, tree.salt, installers))
  const { chosen, notices } = whatWasFound(read)
  if (chosen !== null) note(deployment, chosen)
  for (const text of notices) note(deployment, text, 'notice')
}

/** Looks into the whole commit where it is the first, or where something in it says that content may be elsewhere. */
async function tellWhatIsElsewhere(deployment: Deployment, changes: readonly Change[] | null): Promise<void> {
  const { layout, shell, commit, previous } = deployment
  const { files } = treeWorkedOn(deployment)
  const isHinted = changes?.some(one => one.submodule || /(^|\/)\.gitattributes$/.test(one.name)) ?? false
  const { contentElsewhere, elsewhereSentences, keepsElsewhere } = await import('../git/elsewhere.ts')
  if (commit === null || (previous !== null && !isHinted && !keepsElsewhere(files.text('.gitattributes') ?? ''))) return
  const found = await contentElsewhere(shell, layout.projectGit, commit, files.text('.gitmodules') ?? '')
  for (const sentence of elsewhereSentences(found)) note(deployment, sentence, 'notice')
}
