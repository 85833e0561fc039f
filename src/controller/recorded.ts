/** What is changed has its line in the audit: who, from where, what, how it stood before and after, and how it ended. */
import { existsSync } from 'node:fs'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { rootLayout } from '../kernel/layout.ts'
import type { Asked, RequestDeclaration } from './request.ts'
import type { Caller } from './rights.ts'
import type { ParamShape, Told } from './told.ts'

type Params = Readonly<Record<string, unknown>>

/** What is changed, as it stands, with secrets masked; null where that is not known. Never throws. */
export async function standing(
  asked: Asked,
  { stands }: Partial<Pick<RequestDeclaration, 'stands'>>,
  params: Params,
): Promise<unknown> {
  if (stands === undefined) return null
  const { masked } = await import('../store/audit.ts')
  // That it cannot be read holds up no change.
  return masked((await stands(asked, params).catch(() => null)) ?? null)
}

/**
 * What is asked on the command line of this machine, or by ssh; where there is no store, nobody asked for an audit, and nothing is opened.
 * `work` answers with the exit status of its command. That the audit cannot be written is told, and takes nothing back.
 */
export async function recorded<T>(
  asked: Asked,
  { told, request, params, caller, from = caller.from, requestId }: Recording,
  work: (asked: Asked) => Promise<{ readonly answer: T; readonly status: number }>,
): Promise<T> {
  const before = hasStore(asked) ? await standing(asked, request, params) : null
  const line = {
    who: caller.name,
    from,
    request: told.name,
    target: targetOf(params),
    ...(requestId === undefined ? {} : { requestId }),
  }
  let begun: string | undefined
  try {
    // A deployment may take its time, and whoever follows it may go.
    const began = async (release: string) => {
      begun = release
      await write(asked, { ...line, before, after: withoutSecrets(told, params), outcome: `began ${release}` })
    }
    const { answer, status } = await work({ ...asked, began })
    if (begun === undefined) {
      const after = request.stands === undefined ? withoutSecrets(told, params) : await standing(asked, request, params)
      await write(asked, { ...line, before, after, outcome: status === 0 ? 'succeeded' : `ended with ${status}` })
    }
    return answer
  } catch (error) {
    const after = withoutSecrets(told, params)
    if (begun === undefined) await write(asked, { ...line, after, outcome: `failed ${faultOf(error).code}` })
    throw error
  }
}

interface Recording {
  readonly told: Told
  readonly request: Partial<Pick<RequestDeclaration, 'stands'>>
  readonly params: Params
  readonly caller: Caller
  /** Where it came from by the network. */
  readonly from?: string
  readonly requestId?: string
}

const hasStore = ({ root }: Asked): boolean =>
  Boolean(process.env['CORPUS_STORE']) || existsSync(rootLayout(root).store)

async function write(asked: Asked, line: Parameters<typeof import('../store/audit.ts').appendAudit>[1]): Promise<void> {
  if (!hasStore(asked)) return
  try {
    const [{ appendAudit }, { withStore }] = await Promise.all([import('../store/audit.ts'), import('./people.ts')])
    await withStore(asked, store => appendAudit(store, line))
  } catch (error) {
    asked.warn?.(`it is not in the audit: ${error instanceof CorpusError ? error.message : String(error)}`)
  }
}

/** A project, a user, a job, … */
export function targetOf(given: Params): string | null {
  const name = given['name'] ?? given['id']
  return typeof name === 'string' ? name.slice(0, 100) : null
}

/** What was asked, as it may be kept: of variables and settings their names, of a command its program, of a file nothing. */
export function withoutSecrets({ params }: Pick<Told, 'params'>, given: Params): Record<string, unknown> {
  const kept = Object.entries(given).map(([name, value]): [string, unknown] => {
    const shape = params.properties[name]
    return shape === undefined ? [name.slice(0, 100), hidden] : [name, keepable(shape, value)]
  })
  return Object.fromEntries(kept)
}

const hidden = '********'

function keepable(shape: ParamShape, value: unknown): unknown {
  if (shape.stdin || shape.media !== undefined) return hidden
  if (shape.passesOn) return Array.isArray(value) ? value.slice(0, 1) : hidden
  const label = `${shape.word ?? ''} ${shape.flag ?? ''}`
  if (label.includes('=') || shape.type === 'object') {
    if (Array.isArray(value)) return value.map(one => String(one).replace(/=.*$/s, `=${hidden}`).slice(0, 200))
    return typeof value === 'object' && value !== null ? Object.keys(value) : hidden
  }
  if (shape.contents !== undefined) return hidden
  if (typeof value === 'string') return value.slice(0, 1000)
  if (Array.isArray(value))
    return value.slice(0, 100).map(one => (typeof one === 'string' ? one.slice(0, 200) : hidden))
  return typeof value === 'object' ? hidden : value
}
