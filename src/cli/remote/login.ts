/** corpus login, logout and environments: who one is on which server. */
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { type ClientCommand, clientCommands, clientHelp } from '../../controller/reference/client-commands.ts'
import { CorpusError, faultOf } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { tableText } from '../table.ts'
import {
  allEnvironments,
  type Environment,
  environmentName,
  environmentNamed,
  environmentsFile,
  forgetEnvironment,
  keepEnvironment,
  looksAtModes,
  urlOf,
} from './environments.ts'
import { type Answer, Broken, exchange, Left, type Sent } from './exchange.ts'
import { checkAnswer } from './faults.ts'
import { serverOf } from './place.ts'
import { askLine, askSecret, readStandardInput } from './terminal.ts'

/** Undefined for what a machine is asked. */
export const clientCommandOf = (word: string): ClientCommand | undefined =>
  clientCommands.find(one => one.name === word)

/** The exit status. Throws USAGE, CREDENTIALS_…, SERVER_…, CREDENTIAL_REFUSED, TOKEN_STAYS. */
export async function runClientCommand(
  command: ClientCommand,
  words: readonly string[],
  version: string,
): Promise<number> {
  const { values, positionals } = wordsOf(words)
  if (values.help) {
    process.stdout.write(clientHelp(command))
    return 0
  }
  const [name, url, tooMany] = positionals
  const extra = command.name === 'login' ? tooMany : command.name === 'logout' ? url : name
  if (extra !== undefined) throw new CorpusError('USAGE', `${shown(extra)} is one word too many.`)
  const other = Object.keys(values).find(one => command.name !== 'login' && one !== 'json')
  if (other !== undefined) throw new CorpusError('USAGE', `corpus ${command.name} has no option --${other}.`)
  if (command.name === 'environments') return list(values.json === true)
  if (name === undefined) throw new CorpusError('USAGE', 'ENV is missing.')
  return command.name === 'login'
    ? login(environmentName(name), url, values, version)
    : logout(environmentNamed(name), values.json === true, version)
}

interface Choice {
  readonly user?: string
  readonly 'password-stdin'?: boolean
  readonly 'token-stdin'?: boolean
  readonly json?: boolean
  readonly help?: boolean
}

function wordsOf(words: readonly string[]): { readonly values: Choice; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        user: { type: 'string' },
        'password-stdin': { type: 'boolean' },
        'token-stdin': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ')
    throw new CorpusError('USAGE', `${sentence.replace(/\.$/, '')}.`)
  }
}

async function login(name: string, typedUrl: string | undefined, choice: Choice, version: string): Promise<number> {
  const before = known(name)
  if (typedUrl === undefined && before === undefined)
    throw new CorpusError('USAGE', `URL is missing: ${shown(name)} is not in ${environmentsFile()} yet.`)
  const url = typedUrl === undefined ? (before as Environment).url : urlOf(typedUrl)
  if (choice['password-stdin'] && choice['token-stdin'])
    throw new CorpusError('USAGE', 'Either a password or a token comes by standard input.')
  if (url.protocol === 'http:' && !isLoopback(url))
    process.stderr.write(`warning: what is sent to ${url.origin} can be read on the way: https keeps it to itself\n`)
  const made = choice['token-stdin']
    ? await byToken(name, url, choice, version)
    : await byPassword(name, url, choice, version)
  const { token, id } = made
  try {
    await keepEnvironment(name, { url: url.href.replace(/\/$/, ''), ...(id === undefined ? {} : { id }), token })
  } catch (error) {
    // Nobody has it.
    if (!choice['token-stdin']) await revoke(made.environment, version).catch(() => {})
    throw error
  }
  // The one before is not needed any more, where it was of the same server.
  if (before?.url.href === url.href && before.credential.kind === 'token' && before.credential.token !== token)
    await revoke(before, version).catch(() => {})
  if (!looksAtModes())
    process.stderr.write(`note: who else can read ${environmentsFile()} is what Windows says of its folder\n`)
  const answer = { environment: name, url: url.href.replace(/\/$/, ''), id: id ?? null }
  process.stdout.write(
    choice.json ? `${JSON.stringify(answer)}\n` : `${name} is ${answer.url}; now: corpus -e ${name} list\n`,
  )
  return 0
}

