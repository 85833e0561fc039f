/** Fetches a release: every archive of its URLs, each held against its digest and its manifest, or nothing at all. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type OpenEntry, openAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import type { Archive } from './bundle.ts'
import { bundlingOf } from './bundling.ts'
import type { Digest } from './digest.ts'
import { removeLeftovers } from './leftovers.ts'
import { isArchiveName, type Manifest, manifestName, parseManifest } from './manifest.ts'
import type { Transfer } from './receiver.ts'
import { transferFile } from './transfer.ts'
import { type ArtifactUrl, artifactUrl, nameOf, siblingUrl } from './url.ts'

export interface Fetch {
  readonly shell: Shell
  /**
   * `release_artifacts_urls`: each an archive, a manifest (`….json`), or the folder of a release (ends with `/`; for
   * `file:` the slash may be left out), with an optional `#sha256=` of the archive or of the manifest.
   */
  readonly urls: readonly string[]
  /** Replaced as a whole when all is here and right; on any failure it stays as it was. */
  readonly folder: string
  /** For each archive; default 20 GiB. */
  readonly maximumBytes?: number
  /** For each archive; default 3600. */
  readonly timeoutSeconds?: number
  /** Default 30. */
  readonly idleSeconds?: number
  readonly sshOptions?: readonly string[]
  /** Whether what comes by http: or rsync: needs no digest in its URL: then it is whatever answers there. Default: it does. */
  readonly withoutDigest?: boolean
  /** The project that the manifest must be of; default any. */
  readonly name?: string
  readonly signal?: AbortSignal
}

interface FetchedArchive extends Archive {
  readonly from: string
  /** What said that it is the right one; empty when neither a digest nor a manifest was there to say so. */
  readonly verifiedBy: readonly ('digest' | 'manifest')[]
}

export interface Fetched {
  readonly archives: readonly FetchedArchive[]
  /** The archive of the project's own tree. */
  readonly project: FetchedArchive
  readonly manifest: Manifest | undefined
}

