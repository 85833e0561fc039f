/** What a server refused, as an error of ours: with its code, its way out, and the exit status that the command has here. */
import { CorpusError, exitStatus, ToldError } from '../../kernel/errors.ts'
import type { Answer, Server } from './exchange.ts'

/** Of codes that this corpus does not know. */
const exits: Readonly<Record<number, number>> = {
  400: exitStatus.usage,
  404: exitStatus.missing,
  422: exitStatus.failed,
  429: exitStatus.busy,
  500: exitStatus.internal,
  503: exitStatus.environment,
  507: exitStatus.environment,
}

/** Throws where it is no answer of a corpus, or an error of one. */
export function checkAnswer(server: Server, answer: Answer, asked: string): void {
  const { status, version, location } = answer
  const { origin } = server.url
  const told = toldFault(answer)
  if (told === undefined && isOfProxy(answer))
    throw new CorpusError(
      'SERVER_UNREACHABLE',
      `Nobody answers behind ${origin}: what stands before it says ${status}.`,
    )
  if (status >= 300 && status < 400)
    throw new CorpusError('SERVER_STRANGE', `${origin} leads elsewhere, and credentials are not sent there.`, {
      detail:
        location === null ? `It answers ${status}.` : `It leads to ${location}: where that is the server, name it.`,
    })
  if (told === undefined) {
    if (status < 300 && version !== null) return
    throw new CorpusError('SERVER_STRANGE', `What answers at ${server.url.href} is no corpus.`, {
      detail: `It answers ${status}${answer.type === '' ? '' : `, ${answer.type}`}.`,
    })
  }
  const isOther = version !== null && version !== server.version
  if (isOther && ['ROUTE_UNKNOWN', 'USAGE'].includes(told.code))
    throw new CorpusError(
      'SERVER_OTHER_VERSION',
      `${server.name} has corpus ${version}, this is ${server.version}, and they do not understand each other in ${asked}.`,
      { detail: told.message },
    )
  const wayOut =
    told.code === 'CREDENTIAL_REFUSED'
      ? `Get another credential: \`corpus login ${server.name} ${server.url.href.replace(/\/$/, '')}\`.`
      : told.way_out.replaceAll(/`corpus (?=[a-z])/g, `\`corpus -e ${server.name} `)
  const { code, message, detail } = told
  throw new ToldError(
    { code, message, wayOut, ...(detail === null ? {} : { detail }) },
    exits[status] ?? exitStatus.refused,
  )
}

/** Who stands before a server that is being started anew. */
export const isOfProxy = ({ status, version }: Answer): boolean => version === null && [502, 503, 504].includes(status)

/** Undefined where it is no error of a corpus. */
export const codeOf = (answer: Answer): string | undefined => toldFault(answer)?.code

interface Told {
  readonly code: string
  readonly message: string
  readonly detail: string | null
  readonly way_out: string
}

function toldFault({ status, body }: Answer): Told | undefined {
  if (status < 400) return undefined
  try {
    const { error } = JSON.parse(body) as { readonly error?: Partial<Told> }
    const { code, message, detail, way_out } = error ?? {}
    if (typeof code !== 'string' || typeof message !== 'string' || typeof way_out !== 'string') return undefined
    return { code, message, way_out, detail: typeof detail === 'string' ? detail : null }
  } catch {
    return undefined
  }
}
