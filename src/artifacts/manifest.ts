/** `release.json`: what a release is, and the digest of every archive that belongs to it. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { writeWhole } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { digestOf } from './digest.ts'

export const manifestName = 'release.json'

export interface Manifest {
  readonly format: 1
  readonly name: string
  readonly release: string
  readonly commit: string
  readonly pillar_commit: string | null
  readonly mode: string
  readonly creator: string
  readonly api_version: number
  readonly installer: string
  /** Where the tree has modules in machine code: what they were built for. */
  readonly native?: NativeModules
  readonly archives: readonly ManifestArchive[]
  /** When and how long: the only part that differs when the same commit is bundled again by the same person. */
  readonly times: { readonly created_at: string; readonly procedures: readonly ProcedureTime[] }
}

/** As Node names itself: `24.21.0`, `linux`, `x64`. */
export interface NativeModules {
  readonly node: string | null
  readonly platform: string
  readonly arch: string
}

interface ManifestArchive {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

interface ProcedureTime {
  readonly name: string
  readonly seconds: number
}

/**
 * Digests every archive in a release's folder, those that the project added among them, and writes the manifest beside
 * them, flushed. Called after the project's own bundle step, and again when that changes.
 */
export async function sealRelease(folder: string, facts: Omit<Manifest, 'format' | 'archives'>): Promise<Manifest> {
  const archives: ManifestArchive[] = []
  for (const file of readdirSync(folder).sort()) {
    if (file === manifestName || file.startsWith('.')) continue
    if (!isArchiveName(file) || !statSync(join(folder, file)).isFile())
      throw new CorpusError('BUNDLE_REFUSED', `${shown(file)} in the folder of the release is not an archive.`)
    archives.push({ file, ...(await digestOf(join(folder, file))) })
  }
  const { times, ...rest } = facts
  const manifest: Manifest = { format: 1, ...rest, archives, times }
  write(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** Reads a manifest that may come from anywhere; `from` names it in errors. */
export function parseManifest(text: string, from: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CorpusError('ARTIFACT_MANIFEST', `The manifest ${from} is not JSON.`, { detail: String(cause), cause })
  }
  const manifest = (typeof json === 'object' && json !== null ? json : {}) as Partial<Record<keyof Manifest, unknown>>
  const faults = [
    ...(manifest.format === 1 ? [] : [`format is ${JSON.stringify(manifest.format) ?? 'missing'}, not 1`]),
    ...texts.filter(key => typeof manifest[key] !== 'string').map(key => `${key} is not text`),
    ...archiveFaults(manifest.archives),
  ]
  if (faults.length > 0)
    throw new CorpusError('ARTIFACT_MANIFEST', `The manifest ${from} is not one: ${faults[0]}.`, {
      detail: faults.join('\n'),
    })
  return json as Manifest
}

/** A name that is a file beside the manifest and nothing else, wherever it came from. */
export function isArchiveName(file: string): boolean {
  return /^[A-Za-z0-9_][\w.+@=-]{0,200}$/.test(file)
}

const texts = ['name', 'release', 'commit', 'mode', 'creator', 'installer'] as const

function archiveFaults(archives: unknown): string[] {
  if (!Array.isArray(archives) || archives.length === 0) return ['archives is not a list with archives']
  const seen = new Set<unknown>()
  return archives.flatMap((item: unknown, index) => {
    const archive = (typeof item === 'object' && item !== null ? item : {}) as Partial<
      Record<keyof ManifestArchive, unknown>
    >
    const faults: string[] = []
    if (
      typeof archive.file !== 'string' ||
      !isArchiveName(archive.file) ||
      archive.file === manifestName ||
      seen.has(archive.file)
    )
      faults.push(`archives[${index}].file is not the name of an archive`)
    if (typeof archive.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(archive.sha256))
      faults.push(`archives[${index}].sha256 is not a digest`)
    if (!Number.isSafeInteger(archive.bytes) || (archive.bytes as number) < 0)
      faults.push(`archives[${index}].bytes is not a size`)
    seen.add(archive.file)
    return faults
  })
}

function write(path: string, text: string): void {
  try {
    writeWhole(path, text, { mode: 0o640, durable: true })
  } catch (cause) {
    throw new CorpusError('WRITE_FAILED', `${path} cannot be written: ${(cause as Error).message}.`, { cause })
  }
}