export async function fetchArtifacts(fetch: Fetch): Promise<Fetched> {
  const urls = fetch.urls.map(artifactUrl).map(asFolder)
  if (urls.length === 0) throw new CorpusError('ARTIFACT_URL_INVALID', 'There is no URL to fetch a release from.')
  const fresh = join(dirname(fetch.folder), `.${basename(fetch.folder)}.${randomBytes(6).toString('hex')}.new`)
  removeLeftovers(fetch.folder)
  mkdirSync(fresh, { recursive: true, mode: 0o750 })
  try {
    const gathering: Gathering = { fetch, fresh, archives: new Map(), manifests: new Map() }
    for (const url of urls) await gather(url, gathering)
    const manifest = oneManifest(gathering)
    const archives = [...gathering.archives.values()].map(archive => ({
      ...archive,
      path: join(fetch.folder, archive.file),
    }))
    const project = projectArchive(archives)
    flush(archives.map(archive => join(fresh, archive.file)))
    rmSync(fetch.folder, { recursive: true, force: true })
    renameSync(fresh, fetch.folder)
    return { archives, project, manifest }
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
}

interface Gathering {
  readonly fetch: Fetch
  readonly fresh: string
  readonly archives: Map<string, FetchedArchive>
  /** By the URL that they came from; undefined where there was none. */
  readonly manifests: Map<string, Manifest | undefined>
}

async function gather(url: ArtifactUrl, gathering: Gathering): Promise<void> {
  if (url.scheme === 'file') await untilBundled(url, gathering.fetch)
  if (nameOf(url).endsWith('.json')) {
    refuseUnverified(url, gathering, url.sha256 !== undefined)
    const manifest = await manifestAt(url, gathering, false)
    if (manifest === undefined) throw new CorpusError('ARTIFACT_UNREACHABLE', `There is no manifest ${url.shown}.`)
    for (const { file } of manifest.archives)
      await archiveAt(siblingUrl(url, file), manifest, gathering, url.sha256 !== undefined)
    return
  }
  refuseUnverified(url, gathering, url.sha256 !== undefined)
  const manifest = await manifestAt(siblingUrl(url, manifestName), gathering, true)
  await archiveAt(url, manifest, gathering, url.sha256 !== undefined)
}

/**
 * A manifest that comes the same way as its archives vouches for them where the way can be trusted: not by http: and rsync:,
 * which anybody between may answer, nor in a folder that an account writes to.
 */
function refuseUnverified(url: ArtifactUrl, { fetch }: Gathering, isVerified: boolean): void {
  if (isVerified) return
  const why =
    url.scheme === 'file' && isOfOthers(url.path)
      ? 'it lies where an account of this machine can write'
      : (url.scheme === 'http' || url.scheme === 'rsync') && fetch.withoutDigest !== true
        ? `anybody on the way can answer to ${url.scheme}:`
        : undefined
  if (why !== undefined)
    throw new CorpusError('ARTIFACT_UNVERIFIED', `${url.shown} is not fetched without a digest: ${why}.`)
}

const isOfOthers = (path: string): boolean => lookedAt(path)?.isOurs === false

/** Undefined also for what may not be looked at: bringing it here says why. */
function lookedAt(path: string): OpenEntry | undefined {
  try {
    const open = openAnywhere(path)
    open?.close()
    return open
  } catch {
    return undefined
  }
}

/** A large release of this machine is bundled behind its verdict: who comes at once waits for it. */
async function untilBundled(url: ArtifactUrl, { timeoutSeconds = 3600, signal }: Fetch): Promise<void> {
  for (let turn = 0; ; turn++) {
    const bundling = bundlingOf(dirname(url.path))
    if (bundling === undefined) return
    if (bundling.state === 'failed')
      throw new CorpusError(
        'ARTIFACT_UNREACHABLE',
        `${url.shown} is not there: its release was not bundled, ${bundling.why}.`,
      )
    if (signal?.aborted) throw new CorpusError('CANCELLED', `${url.shown} was being fetched: it was cancelled.`)
    if (turn >= timeoutSeconds * 10)
      throw new CorpusError('ARTIFACT_UNREACHABLE', `${url.shown} is not there: its release is still being bundled.`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

async function archiveAt(
  url: ArtifactUrl,
  manifest: Manifest | undefined,
  gathering: Gathering,
  isVerified: boolean,
): Promise<void> {
  const file = nameOf(url)
  if (!isArchiveName(file))
    throw new CorpusError('ARTIFACT_URL_INVALID', `${shown(file)} is not the name of an archive.`)
  if (gathering.archives.has(file))
    throw new CorpusError('ARTIFACT_URL_INVALID', `Two URLs bring an archive called ${file}.`)
  const listed = manifest?.archives.find(archive => archive.file === file)
  if (manifest && !listed)
    throw new CorpusError('ARTIFACT_MANIFEST', `The manifest beside ${url.shown} does not name that archive.`)
  refuseUnverified(url, gathering, isVerified)
  const path = join(gathering.fresh, file)
  const digest = await transferFile(url, path, transferOf(gathering.fetch))
  if (digest === undefined) throw new CorpusError('ARTIFACT_UNREACHABLE', `There is no archive ${url.shown}.`)
  const verifiedBy: ('digest' | 'manifest')[] = []
  if (url.sha256 !== undefined) verifiedBy.push(compared(digest, { sha256: url.sha256 }, url, 'digest'))
  if (listed) verifiedBy.push(compared(digest, listed, url, 'manifest'))
  gathering.archives.set(file, { file, path, ...digest, from: url.shown, verifiedBy })
}

/** The digest of a manifest vouches for all that the manifest names. */
async function manifestAt(url: ArtifactUrl, gathering: Gathering, wishedFor: boolean): Promise<Manifest | undefined> {
  if (gathering.manifests.has(url.shown)) return gathering.manifests.get(url.shown)
  const path = join(gathering.fresh, `.manifest-${gathering.manifests.size}`)
  const transfer = transferOf({ ...gathering.fetch, maximumBytes: 1024 * 1024 })
  const digest = await transferFile(url, path, { ...transfer, wishedFor })
  let manifest: Manifest | undefined
  if (digest !== undefined) {
    if (url.sha256 !== undefined) compared(digest, { sha256: url.sha256 }, url, 'digest')
    const text = readFileSync(path, 'utf8')
    manifest = parseManifest(text, url.shown)
    const { name } = gathering.fetch
    if (name !== undefined && manifest.name !== name)
      throw new CorpusError(
        'ARTIFACT_MANIFEST',
        `The manifest ${url.shown} is of ${shown(manifest.name)}, not of ${name}.`,
      )
    rmSync(path)
    writeFileSync(join(gathering.fresh, manifestName), text, { mode: 0o640 })
  }
  gathering.manifests.set(url.shown, manifest)
  return manifest
}

function compared<By extends 'digest' | 'manifest'>(
  digest: Digest,
  expected: { readonly sha256: string; readonly bytes?: number },
  url: ArtifactUrl,
  by: By,
): By {
  const sameSize = expected.bytes === undefined || expected.bytes === digest.bytes
  if (sameSize && digest.sha256 === expected.sha256) return by
  const which = by === 'digest' ? 'the digest of its URL' : 'its manifest'
  const why = sameSize ? 'its content is another' : `it has ${digest.bytes} bytes, not ${expected.bytes}`
  throw new CorpusError('ARTIFACT_DIGEST', `${url.shown} is not what ${which} says: ${why}.`, {
    detail: `expected sha256 ${expected.sha256}\n     got sha256 ${digest.sha256}`,
  })
}

/** Archives of two releases never go together. */
function oneManifest({ manifests }: Gathering): Manifest | undefined {
  const found = [...manifests.values()].filter(manifest => manifest !== undefined)
  const releases = new Set(found.map(manifest => manifest.release))
  if (releases.size > 1)
    throw new CorpusError(
      'ARTIFACT_MANIFEST',
      `The URLs are of more than one release: ${[...releases].map(shown).join(', ')}.`,
    )
  return found[0]
}

function projectArchive(archives: readonly FetchedArchive[]): FetchedArchive {
  const named = archives.filter(archive => /^project\.tar(\.|$)/.test(archive.file))
  const project = named[0] ?? (archives.length === 1 ? archives[0] : undefined)
  if (project === undefined || named.length > 1)
    throw new CorpusError(
      'ARTIFACT_MANIFEST',
      'It cannot be told which archive is the project: one is called project.tar.zst or project.tar.gz.',
    )
  return project
}

function transferOf(fetch: Fetch): Transfer {
  const { shell, sshOptions, signal } = fetch
  const limits = {
    maximumBytes: fetch.maximumBytes ?? 20 * 1024 ** 3,
    timeoutSeconds: fetch.timeoutSeconds ?? 3600,
    idleSeconds: fetch.idleSeconds ?? 30,
  }
  return { shell, limits, ...(sshOptions && { sshOptions }), ...(signal && { signal }) }
}

/** The folder of a release is asked for its manifest. */
function asFolder(url: ArtifactUrl): ArtifactUrl {
  const folder = url.scheme === 'file' && lookedAt(url.path)?.entry.isDirectory() === true
  if (!folder && !url.path.endsWith('/')) return url
  const slashed = url.path.endsWith('/') ? url : { ...url, path: `${url.path}/`, shown: `${url.shown}/` }
  return { ...siblingUrl(slashed, manifestName), sha256: url.sha256 }
}

/** On the disk before they count as fetched. */
function flush(paths: readonly string[]): void {
  for (const path of paths) {
    const handle = openSync(path, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  }
}
