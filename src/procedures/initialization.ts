/** initialization: folders, working copies and procedure files are there, and stand at what was pushed. */
import { CorpusError } from '../kernel/errors.ts'
import { linkWhole } from '../kernel/files.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { accountOf, ensureAccountHome } from './account.ts'
import { readConfiguration } from './configuration.ts'
import { type Deployment, note } from './deployment.ts'
import { syncEditableTree } from './editable-tree.ts'
import { writeHookSettings } from './hook-settings.ts'
import { bringPillar } from './pillar.ts'
import { generatedFiles, writeProcedureFiles } from './procedure-files.ts'
import { ensureFolders, wireProject } from './project-layout.ts'
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
  if (salt === null) await readConfiguration(deployment)
  else await readConfiguration(deployment, { files: folderFiles(layout.tree(release)), salt })
  ensureAccountHome(layout, accountOf(deployment.cfg))
  if (salt !== null) linkSalt(layout, release, salt, generatedFiles(deployment.installer))
  pointSalt(layout, deployment.mode === 'editable' ? null : deployment.tree)
}
