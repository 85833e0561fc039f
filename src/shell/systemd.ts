/** Whether there is a systemd that takes orders from us, and where. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** sd_booted(3). From root the system's takes orders, from others their own where it runs. */
export function isBootedWithSystemd(): boolean {
  if (!existsSync('/run/systemd/system')) return false
  return process.getuid?.() === 0 || runtimeFolder() !== null
}

/** The folder in which the caller's own manager listens; null where none runs. Neither cron nor su set the variable. */
export function runtimeFolder(): string | null {
  const candidates = [process.env['XDG_RUNTIME_DIR'], `/run/user/${process.getuid?.()}`]
  return candidates.find(folder => folder !== undefined && existsSync(join(folder, 'systemd/private'))) ?? null
}
