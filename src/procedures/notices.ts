/** Sends notices; loaded only where the configuration names a means. */
import type { Deployment } from './deployment.ts'

export async function notifyOf(_deployment: Deployment): Promise<void> {}