/** What stands there now; one that cannot be understood alone is replaced, a file that cannot be is not. */
function known(name: string): Environment | undefined {
  try {
    return environmentNamed(name)
  } catch (error) {
    if (error instanceof CorpusError && error.code === 'SERVER_UNKNOWN') return undefined
    throw error
  }
}

interface Made {
  readonly token: string
  readonly id: string | undefined
  readonly environment: Environment
}

async function byToken(name: string, url: URL, { user }: Choice, version: string): Promise<Made> {
  const token = readStandardInput('token')
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw new CorpusError('USAGE', 'What came by standard input is no token.')
  const environment: Environment = { name, url, id: user ?? null, credential: { kind: 'token', token } }
  // One that does not count is told now.
  await asked(environment, version, { method: 'GET', path: '/jobs?limit=1' })
  return { token, id: user, environment }
}

async function byPassword(name: string, url: URL, choice: Choice, version: string): Promise<Made> {
  const id = choice.user ?? (await askLine(`User at ${url.host}: `, '--user NAME'))
  const password = choice['password-stdin']
    ? readStandardInput('password')
    : await askSecret(`Password of ${id}: `, '--password-stdin')
  const environment: Environment = { name, url, id, credential: { kind: 'password', password } }
  const body = JSON.stringify({ label: `corpus login at ${hostname()}`.slice(0, 100) })
  const { body: text } = await asked(environment, version, {
    method: 'POST',
    path: `/users/${encodeURIComponent(id)}/tokens`,
    body,
  })
  const { token } = JSON.parse(text) as { readonly token?: unknown }
  if (typeof token !== 'string') throw new CorpusError('SERVER_STRANGE', `${url.href} answers no token.`)
  return { token, id, environment: { ...environment, credential: { kind: 'token', token } } }
}

async function logout(environment: Environment, json: boolean, version: string): Promise<number> {
  const { name, url } = environment
  let fault: unknown
  if (environment.credential.kind === 'token')
    await revoke(environment, version).catch(error => {
      fault = error
    })
  await forgetEnvironment(name)
  if (fault !== undefined && faultOf(fault).code !== 'CREDENTIAL_REFUSED')
    throw new CorpusError('TOKEN_STAYS', `${name} is forgotten here, and its token still counts at ${url.origin}.`, {
      detail: faultOf(fault).message,
    })
  process.stdout.write(json ? `${JSON.stringify({ environment: name })}\n` : `${name} is forgotten\n`)
  return 0
}

/** By itself, which needs no right. */
async function revoke(environment: Environment, version: string): Promise<void> {
  if (environment.credential.kind !== 'token') return
  const id = /^corpus\.([\w-]+)\./.exec(environment.credential.token)?.[1]
  if (id !== undefined) await asked(environment, version, { method: 'DELETE', path: `/tokens/${id}` })
}

function list(json: boolean): number {
  const rows = allEnvironments().map(({ name, url, id, credential }) => ({
    environment: name,
    url: url.href.replace(/\/$/, ''),
    id,
    credential: credential.kind,
  }))
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`)
  else if (rows.length === 0) process.stdout.write('There is no environment: corpus login ENV URL\n')
  else
    process.stdout.write(
      tableText(
        ['environment', 'url', 'user', 'by'],
        rows.map(one => [one.environment, one.url, one.id, one.credential]),
      ),
    )
  return 0
}

async function asked(environment: Environment, version: string, sent: Sent): Promise<Answer> {
  const server = serverOf(environment, version)
  try {
    const answer = await exchange(server, { ...sent, headers: { accept: 'application/json' } })
    checkAnswer(server, answer, 'login')
    return answer
  } catch (error) {
    if (error instanceof Broken || error instanceof Left)
      throw new CorpusError('SERVER_UNREACHABLE', `The connection to ${environment.url.origin} broke.`, {
        detail: error.message,
      })
    throw error
  }
}

const isLoopback = ({ hostname: host }: URL): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
