/** bundle: the release as archives that production runs without building. */

import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { type Deployment, note, workedOn } from '../deployment/deployment.ts'
import { setBundleAside } from '../deployment/set-aside.ts'
import { readable } from '../disk/space.ts'
import { gitIn } from '../git/git.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { type ReleaseId, shown } from '../kernel/names.ts'
import { releaseTime } from '../kernel/release.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { hasWork } from '../project/has-work.ts'

/** A tree with more files and folders than this is archived behind the verdict: a pusher would wait for nothing else. */
const manyEntries = 2000

export const bundle = defineProcedure({
  name: 'bundle',
  does: 'Archives the built tree reproducibly, with what the state file adds, and seals it with a manifest of digests.',
  async run(deployment: Deployment) {
    const { lookAtTree } = await import('../artifacts/bundle.ts')
    const { beginBundling } = await import('../artifacts/bundling.ts')
    const tree = await treeOf(deployment)
    const looked = await lookAtTree(tree)
    if (looked.entries <= manyEntries || mustWait(deployment)) return archive(deployment, tree, looked)
    const { folder } = tree
    beginBundling(folder)
    note(deployment, `the release is bundled behind the verdict: it has ${looked.entries} files and folders`)
    deployment.afterVerdict.push(() => archiveBehind(deployment, folder, () => archive(deployment, tree, looked)))
  },
  /** Archives that the state file put beside ours are sealed with them. */
  async after(deployment: Deployment) {
    const folder = deployment.layout.bundle(bundledRelease(deployment))
    if (existsSync(folder) && readdirSync(folder).some(name => !name.startsWith('.'))) await seal(deployment, folder)
  },
  async undo(deployment: Deployment) {
    setBundleAside(deployment)
  },
})

type Tree = Parameters<typeof import('../artifacts/bundle.ts').bundleTree>[0]
type LookedAt = Awaited<ReturnType<typeof import('../artifacts/bundle.ts').lookAtTree>>

/** Where a state file goes on with the archive, or it is all that was asked for. */
function mustWait({ layout, release, request }: Deployment): boolean {
  if (request.kind === 'procedure') return true
  return hasWork(textIfThere(join(layout.saltOf(release), 'bundle.sls')) ?? '')
}

/** Asked for alone, it bundles the release that runs. */
const bundledRelease = ({ request, tree, release }: Deployment): ReleaseId =>
  request.kind === 'procedure' ? (tree ?? release) : release

async function treeOf(deployment: Deployment): Promise<Tree> {
  const { layout, shell, signal, account } = deployment
  const git = gitIn(shell, { gitDir: layout.projectGit })
  const commit = commitOf(deployment)
  return {
    shell,
    tree: workedOn(deployment),
    folder: layout.bundle(bundledRelease(deployment)),
    modifiedAt: Number(await git.text('show', '--no-patch', '--format=%ct', commit)),
    tracked: async () => new Set((await git.text('ls-tree', '-r', '-z', '--name-only', commit)).split('\0')),
    linksMayPointTo: [layout.data],
    ...(account ? { user: account } : {}),
    signal,
  }
}

async function archive(deployment: Deployment, tree: Tree, looked: LookedAt): Promise<void> {
  const { bundleTree } = await import('../artifacts/bundle.ts')
  const made = await bundleTree(tree, looked)
  note(deployment, `${made.file}, ${readable(made.bytes)}`)
  const [first, ...others] = made.changed
  if (first !== undefined)
    note(
      deployment,
      `${shown(first)}${others.length > 0 ? ` and ${others.length} more` : ''} changed while it was archived: what the application writes belongs into its data folder`,
      'warning',
    )
}

/** The mark goes when the manifest is there; a failure stands in it, and in the log. */
async function archiveBehind(deployment: Deployment, folder: string, work: () => Promise<void>): Promise<void> {
  // What failed was moved aside, mark and all.
  if (deployment.ended !== 'succeeded' || !existsSync(folder)) return
  const { failBundling } = await import('../artifacts/bundling.ts')
  try {
    await work()
    await seal(deployment, folder)
  } catch (error) {
    const { message } = faultOf(error)
    failBundling(folder, message.replace(/\.$/, ''))
    note(
      deployment,
      `the release was not bundled: ${message} Mend it, then: corpus bundle ${deployment.layout.name}`,
      'warning',
    )
  }
}

async function seal(deployment: Deployment, folder: string): Promise<void> {
  const { layout, cfg, request, mode } = deployment
  const release = bundledRelease(deployment)
  const { sealRelease } = await import('../artifacts/manifest.ts')
  const native = await (await import('../deployment/native-modules.ts')).nativeModulesOf(deployment)
  await sealRelease(folder, {
    name: layout.name,
    release,
    commit: commitOf(deployment),
    pillar_commit: deployment.pillarCommit,
    mode,
    creator: `${request.by}@${hostname()}`,
    api_version: Number(settingOf(cfg, 'api_version')),
    installer: deployment.installer.name,
    ...(native ? { native } : {}),
    times: {
      created_at: releaseTime(release).toISOString(),
      procedures: deployment.timings.map(({ name, milliseconds }) => ({ name, seconds: milliseconds / 1000 })),
    },
  })
  // Of one that failed before, too.
  ;(await import('../artifacts/bundling.ts')).endBundling(folder)
}

function commitOf(deployment: Deployment): string {
  if (deployment.commit === null)
    throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was pushed to ${deployment.layout.name} yet.`)
  return deployment.commit
}
