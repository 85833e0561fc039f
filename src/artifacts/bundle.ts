/** Makes the archive of a release: the same tree and commit give the same bytes, whoever makes it, wherever and when. */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { inputOf, nameOf, namesIn, textOfName } from '../kernel/file-names.ts'
import { shown } from '../kernel/names.ts'
import { dropOf } from '../shell/behind.ts'
import { hasProgram, program } from '../shell/programs.ts'
import { type Account, type Command, complaintOf, type Shell } from '../shell/shell.ts'
import { type Digest, digestOf } from './digest.ts'
import { mayPointTo, placeOf } from './links.ts'
import { failure, must, plainEnvironment } from './run.ts'

export interface Bundle {
  readonly shell: Shell
  readonly tree: string
  /** Where the archive goes; made when it is not there. */
  readonly folder: string
  /** Default `project`, which gives `project.tar.zst`. */
  readonly name?: string
  /** Default `zstd`, where it is installed. */
  readonly pack?: 'zstd' | 'gzip'
  /** Every entry gets this time, seconds since 1970: the commit's, so that a web server's ETags change with the release. */
  readonly modifiedAt: number
  /** Names that git tracks, relative to the tree: asked for only when the tree has files that others may not read. */
  readonly tracked?: () => Promise<ReadonlySet<string>>
  /** Absolute folders that links of the tree may point into, such as the project's data. */
  readonly linksMayPointTo?: readonly string[]
  /** Whose the tree is: it is read as this account. Default: as whoever runs this. */
  readonly user?: Account
  readonly signal?: AbortSignal
}

export interface Archive extends Digest {
  /** `project.tar.zst`. */
  readonly file: string
  readonly path: string
}

export interface Bundled extends Archive {
  /** Names that changed, or went, while they were read: a process writes into the tree. */
  readonly changed: readonly string[]
}

/**
 * `.git` is left out at every depth. Modes are normalized (git knows but one bit of them), save that an untracked file
 * closed to others stays closed. A pipe, a device, or a link that unpacking would refuse is refused here already.
 */
export async function bundleTree(bundle: Bundle, looked?: LookedAt): Promise<Bundled> {
  const { signal, folder } = bundle
  const { closed } = looked ?? (await lookAtTree(bundle))
  const compressor = (bundle.pack ?? (hasProgram('zstd') ? 'zstd' : 'gzip')) === 'zstd' ? zstd : gzip
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  const file = `${bundle.name ?? 'project'}.tar${compressor.suffix}`
  const unfinished = join(folder, `.${file}.${randomBytes(6).toString('hex')}`)
  try {
    const changed =
      closed.size === 0
        ? await archiveAll(bundle, compressor.argv, unfinished)
        : await archiveApart(bundle, compressor.argv, unfinished, closed)
    chmodSync(unfinished, 0o640)
    const digest = await digestOf(unfinished, signal)
    renameSync(unfinished, join(folder, file))
    return { file, path: join(folder, file), ...digest, changed: [...new Set(changed)].sort() }
  } finally {
    for (const end of ['', '.status', '.tar', '.tar.status', '.closed', '.closed.status'])
      rmSync(`${unfinished}${end}`, { force: true })
  }
}

const zstd = { suffix: '.zst', argv: [program('zstd'), '-q', '-3', '-T1'] }
/** `-n`: no name and no time in the header. */
const gzip = { suffix: '.gz', argv: [program('gzip'), '-n', '-6'] }

const openMode = '--mode=u=rwX,go=rX,ug-s,o-t'
const closedMode = '--mode=u=rwX,go=,ug-s,o-t'

