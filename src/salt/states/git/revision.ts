/** What `rev:` means at a remote: a branch, a tag, a commit, or its HEAD. */

export interface Wanted {
  readonly rev: string
  readonly type: 'head' | 'branch' | 'tag' | 'commit'
  /** The commit at the remote; a commit's own name may be short. */
  readonly revision: string
  /** The branch to track; null keeps what there is, false is none. */
  readonly upstream: string | null | false
  /** As comments tell it: "origin/main (1234567)". */
  readonly told: string
}

/** Undefined where the remote has nothing of that name. */
export function wantedRevision(refs: ReadonlyMap<string, string>, rev: string, remote: string): Wanted | undefined {
  if (rev === 'HEAD') {
    const head = refs.get('HEAD')
    if (head === undefined) return undefined
    return { rev, type: 'head', revision: head, upstream: null, told: `remote HEAD (${short(head)})` }
  }
  const branch = refs.get(`refs/heads/${rev}`)
  if (branch !== undefined) {
    const upstream = `${remote}/${rev}`
    return { rev, type: 'branch', revision: branch, upstream, told: `${upstream} (${short(branch)})` }
  }
  const tag = refs.get(`refs/tags/${rev}^{}`) ?? refs.get(`refs/tags/${rev}`)
  if (tag !== undefined) return { rev, type: 'tag', revision: tag, upstream: false, told: `${rev} (${short(tag)})` }
  if (!/^[0-9a-f]{4,40}$/i.test(rev)) return undefined
  const revision = rev.toLowerCase()
  return { rev: revision, type: 'commit', revision, upstream: false, told: short(revision) }
}

export function short(revision: string): string {
  return revision.slice(0, 7)
}

/** A commit may have been given by its first letters. */
export function sameRevision(present: string | null, wanted: Wanted): boolean {
  return present?.startsWith(wanted.revision) ?? false
}
