/** The security boundary: names of people are parsed here into branded types or refused, so that no raw string reaches a path. */
import { CorpusError } from './errors.ts'

declare const brand: unique symbol
type Branded<T extends string> = string & { readonly [brand]: T }

/** The name of a project: 1 to 63 of a-z, 0-9, "-", "_", beginning with a letter. */
export type ProjectName = Branded<'project'>
/** A release id: `<YYYYMMDDTHHMMSSmmm>Z-<uuid>`, sorts by time. */
export type ReleaseId = Branded<'release'>
/** The name of a process type, as in a Procfile: letters, digits, "-", "_". */
export type ProcessName = Branded<'process'>
/** The whole id of a commit. */
export type CommitId = Branded<'commit'>

export function isProjectName(text: string): text is ProjectName {
  return /^[a-z][a-z0-9_-]{0,62}$/.test(text)
}

export function projectName(text: string): ProjectName {
  if (!isProjectName(text)) throw new CorpusError('NAME_INVALID', `${shown(text)} is not a project name.`)
  return text
}

/** A user or a group of users: no option, no path, and nothing that a list or a log could be broken with. */
export const isUserName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(text)

export function userName(text: string): string {
  if (!isUserName(text)) throw new CorpusError('USER_INVALID', `${shown(text)} is not a name of a user.`)
  return text
}

export function isReleaseId(text: string): text is ReleaseId {
  return /^\d{8}T\d{9}Z-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

export function releaseId(text: string): ReleaseId {
  if (!isReleaseId(text)) throw new CorpusError('NAME_INVALID', `${shown(text)} is not a release.`)
  return text
}

export function processName(text: string): ProcessName {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(text))
    throw new CorpusError('NAME_INVALID', `${shown(text)} is not a process name.`)
  return text as ProcessName
}

/** A commit by its whole id (SHA-1 or SHA-256): the only reference that is handed to git's porcelain. */
export function commitId(text: string): CommitId {
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text))
    throw new CorpusError('NAME_INVALID', `${shown(text)} is not a commit.`)
  return text as CommitId
}

/** Whether git may fetch from it: no option, and no `ext::command` that names a program of its own. */
export const isFetchUrl = (text: string): boolean =>
  text !== '' && !text.startsWith('-') && !/^[\w+.-]*::/.test(text) && !/[\x00-\x1f\x7f]/.test(text)

/** A hostile string as it may be shown: quoted, control characters escaped, cut. */
export function shown(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text
  return JSON.stringify(cut)
}
