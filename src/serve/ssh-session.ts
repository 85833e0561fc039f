/** One session of ssh: whose key it is, what is asked, and whether that user may; then whatever answers has the connection. */
import { randomUUID } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { allowedGit, type GitAsked, writeGit } from '../controller/git-asked.ts'
import { mayDo, onProject } from '../controller/may-do.ts'
import type { Asked } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import type { ServingStore } from '../controller/serving-store.ts'
import { callerOfKey } from '../controller/who.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { typedWords } from '../kernel/shell-word.ts'
import { visible } from '../kernel/visible.ts'
import { deploymentEnvironment } from '../shell/environment.ts'
import { type OnSockets, startOnSockets } from '../shell/on-sockets.ts'
import { program } from '../shell/programs.ts'
import type { Command } from '../shell/shell.ts'
import { type GitWanted, gitCommand, movesIn, ofUser } from './git-service.ts'

export interface SessionTools {
  readonly asked: Asked
  readonly serving: ServingStore
}

export interface Session {
  /** The fingerprint of the key, what was asked, GIT_PROTOCOL, the address, and the terminal: its lines, columns and kind. */
  readonly fields: readonly string[]
  /** What is said to the other side, a line each: `say`, `raw`, `go`, `exit`. */
  readonly session: Socket
  readonly data: Socket
  readonly errors: Socket
}

/** What a command of corpus is told that is run for somebody else (`serve/ssh-request.ts`). */
export interface ForSomebody {
  readonly fingerprint: string
  readonly words: readonly string[]
  readonly from: string
  readonly requestId: string
}

/** git has no other status for what it is refused. */
const refusedStatus = 128

/** Never throws. */
export async function answerSession(tools: SessionTools, session: Session): Promise<void> {
  const [fingerprint = '', command = '', protocol = '', address = '', terminal = ''] = session.fields
  const from = `ssh ${isIP(address) > 0 ? address : '?'}`
  try {
    const git = gitWordsOf(command, tools.asked.root)
    const caller = await callerOfKey(tools.serving, fingerprint)
    if (caller === undefined) {
      const request = git === undefined ? 'ssh' : requestOf(git)
      await tools.serving.writeRefusal({ who: `? ${fingerprint}`, from, request, requestId: randomUUID() })
      throw new CorpusError('KEY_UNKNOWN', 'This key does not count here any more.')
    }
    if (git !== undefined) return await answerGit(tools, session, { caller, words: git, protocol, from })
    await answerCommand(tools, session, { caller, command, fingerprint, from, terminal })
  } catch (error) {
    refuse(session, error)
  }
}

/** What is asked of git, in words that nobody has believed yet. */
export interface GitWords {
  readonly service: GitWanted['service']
  readonly name: string
  readonly repository: 'project.git' | 'pillar.git'
}

