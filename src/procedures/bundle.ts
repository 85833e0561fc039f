/** bundle: the release as archives that production runs without building. */
import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { gitIn } from '../git/git.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { releaseTime } from '../kernel/release.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { type Deployment, note, workedOn } from './deployment.ts'

export const bundle = defineProcedure({
  name: 'bundle',
  does: 'Archives the built tree reproducibly, with what the state file adds, and seals it with a manifest of digests.',
  async run(deployment: Deployment) {
    const { layout, release, shell, signal } = deployment
    const { bundleTree } = await import('../artifacts/bundle.ts')
    const git = gitIn(shell, { gitDir: layout.projectGit })
    const commit = commitOf(deployment)
    const modifiedAt = Number(await git.text('show', '--no-patch', '--format=%ct', commit))
    const archive = await bundleTree({
      shell,
      tree: workedOn(deployment),
      folder: layout.bundle(release),
      modifiedAt,
      tracked: async () => new Set((await git.text('ls-tree', '-r', '-z', '--name-only', commit)).split('\0')),
      linksMayPointTo: [layout.data],
      ...(deployment.account ? { user: deployment.account } : {}),
      signal,
    })
    note(deployment, `${archive.file}, ${(archive.bytes / 1_000_000).toFixed(1)} MB`)
    const [first, ...others] = archive.changed
    if (first !== undefined)
      note(
        deployment,
        `${shown(first)}${others.length > 0 ? ` and ${others.length} more` : ''} changed while it was archived: what the application writes belongs into its data folder`,
        'warning',
      )
  },
  /** Archives that the state file put beside ours are sealed with them. */
  async after(deployment: Deployment) {
    const { layout, release, cfg, request, mode } = deployment
    const folder = layout.bundle(release)
    if (!existsSync(folder) || readdirSync(folder).length === 0) return
    const { sealRelease } = await import('../artifacts/manifest.ts')
    const native = await (await import('./native-modules.ts')).nativeModulesOf(deployment)
    await sealRelease(folder, {
      name: layout.name,
      release,
      commit: commitOf(deployment),
      pillar_commit: deployment.pillarCommit,
      mode,
      creator: `${request.by}@${hostname()}`,
      api_version: Number(cfg.get('api_version')),
      installer: deployment.installer.name,
      ...(native ? { native } : {}),
      times: {
        created_at: releaseTime(release).toISOString(),
        procedures: deployment.timings.map(({ name, milliseconds }) => ({ name, seconds: milliseconds / 1000 })),
      },
    })
  },
})

function commitOf(deployment: Deployment): string {
  if (deployment.commit === null)
    throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${deployment.layout.name} yet.`)
  return deployment.commit
}