/** Hard links are written as files of their own: whether two names share an inode is an accident of how the tree was made. */
function tarOptions(bundle: Bundle): string[] {
  return [
    '--format=gnu',
    '--sort=name',
    `--mtime=@${bundle.modifiedAt}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--hard-dereference',
    '--no-xattrs',
    '--exclude=.git',
    `--directory=${bundle.tree}`,
  ]
}

async function archiveAll(bundle: Bundle, compressor: readonly string[], to: string): Promise<string[]> {
  const argv = [program('tar'), '--create', '--file=-', openMode, ...tarOptions(bundle), '.']
  return tar(bundle, argv, { to, through: compressor })
}

/** Closed files come last, with a mode of their own; the names go by list, so that no name is read as a pattern or an option. */
async function archiveApart(
  bundle: Bundle,
  compressor: readonly string[],
  to: string,
  closed: ReadonlySet<string>,
): Promise<string[]> {
  const lists = mkdtempSync(join(tmpdir(), 'corpus-bundle-'))
  try {
    const found = await find(bundle, ['-print0'])
    const names = found.map(name => (name === '.' ? name : name.slice(2)))
    const rest = join(lists, 'rest')
    const apart = join(lists, 'closed')
    writeList(
      rest,
      names.filter(name => !closed.has(name)),
    )
    writeList(
      apart,
      names.filter(name => closed.has(name)),
    )
    const plain = `${to}.tar`
    const closedToo = `${to}.closed`
    const create = (mode: string) => [
      program('tar'),
      '--create',
      '--file=-',
      mode,
      ...tarOptions(bundle),
      '--no-recursion',
      '--null',
      '--verbatim-files-from',
      '--files-from=-',
    ]
    const changed = [
      ...(await tar(bundle, create(openMode), { to: plain, from: rest })),
      ...(await tar(bundle, create(closedMode), { to: closedToo, from: apart })),
    ]
    const failed = 'The archive was not made'
    const joining = [program('tar'), '--concatenate', `--file=${plain}`, closedToo] as const
    await must(bundle.shell, { argv: joining, umask: 0o027 }, 'BUNDLE_FAILED', failed)
    const packing = 'out=$1 in=$2; shift 2; exec "$@" -c <"$in" >"$out"'
    const argv: [string, ...string[]] = [program('sh'), '-c', packing, 'sh', to, plain, ...compressor]
    await must(bundle.shell, { argv, umask: 0o027 }, 'BUNDLE_FAILED', failed)
    return changed
  } finally {
    rmSync(lists, { recursive: true, force: true })
  }
}

/** `$1` is where the archive goes, `$2` a file for tar's status, `$3` its list, `$4` how many words pack it. Ends as tar does. */
const piping = `to=$1 status=$2 from=$3 count=$4
shift 4
pack=
while [ "$count" -gt 0 ]; do pack="$pack '$1'"; shift; count=$((count - 1)); done
{ "$@" <"$from" 3>&-; echo $? >&3; } 3>"$status" | eval "exec \${pack:-cat}" >"$to" || exit 100
read -r ended <"$status"
exit "$ended"
`

/**
 * tar reads the tree as whose it is, and gives what it read to a pipe: neither what it may read nor the archive is more than
 * that account's. Answers what changed meanwhile. Any other complaint of tar's is a failure.
 */
async function tar(
  bundle: Bundle,
  argv: readonly string[],
  { to, from, through = [] }: { readonly to: string; readonly from?: string; readonly through?: readonly string[] },
): Promise<string[]> {
  const { shell, signal, user } = bundle
  const status = `${to}.status`
  const words = [to, status, from ?? '/dev/null', String(through.length), ...through]
  const command: Command = {
    argv: [program('sh'), '-c', piping, 'sh', ...words, ...dropOf({ user }), ...argv],
    umask: 0o027,
    env: plainEnvironment(),
    ...(signal && { signal }),
  }
  const outcome = await shell.run(command)
  rmSync(status, { force: true })
  const lines = complaintOf(outcome) === '' ? [] : complaintOf(outcome).split('\n')
  const names = lines.filter(line => !/: socket ignored$|^tar: Exiting with failure status/.test(line)).map(changedName)
  if (names.every(name => name !== undefined) && (names.length > 0 || outcome.status === 0)) return names
  throw failure(command, outcome, 'BUNDLE_FAILED', 'The archive was not made')
}

const changedName = (line: string): string | undefined =>
  /^tar: (?:\.\/)?(.+): (?:file changed as we read it|File removed before we read it|File shrank by .* bytes; padding with zeros|Cannot stat: No such file or directory)$/.exec(
    line,
  )?.[1]

function writeList(file: string, names: readonly string[]): void {
  const sorted = names.toSorted(byBytes)
  writeFileSync(file, inputOf(sorted.map(name => `./${name}`.replace(/^\.\/\.$/, '.'))))
}

/** What is known of a tree before it is archived. */
export interface LookedAt {
  /** Files, folders and links. */
  readonly entries: number
  /** Those that are closed on purpose. */
  readonly closed: ReadonlySet<string>
}

/** One walk over the tree: refuses what no release may have. */
export async function lookAtTree(bundle: Bundle): Promise<LookedAt> {
  const odd = [
    '(',
    '-type',
    'l',
    '-o',
    '-type',
    'p',
    '-o',
    '-type',
    'b',
    '-o',
    '-type',
    'c',
    '-o',
    '(',
    '-type',
    'f',
    '!',
    '-perm',
    '/044',
    ')',
    ')',
  ]
  const fields = await find(bundle, [...odd, '-printf', '%y\\0%P\\0%l\\0', '-o', '-printf', '-\\0\\0\\0'])
  const links = new Map<string, string>()
  const closed: string[] = []
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [type, name, target] = fields.slice(i, i + 3) as [string, string, string]
    if (type === 'l') links.set(name, target)
    else if (type === 'f') closed.push(name)
    else if (type !== '-')
      throw new CorpusError(
        'BUNDLE_REFUSED',
        `${shown(textOfName(name))} is a pipe or a device, which no release may have.`,
      )
  }
  const outside = (bundle.linksMayPointTo ?? []).map(nameOf)
  for (const [name, target] of links) {
    if (!mayPointTo(placeOf(name, links), outside))
      throw new CorpusError(
        'BUNDLE_REFUSED',
        `The link ${shown(textOfName(name))} points outside the tree, to ${shown(textOfName(target))}.`,
      )
  }
  const entries = fields.length / 3
  if (closed.length === 0) return { entries, closed: new Set() }
  const tracked = new Set([...((await bundle.tracked?.()) ?? [])].map(nameOf))
  return { entries, closed: new Set(closed.filter(name => !tracked.has(name))) }
}

async function find(bundle: Bundle, tests: readonly string[]): Promise<string[]> {
  const argv: [string, ...string[]] = [
    program('find'),
    '.',
    '-ignore_readdir_race',
    '-name',
    '.git',
    '-prune',
    '-o',
    ...tests,
  ]
  const { tree, user, signal } = bundle
  const command = { argv, cwd: tree, keepBytes: 1024 ** 3, ...(user && { user }), ...(signal && { signal }) }
  const { stdout } = await must(bundle.shell, command, 'BUNDLE_FAILED', 'The tree cannot be read')
  return namesIn(stdout)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'))
}
