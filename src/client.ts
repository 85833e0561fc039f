/** The command line that asks another machine: all that it needs is in a bundle of its own, which runs wherever Node does. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine, tell } from './cli/program.ts'
import { clientCommandOf, runClientCommand } from './cli/remote/login.ts'
import { otherMachine } from './cli/remote/place.ts'
import { CorpusError } from './kernel/errors.ts'

/** Returns the exit status. Never throws. */
export async function clientMain(argv: readonly string[], environment: string | undefined): Promise<number> {
  const json = argv.includes('--json')
  // Whoever reads may stop reading.
  process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 6))
  try {
    const { named, rest } = behindEnvironment(argv)
    const [word = '', ...words] = rest
    const own = clientCommandOf(word)
    if (own !== undefined) return await runClientCommand(own, words, version())
    const name = named ?? environment
    if (name === undefined || name === '') throw new CorpusError('USAGE', 'Say which machine: corpus -e ENV COMMAND.')
    return await runCommandLine(rest, otherMachine(name, version()), version())
  } catch (error) {
    return tell(error, { json, argv })
  }
}

/** `-e ENV`, `-eENV`, `--environment ENV`, `--environment=ENV`: before the command. Throws USAGE. */
function behindEnvironment(argv: readonly string[]): { readonly named?: string; readonly rest: readonly string[] } {
  const [first = '', second] = argv
  if (first === '-e' || first === '--environment') {
    if (second === undefined) throw new CorpusError('USAGE', 'ENV is missing behind -e.')
    return { named: second, rest: argv.slice(2) }
  }
  const inline = /^(?:-e|--environment=)(.+)$/s.exec(first)?.[1]
  return inline === undefined ? { rest: argv } : { named: inline, rest: argv.slice(1) }
}

/** `dist/` and `src/` both stand in the package's folder. */
function version(): string {
  const home = dirname(dirname(fileURLToPath(import.meta.url)))
  return (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }).version
}
