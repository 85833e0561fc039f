/** What is kept of a project's configuration between deployments: one file, replaced as a whole or not at all. */
import { readFileSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import { fromJson, toJson } from './json.ts'
import { copied, merged } from './merge.ts'
import { writePrivate } from './private-file.ts'

/**
 * `settings` is the layer that set_configuration made; `snapshot` is every variable as the last successful deployment or
 * initialization saw it. They are apart because a snapshot laid over the pillar would freeze the pillar for ever.
 */
export interface SavedConfiguration {
  readonly settings: Dict
  readonly snapshot: Dict | null
  /** The release that the snapshot is of, or null when it is of an initialization. */
  readonly release: string | null
  readonly apiVersion: number
}

const nothingSaved: SavedConfiguration = { settings: new Dict(), snapshot: null, release: null, apiVersion: 2 }
const format = 1

/** A project that saved nothing yet has an empty one. */
export function readSaved(file: string): SavedConfiguration {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { ...nothingSaved, settings: new Dict() }
    throw new CorpusError('SAVED_CONFIGURATION_UNREADABLE', `The saved configuration ${file} cannot be read.`, {
      detail: String(cause),
      cause,
    })
  }
  return parseSaved(text, file)
}

/** Mode 0600, flushed to the disk before it takes the old file's place. Callers hold the project's lock. */
export function writeSaved(file: string, saved: SavedConfiguration): void {
  const body = {
    format,
    api_version: saved.apiVersion,
    release: saved.release,
    settings: toJson(saved.settings),
    snapshot: saved.snapshot === null ? null : toJson(saved.snapshot),
  }
  writePrivate(file, `${JSON.stringify(body, null, 2)}\n`)
}

/** set_configuration: these settings laid over those saved before. */
export function withSettings(saved: SavedConfiguration, settings: Dict): SavedConfiguration {
  return { ...saved, settings: merged(saved.settings, settings) }
}

/** Takes one setting back, so that the layers below show again; true in the second place when it was there. */
export function withoutSetting(saved: SavedConfiguration, path: readonly string[]): [SavedConfiguration, boolean] {
  const settings = copied(saved.settings) as Dict
  let inside: unknown = settings
  for (const key of path.slice(0, -1)) inside = inside instanceof Dict ? inside.get(key) : undefined
  const was = inside instanceof Dict && inside.delete(path[path.length - 1] ?? '')
  return [{ ...saved, settings }, was]
}

/** After a successful deployment or initialization: every variable and the api_version. */
export function withSnapshot(
  saved: SavedConfiguration,
  configuration: Dict,
  release: string | null,
): SavedConfiguration {
  return { ...saved, snapshot: configuration, release, apiVersion: Number(configuration.get('api_version') ?? 2) }
}

/** `file` names it in errors. Throws SAVED_CONFIGURATION_CORRUPT. */
export function parseSaved(text: string, file: string): SavedConfiguration {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw corrupt(file, text === '' ? 'it is empty' : String(cause), cause)
  }
  const body = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  if (body['format'] !== format)
    throw corrupt(file, `its format is ${JSON.stringify(body['format']) ?? 'missing'}, not ${format}`)
  const settings = fromJson(body['settings'])
  const snapshot = fromJson(body['snapshot'] ?? null)
  const release = body['release'] ?? null
  const apiVersion = body['api_version']
  const wrong =
    (!(settings instanceof Dict) && 'settings') ||
    (snapshot !== null && !(snapshot instanceof Dict) && 'snapshot') ||
    (release !== null && typeof release !== 'string' && 'release') ||
    (typeof apiVersion !== 'number' && 'api_version')
  if (wrong) throw corrupt(file, `its ${wrong} is missing or of the wrong kind`)
  return { settings, snapshot, release, apiVersion } as SavedConfiguration
}

function corrupt(file: string, why: string, cause?: unknown): CorpusError {
  return new CorpusError('SAVED_CONFIGURATION_CORRUPT', `The saved configuration ${file} is damaged: ${why}.`, {
    cause,
  })
}
