/** How an instance ended last, written down when it ends: systemd forgets it when it starts the next life. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Exit } from '../driver.ts'

/** The script of an instance's folder that systemd runs after each end, with its words for the end in the environment. */
export const exitScriptName = 'ended'

/** Fixed text: it writes beside itself, whole or not at all. EXIT_CODE is not set where nothing was ever started. */
export const exitScript = `#!/bin/sh
cd -- "\${0%/*}" || exit 0
[ -n "\${EXIT_CODE:-}" ] || exit 0
echo "$EXIT_CODE \${EXIT_STATUS:-} \${SERVICE_RESULT:-}" > last-exit.new && mv -f last-exit.new last-exit
`

/** null when it never ended. */
export function lastExit(folder: string): Exit | null {
  try {
    return parseExit(readFileSync(join(folder, 'last-exit'), 'utf8'))
  } catch {
    return null
  }
}

/** `exited 3 exit-code`, `killed KILL oom-kill`, `dumped SEGV core-dump`; systemd.exec(5) has the words. */
export function parseExit(text: string): Exit | null {
  const [code, status = ''] = text.trim().split(' ')
  if (code === 'exited' && /^\d+$/.test(status)) return { status: Number(status), signal: null }
  if ((code === 'killed' || code === 'dumped') && /^[A-Z0-9+-]+$/.test(status))
    return { status: null, signal: `SIG${status}` }
  return null
}
