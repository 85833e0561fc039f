/** A place that release archives come from, parsed and checked before anything is asked of it. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'

export interface ArtifactUrl {
  readonly scheme: 'file' | 'http' | 'https' | 'rsync' | 'ssh'
  /** Without credentials, query and digest: what may be shown. */
  readonly shown: string
  readonly user: string
  readonly password: string
  readonly host: string
  /** Empty for the scheme's own. */
  readonly port: string
  /** Decoded for `file`, `rsync` and `ssh`; as written, with its query, for `http` and `https`. */
  readonly path: string
  /** The SHA-256 that was asked for, or undefined. */
  readonly sha256: string | undefined
}

export function artifactUrl(text: string): ArtifactUrl {
  if (text.startsWith('/'))
    return artifactUrl(`file://${text.replaceAll('%', '%25').replaceAll('?', '%3F').replaceAll('#', '%23')}`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const scheme = url?.protocol.slice(0, -1)
  if (!url || !isScheme(scheme)) throw invalid(text, 'it is no file:, http:, https:, rsync: or ssh: URL')
  const sha256 = digestIn(url, text)
  const web = scheme === 'http' || scheme === 'https'
  const path = web ? `${url.pathname}${url.search}` : decoded(url.pathname, text)
  if (scheme === 'file' && url.host !== '' && url.host !== 'localhost')
    throw invalid(text, 'a file: URL has three slashes')
  if (scheme !== 'file' && !isHost(url.hostname)) throw invalid(text, 'its host is none')
  const user = decoded(url.username, text)
  if (/^-|[\s@:'"\\]/.test(user)) throw invalid(text, 'its account is none')
  if (path.includes('\0') || (!web && scheme !== 'file' && /[\n\r*?[\]\\]/.test(path)))
    throw invalid(text, 'its path has a character that stands for others')
  const authority = scheme === 'file' ? '' : `${url.hostname}${url.port && `:${url.port}`}`
  const password = decoded(url.password, text)
  return {
    scheme,
    shown: `${scheme}://${authority}${web ? url.pathname : path}`,
    user,
    password,
    host: url.hostname,
    port: url.port,
    path,
    sha256,
  }
}

/** A file beside or below this one, with the same host and account and no digest. */
export function siblingUrl(url: ArtifactUrl, name: string): ArtifactUrl {
  const bare = withoutQuery(url)
  const path = bare.slice(0, bare.lastIndexOf('/') + 1) + name
  const start = url.shown.slice(0, url.shown.length - bare.length)
  return { ...url, path, shown: `${start}${path}`, sha256: undefined }
}

/** The last part of the path: what the file is called here. */
export function nameOf(url: ArtifactUrl): string {
  const last = withoutQuery(url).split('/').at(-1) ?? ''
  return url.scheme.startsWith('http') ? decoded(last, url.shown) : last
}

/** Only on the web does a ? begin a query. */
function withoutQuery(url: ArtifactUrl): string {
  return url.scheme.startsWith('http') ? url.path.replace(/\?.*$/s, '') : url.path
}

function isScheme(text: string | undefined): text is ArtifactUrl['scheme'] {
  return text !== undefined && ['file', 'http', 'https', 'rsync', 'ssh'].includes(text)
}

function isHost(host: string): boolean {
  return /^(\[[0-9a-f:.]+\]|[A-Za-z0-9_][\w.-]*)$/i.test(host)
}

function digestIn(url: URL, text: string): string | undefined {
  if (url.hash === '') return undefined
  const [, sha256] = /^#sha256=([0-9a-f]{64})$/i.exec(url.hash) ?? []
  if (sha256 === undefined) throw invalid(text, 'what follows # is not sha256= and 64 hexadecimal digits')
  return sha256.toLowerCase()
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid(text, 'it has a % that begins no code')
  }
}

/** Without what stands before an @: it may be a password. */
function invalid(text: string, why: string): CorpusError {
  const open = text.replace(/\/\/[^/@]*@/, '//')
  return new CorpusError('ARTIFACT_URL_INVALID', `${shown(open)} cannot be fetched: ${why}.`)
}
