/**
 * What is really started for a command. Programs that stand in front of it, and change account and umask, run by their whole
 * names in an environment that starts empty; the command's own comes into force behind them only, in a step that runs as
 * its account already: it takes the variables from names that mean nothing to anybody, goes to the folder, lets go of every
 * file that was left open, and becomes the command.
 */
import { environmentOfAccount } from './environment.ts'
import { type Program, program, systemPath } from './programs.ts'
import type { Command } from './shell.ts'

/** What spawn takes; undefined is this process's own. */
export interface Started {
  readonly argv: readonly [string, ...string[]]
  readonly env: Record<string, string> | undefined
  readonly cwd: string | undefined
  /** Why the kernel would not take it. */
  readonly fault?: string
}

/** Variables by which what was started is found again: in force in front, too, so that nothing is ever without them. */
const marks = ['CORPUS_DEPLOYMENT', 'CORPUS_LIMITED', 'CORPUS_INSTANCE']
/** In front of a name whose value is text, and of one whose value is bytes, with a % before the two digits of each that is not plain. */
const asText = 'corpus_'
const asBytes = 'corpusb_'

/** The kernel takes no single text of this length or more, name and closing NUL counted (MAX_ARG_STRLEN). */
const longestBytes = 128 * 1024

/** The environment that a command names, else: a project's own and another account's start from nothing, ours is inherited. */
export function environmentOf({ env, user, ofProject }: Command): Command['env'] {
  if (env !== undefined) return env
  return user || ofProject ? environmentOfAccount(user ?? null) : undefined
}

/** `front`: words in front of all others. */
export function started(command: Command, front: readonly string[] = []): Started {
  const env = environmentOf(command)
  const fault = env === undefined ? undefined : faultIn(env)
  const before = [...front, ...(command.within ?? [])]
  const drop = dropOf(command)
  const isPlain = Object.values(env ?? {}).every(value => typeof value === 'string')
  const cwd = command.cwd
  if (drop.length === 0 && command.umask === undefined && isPlain)
    return { argv: joined(before, command.argv), env: env as Started['env'], cwd, ...(fault && { fault }) }
  const umask = command.umask?.toString(8) ?? ''
  const step = [program('perl'), '-e', becoming, '--', cwd ?? '', umask, ...command.argv] as const
  const mangled = mangledOf(env ?? (process.env as Record<string, string>))
  return { argv: joined([...before, ...drop], step), env: mangled, cwd: '/', ...(fault && { fault }) }
}

function joined(before: readonly string[], argv: readonly [string, ...string[]]): [string, ...string[]] {
  const [first, ...others] = before
  return first === undefined ? [...argv] : [first, ...others, ...argv]
}

/** setpriv(1) also sets supplementary groups. */
export function dropOf({ user, isAlone }: Pick<Command, 'user' | 'isAlone'>): readonly [Program, ...string[]] | [] {
  if (!user || user.uid === process.getuid?.()) return []
  const groups = isAlone ? ['--clear-groups', '--no-new-privs'] : ['--init-groups']
  return [program('setpriv'), `--reuid=${user.uid}`, `--regid=${user.gid}`, ...groups, '--']
}

/** Without a module, in one line: it starts in two milliseconds. 436 is close_range(2) on every machine. */
const becoming = [
  'my ($folder, $mask) = splice @ARGV, 0, 2;',
  'my %own;',
  'for my $name (keys %ENV) { my $value = $ENV{$name};',
  'if ($name =~ s/^corpus_//) { $own{$name} = $value }',
  'elsif ($name =~ s/^corpusb_//) { $value =~ s/%(..)/chr hex $1/ge; $own{$name} = $value } }',
  '%ENV = %own;',
  'umask oct $mask if $mask ne "";',
  'if ($folder ne "" && !chdir $folder) { print STDERR "corpus: the folder $folder cannot be entered: $!\\n"; exit 126 }',
  'if (syscall(436, 3, 0x7fffffff, 0) != 0) { for (3 .. 255) { open my $file, "<&=", $_ and close $file } }',
  'exec { $ARGV[0] } @ARGV;',
  'my $gone = $! == 2 ? 127 : 126;',
  'print STDERR "corpus: failed to execute $ARGV[0]: $!\\n";',
  'exit $gone;',
].join(' ')

function mangledOf(env: Readonly<Record<string, string | Uint8Array>>): Record<string, string> {
  const mangled: Record<string, string> = { PATH: systemPath }
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') mangled[asText + name] = value
    else mangled[asBytes + name] = escaped(value)
  }
  for (const name of marks) {
    const value = env[name]
    if (typeof value === 'string') mangled[name] = value
  }
  return mangled
}

const escaped = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^ -$&-~]/g, byte => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** Says which variable it is, and never its value. */
function faultIn(env: Readonly<Record<string, string | Uint8Array>>): string | undefined {
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || /[=\0]/.test(name)) return `${JSON.stringify(name)} is not the name of a variable`
    if (typeof value === 'string' ? value.includes('\0') : value.includes(0)) return `the value of ${name} holds a NUL`
    const size = typeof value === 'string' ? Buffer.byteLength(value) : escaped(value).length
    if (asBytes.length + Buffer.byteLength(name) + 1 + size >= longestBytes)
      return `the value of ${name} is longer than the 128 KiB that the kernel takes`
  }
  return undefined
}
