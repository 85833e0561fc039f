/**
 * A small process at hand of one that waits, loaded: it takes locks by flock(2) and starts commands. A large process
 * forks slowly (2 to 4 ms each time, in which it does nothing else); this one forks in a fifth of one.
 */
import { spawn } from 'node:child_process'
import type { Lock } from './lock.ts'
import type { Command } from './shell.ts'

export interface Helper {
  /** The lock on a file, or null when another holds it. One at a time. */
  take(path: string): Promise<Lock | null>
  /** Runs a command whose output nobody wants, and says its status; 127 when it could not be started. One after the other. */
  run(command: Pick<Command, 'argv'> & { readonly cwd: string; readonly env: Record<string, string> }): Promise<number>
  stop(): void
}

/** A line is a request, its words escaped; each is answered by a line. At the end of its input, that is when we are dead, it ends, and the kernel lets go. */
const program = `$| = 1;
umask 022;
while (<STDIN>) {
  chomp;
  my ($verb, @words) = map { s/%([0-9a-f]{2})/chr hex $1/ge; $_ } split / /, $_, -1;
  if ($verb eq 'run') { print run(@words), "\\n"; next }
  close $held if $held;
  undef $held;
  if ($verb eq 'free') { print "0\\n"; next }
  if (open($held, '>>', $words[0]) && flock($held, 6)) { print "0\\n" } else { close $held if $held; undef $held; print "1\\n" }
}
sub run {
  my ($folder, $variables, @words) = @_;
  my $pid = fork;
  return 127 unless defined $pid;
  if ($pid) { waitpid $pid, 0; return $? & 127 ? 128 + ($? & 127) : $? >> 8 }
  %ENV = map { split /=/, $_, 2 } splice @words, 0, $variables;
  open STDIN, '<', '/dev/null';
  open STDOUT, '>', '/dev/null';
  open STDERR, '>', '/dev/null';
  chdir $folder and exec { $words[0] } @words;
  exit 127;
}`

export function startHelper(): Helper {
  const child = spawn('perl', ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  let stopped = false
  let answer: ((status: number) => void) | null = null
  let last: Promise<unknown> = Promise.resolve()
  // One request after the other: each answer belongs to the request before it.
  const ask = (...words: string[]): Promise<number> => {
    const asked = last.then(
      () =>
        new Promise<number>(resolve => {
          answer = resolve
          child.stdin.write(`${words.map(escaped).join(' ')}\n`)
        }),
    )
    last = asked
    return asked
  }
  child.stdout.on('data', (piece: Buffer) => {
    answer?.(Number(piece.toString()))
    answer = null
  })
  const gone = () => {
    // The lock went with it: whoever goes on now could meet another runner. One that only waits is replaced.
    if (!stopped) process.kill(process.pid, 'SIGKILL')
  }
  child.on('exit', gone)
  child.on('error', gone)
  child.stdin.on('error', () => {})
  return {
    async take(path) {
      if ((await ask('lock', path)) !== 0) return null
      return { release: () => void ask('free') }
    },
    run({ argv, cwd, env }) {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      return ask('run', cwd, String(variables.length), ...variables, ...argv)
    },
    stop() {
      stopped = true
      child.stdin.end()
    },
  }
}

/** What separates words and lines, escaped. */
const escaped = (word: string): string =>
  word.replace(/[% \n]/g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
