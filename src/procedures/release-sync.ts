/** release-sync: what was built in cooking becomes the tree, exactly. */

import { fchmodSync, fchownSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { completeConfiguration } from '../deployment/configuration.ts'
import { type Deployment, note, workedOn } from '../deployment/deployment.ts'
import { discard } from '../deployment/rotation.ts'
import { setBundleAside } from '../deployment/set-aside.ts'
import { artifactsFile } from '../deployment/unchanged.ts'
import { inFolder } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { writeWhole } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'

export const releaseSync = defineProcedure({
  name: 'release-sync',
  does: 'Fetches the release archives, verifies digest and manifest, unpacks them to deploy/ and makes the tree exactly that.',
  async run(deployment: Deployment) {
    const { layout, shell, cfg, signal } = deployment
    const configured = settingOf(cfg, 'release_artifacts_urls')
    const urls = Array.isArray(configured) ? configured.map(String) : []
    if (urls.length === 0) return
    const { fetchArtifacts } = await import('../artifacts/fetch.ts')
    const { unpackArchive } = await import('../artifacts/unpack.ts')
    const { syncTree } = await import('../artifacts/sync.ts')
    takeDeploy(deployment)
    const fetched = await fetchArtifacts({
      shell,
      urls,
      folder: layout.bundle(deployment.release),
      name: layout.name,
      withoutDigest: settingOf(cfg, 'artifacts_without_digest') === true,
      signal,
    })
    for (const archive of fetched.archives) {
      note(
        deployment,
        `${archive.file} from ${archive.from}${archive.verifiedBy.length ? `, verified by ${archive.verifiedBy.join(' and ')}` : ''}`,
      )
    }
    const digests = fetched.archives.map(({ file, sha256 }) => ({ file, sha256 }))
    if (deployment.tree !== null) writeWhole(artifactsFile(layout, deployment.tree), `${JSON.stringify(digests)}\n`)
    if (fetched.project.verifiedBy.length === 0)
      note(deployment, 'neither a digest nor a manifest vouches for it', 'warning')
    const commit = fetched.manifest?.commit
    if (commit !== undefined && commit !== deployment.commit)
      note(deployment, `it was built from ${commit.slice(0, 10)}`, 'notice')
    await unpackArchive({
      shell,
      archive: fetched.project.path,
      folder: join(layout.deploy, 'project'),
      linksMayPointTo: [layout.data],
      folders: ['.salt'],
      discard: async path => discard(deployment, path, null),
      signal,
    })
    await letAccountRead(deployment)
    // The tree is the account's by now, and the state file of initialization ran in it: so the account makes it what the release
    // is. It reads the unpacked release, and cannot write to it. What root runs comes from git, never from an archive.
    const { changed, deleted } = await syncTree({
      shell,
      from: join(layout.deploy, 'project'),
      to: workedOn(deployment),
      signal,
      ...(deployment.account ? { user: deployment.account } : {}),
    })
    if (fetched.manifest?.native)
      (await import('../deployment/native-modules.ts')).tellOfOtherNode(deployment, fetched.manifest)
    await completeConfiguration(deployment)
    note(deployment, `${changed.length} entries changed, ${deleted.length} deleted`)
  },
  async undo(deployment: Deployment) {
    setBundleAside(deployment)
  },
})

/** Also what its builder kept to itself: the group of the project reads it, which is the account's. */
async function letAccountRead({ layout, shell, account }: Deployment): Promise<void> {
  if (account === null) return
  const unpacked = join(layout.deploy, 'project')
  for (const argv of [
    [program('chown'), '--recursive', '--no-dereference', `0:${account.gid}`, '--', unpacked],
    [program('chmod'), '--recursive', 'g+rX', '--', unpacked],
  ] as const) {
    const ended = await shell.run({ argv, cwd: '/' })
    if (ended.status !== 0)
      throw new CorpusError('SYNC_FAILED', `${unpacked} could not be shown to ${account.name}.`, {
        detail: textOf(ended.stderr),
      })
  }
}

/** The folder was the account's before: what unpacks into it must be alone there. The account reads what was unpacked. */
function takeDeploy({ layout, account }: Deployment): void {
  inFolder(layout.deploy, folder => {
    const own = process.getuid?.() ?? 0
    if (folder.uid !== own || account) fchownSync(folder.fd, own, account?.gid ?? process.getgid?.() ?? 0)
    fchmodSync(folder.fd, 0o750)
  })
}