/** The repository as git quotes it: it is only ever compared. Undefined where git is not asked. */
export function gitWordsOf(command: string, root: string): GitWords | undefined {
  const [, service, rest = ''] = /^git[- ](receive-pack|upload-pack|upload-archive) (.*)$/s.exec(command) ?? []
  if (service === undefined) return undefined
  const path = rest.replace(/^'(.*)'$/s, '$1').replace(/^\/~\//, '')
  const whole = path.startsWith(`${root}/projects/`) ? path.slice(`${root}/projects/`.length) : ''
  const [, ofWhole, wholeKind] = /^([^/]*)\/git\/(project|pillar)\.git\/?$/.exec(whole) ?? []
  const [, name = '', kind = 'project'] = /^\/?([^/]*?)(?:\/(project|pillar))?(?:\.git)?\/?$/.exec(path) ?? []
  return {
    service: service as GitWanted['service'],
    name: ofWhole ?? name,
    repository: (wholeKind ?? kind) === 'pillar' ? 'pillar.git' : 'project.git',
  }
}

const requestOf = ({ service }: GitWords): 'push' | 'fetch' => (service === 'receive-pack' ? 'push' : 'fetch')

interface GitWish {
  readonly caller: Caller
  readonly words: GitWords
  readonly protocol: string
  readonly from: string
}

async function answerGit({ asked, serving }: SessionTools, session: Session, wish: GitWish): Promise<void> {
  const { caller, words, protocol, from } = wish
  const { service, name, repository } = words
  const git: GitAsked = { request: requestOf(words), caller, from, requestId: randomUUID(), name, repository }
  const allowed = await allowedGit(asked, serving.store, git)
  // What moved is written there by the hook.
  const moved = service === 'receive-pack' ? `${allowed.path}/corpus-moved.${randomUUID()}` : undefined
  const known = /^version=\d$/.test(protocol) ? protocol : ''
  const wanted = { service, allowed, by: caller.name, protocol: known, words: [], moved }
  const status = await handOver(session, gitCommand(asked, wanted), undefined)
  if (moved !== undefined) {
    const moves = movesIn(moved)
    const isGone = session.session.destroyed || session.session.readableEnded
    if (moves !== undefined || status !== 0)
      await writeGit(serving.store, git, outcomeOf((moves ?? []).length > 0, status, isGone), moves ?? [])
  }
  tell(session, `exit ${status}`)
}

/** Of a pusher who went away nobody knows how it ended: the deployment does, and has begun. */
function outcomeOf(hasMoved: boolean, status: number, isGone: boolean): string {
  if (!hasMoved) return status === 0 ? 'refused' : `failed with status ${status}`
  if (status === 0) return 'succeeded'
  return isGone ? 'began' : 'failed DEPLOYMENT_FAILED'
}

interface CommandWish {
  readonly caller: Caller
  readonly command: string
  readonly fingerprint: string
  readonly from: string
  readonly terminal: string
}

/** In a process of its own, so that its output and status are those of the command, and it ends with whoever asked. */
async function answerCommand({ asked }: SessionTools, session: Session, wish: CommandWish): Promise<void> {
  const { caller, command, fingerprint, from, terminal } = wish
  const typed = typedWords(command)
  const words = typed?.[0] === 'corpus' ? typed.slice(1) : typed
  if (words === null || words === undefined) throw new CorpusError('USAGE', 'A quote is not closed.')
  if (words.length === 0) {
    const sentence = `You are ${caller.name}. There is git here, and what you may ask of corpus: ssh … status PROJECT.`
    throw new CorpusError('USAGE', sentence)
  }
  // Only a shell takes the terminal as it is typed into: for all else it is sshd's, whose Ctrl-C ends the connection.
  const isShell = terminal !== '' && words[0] === 'shell' && mayDo(caller, 'shell', onProject(words[1] ?? ''))
  if (isShell) tell(session, 'raw')
  const given: ForSomebody = { fingerprint, words, from, requestId: randomUUID() }
  const [rows = '', columns = '', kind = 'dumb'] = terminal.split(' ')
  const store = process.env['CORPUS_STORE']
  const env = {
    ...deploymentEnvironment(),
    ...ofUser(),
    CORPUS_ROOT: asked.root,
    CORPUS_BY: caller.name,
    ...(store === undefined ? {} : { CORPUS_STORE: store }),
    ...(isShell ? { TERM: kind, CORPUS_TERMINAL: `${rows} ${columns}` } : {}),
  }
  const argv = [
    program(process.execPath),
    `${asked.home}/dist/main.cjs`,
    'ssh-request',
    `--root=${asked.root}`,
  ] as const
  tell(session, `exit ${await handOver(session, { argv, env, cwd: '/' }, JSON.stringify(given))}`)
}

/** The exit status of what answers; it is ended where whoever asked goes away, but for git, which sees that for itself. */
async function handOver(
  { session, data, errors }: Session,
  command: Command,
  told: string | undefined,
): Promise<number> {
  const answering: OnSockets = startOnSockets(command, { data, errors }, told)
  const end = () => told !== undefined && answering.end('SIGTERM')
  session.on('end', end)
  session.on('close', end)
  session.resume()
  if (session.readableEnded || session.destroyed) end()
  session.write('go\n')
  try {
    return await answering.ended
  } finally {
    session.off('end', end)
    session.off('close', end)
  }
}

function refuse(session: Session, error: unknown): void {
  const { message, code, wayOut } = faultOf(error)
  const isOurs = code === 'INTERNAL'
  tell(session, `say corpus: ${isOurs ? 'Something went wrong in corpus itself.' : message} (${code})`)
  if (!isOurs && code !== 'PROJECT_UNKNOWN' && code !== 'RIGHT_MISSING') tell(session, `say   ${wayOut}`)
  tell(session, `exit ${refusedStatus}`)
}

const tell = ({ session }: Session, line: string): void => {
  if (!session.destroyed) session.write(`${visible(line).replaceAll('\n', ' ')}\n`)
}
