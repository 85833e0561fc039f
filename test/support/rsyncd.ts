/** A real rsync daemon of a test's own on loopback; it dies with the test. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, listening } from './ports.ts'

export interface Rsyncd {
  readonly port: number
  stop(): void
}

/** `modules`: the lines of rsyncd.conf after the common ones; the configuration and the log are made in `folder`. */
export async function startRsyncd(folder: string, modules: readonly string[]): Promise<Rsyncd> {
  const port = await freePort()
  const config = ['use chroot = no', ...(process.getuid?.() === 0 ? ['uid = root'] : []), ...modules, '']
  writeFileSync(join(folder, 'rsyncd.conf'), config.join('\n'))
  const argv = [
    '--pdeathsig',
    'TERM',
    'rsync',
    '--daemon',
    '--no-detach',
    '--address=127.0.0.1',
    `--port=${port}`,
    `--config=${join(folder, 'rsyncd.conf')}`,
    `--log-file=${join(folder, 'rsyncd.log')}`,
  ]
  const daemon = spawn('setpriv', argv, { stdio: 'ignore' })
  await listening(port)
  return { port, stop: () => void daemon.kill('SIGTERM') }
}
