/** What doctor finds of those who let people in beside the store: it asks each of them, of nobody. */
import { catalogue, faultOf } from '../kernel/errors.ts'
import { openIdentity, whyOf } from './admission.ts'
import type { Context } from './context.ts'
import { type Finding, fine, wrong } from './findings.ts'

/** None where nothing of the kind is set up. */
export async function loginFindings({ root }: Pick<Context, 'root'>): Promise<Finding[]> {
  try {
    const { directory, provider } = await openIdentity(root)
    return await Promise.all([
      ...(directory ? [finding('directory', () => directory.pretend())] : []),
      ...(provider ? [finding('single sign-on', () => provider.begin())] : []),
    ])
  } catch (error) {
    return [fault('login', error)]
  }
}

async function finding(name: string, ask: () => Promise<unknown>): Promise<Finding> {
  try {
    await ask()
    return fine(name, 'useful')('it answers')
  } catch (error) {
    return fault(name, error)
  }
}

/** Whoever asks doctor is to know why. */
function fault(name: string, error: unknown): Finding {
  const { code, detail } = faultOf(error)
  const why = [whyOf(error), detail].filter(Boolean).join(' ')
  const mend =
    code === 'LOGIN_INVALID' ? catalogue[code].wayOut : 'See that it runs, and what corpus/login.yaml says of it.'
  return wrong(name, mend, 'useful')(`${why} (${code})`)
}
