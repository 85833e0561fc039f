/** The arguments that all states of cmd take. */
import type { Arguments } from '../../definition/define.ts'

export const commandArguments: Arguments = {
  cwd: { does: 'The folder it runs in; default: the home of the account.', type: 'path' },
  root: { does: 'A folder to chroot to first.', type: 'path' },
  runas: { does: 'The account it runs as.', type: 'text' },
  shell: { does: 'The shell that reads it; default: the grain `shell`.', type: 'path' },
  env: {
    does: 'Environment variables: a mapping, or a list of mappings or of VAR=value; false unsets one.',
    type: 'any',
  },
  prepend_path: { does: 'A folder put in front of PATH.', type: 'path' },
  stateful: {
    does: 'Whether its last line of output (JSON or `changed=yes comment="…"`) tells what it changed; or a list with `test_name`, the command of test mode.',
    type: 'any',
    default: false,
  },
  umask: { does: 'The umask it runs with, octal.', type: 'mode' },
  output_loglevel: { does: 'Accepted; the output is always among the changes.', type: 'text', default: 'debug' },
  hide_output: { does: 'Keeps the output out of the changes.', type: 'boolean', default: false },
  timeout: { does: 'Seconds it may take; it is killed with its children then.', type: 'number' },
  ignore_timeout: {
    does: 'Counts as success when it was killed for taking too long.',
    type: 'boolean',
    default: false,
  },
  use_vt: { does: 'Accepted; the output is streamed anyway.', type: 'boolean', default: false },
  success_retcodes: { does: 'Exit statuses that count as success too.', type: 'list' },
  success_stdout: { does: 'Outputs that count as success whatever the status.', type: 'list' },
  success_stderr: { does: 'Error outputs that count as success whatever the status.', type: 'list' },
  stdin: { does: 'Text given to it on standard input.', type: 'text' },
}
