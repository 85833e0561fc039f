/** Passwords: kept as argon2id makes them, and compared in a time that does not tell whether there is such a user. */
import { CorpusError } from '../kernel/errors.ts'

/** What OWASP asks of argon2id at least: 19 MiB, two passes. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of nobody: what an unknown user's password is compared with. */
const decoy = '$argon2id$v=19$m=19456,t=2,p=1$BfQPwLiN4nxSRxmkRfhDhA$a3E2Es3SS/PypawegP4zgPrPJRY8RcpdTXIQfj4198M'

/** Throws PASSWORD_INVALID. */
export async function hashOf(password: string): Promise<string> {
  const bytes = Buffer.byteLength(password)
  if (bytes < 8 || bytes > mostBytes || /[\0\r\n]/.test(password))
    throw new CorpusError('PASSWORD_INVALID', 'The password is too short, too long, or more than one line.')
  return (await import('@node-rs/argon2')).hash(password, cost)
}

const mostBytes = 1024

/** `kept` is what the store has; null where there is no such user, or it has no password. */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  if (password === '' || Buffer.byteLength(password) > mostBytes) return false
  const { verify } = await import('@node-rs/argon2')
  const isIt = await verify(kept ?? decoy, password)
  return isIt && kept !== null
}
