/** What only a client does, on the machine that it runs on: no machine is asked for it, or before anybody is somebody there. */

export interface ClientCommand {
  readonly name: string
  readonly usage: string
  readonly does: string
  readonly options: readonly { readonly flags: string; readonly does: string }[]
  readonly example: string
}

const json = { flags: '--json', does: 'answer as JSON' }

export const clientCommands: readonly ClientCommand[] = [
  {
    name: 'login',
    usage: 'login ENV [URL]',
    does: 'Makes ENV a machine that is asked with corpus -e ENV: asks for a user and the password there, gets a token with them, and keeps that in ~/.makinastates.conf, which nobody else can read. URL may be left out where ENV is known.',
    options: [
      { flags: '--user NAME', does: 'who (asked for where it is missing)' },
      { flags: '--password-stdin', does: 'reads the password from standard input' },
      { flags: '--token-stdin', does: 'reads a token from standard input, in place of getting one' },
      json,
    ],
    example: 'corpus login prod https://deploy.example.org',
  },
  {
    name: 'logout',
    usage: 'logout ENV',
    does: 'Ends the token of ENV at its machine, and takes ENV out of ~/.makinastates.conf.',
    options: [json],
    example: 'corpus logout prod',
  },
  {
    name: 'environments',
    usage: 'environments',
    does: 'Lists the machines in ~/.makinastates.conf, and who one is there.',
    options: [json],
    example: 'corpus environments',
  },
]

/** As `--help` prints it. */
export function clientHelp({ usage, does, options, example }: ClientCommand): string {
  const rows = options.map(one => `  ${one.flags.padEnd(24)} ${one.does}\n`)
  return `Usage: corpus ${usage}\n\n${does}\n\n${rows.join('')}Example: ${example}\n`
}
