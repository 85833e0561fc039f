/** The command line asks this machine: who may, the kernel says. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Context } from '../controller/context.ts'
import type { Command } from '../controller/reference/commands.ts'
import type { Asked, RequestDeclaration } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import { CorpusError } from '../kernel/errors.ts'
import { projectLayout } from '../kernel/layout.ts'
import { isProjectName, projectName, shown } from '../kernel/names.ts'
import { otherOwner, realRoot } from '../kernel/root.ts'
import { accountName, isRoot } from '../shell/account.ts'
import type { Here, Invocation } from './drawing.ts'
import type { Asker, Place, Ways } from './place.ts'

/** What the command line starts but is not part of it: each serves until it is told to stop, and answers its exit status. */
export interface Entrances {
  readonly agent: (root: string, options: { readonly metrics?: string }) => Promise<number>
  /** The HTTP entry point. */
  readonly serve: (
    asked: Asked,
    options: { readonly listen?: string | undefined; readonly domain?: readonly string[] | undefined },
  ) => Promise<number>
}

export function thisMachine(context: Context, entrances: Entrances): Place {
  return async named => {
    const warn = (sentence: string) => void process.stderr.write(`warning: ${sentence}\n`)
    return askerOf({ ...context, root: rootNamed(named ?? context.root), warn }, entrances)
  }
}

interface Who {
  readonly caller: Caller
  /** Where it came from by the network: `ssh 192.0.2.7`. */
  readonly from?: string
  readonly requestId?: string
}

/** Somebody who asks this machine from another one, by what they may. */
export interface Somebody extends Required<Who> {
  readonly store: NonNullable<Asked['store']>
  /** A refusal has its line in the audit. Throws RIGHT_MISSING, PROJECT_UNKNOWN, … */
  mustBeAllowed(request: string, given: Readonly<Record<string, unknown>>): Promise<void>
}

/** What lies here is nothing to them, and what stays is not theirs to start. */
export function forSomebody(context: Context, { store, mustBeAllowed, ...who }: Somebody): Place {
  const entrances = { agent: async () => notStarted(), serve: async () => notStarted() }
  return async named => {
    if (named !== undefined) throw new CorpusError('USAGE', 'The root is the one that was asked.')
    const warn = (sentence: string) => void process.stderr.write(`warning: ${sentence}\n`)
    return {
      ...askerOf({ ...context, warn, store }, entrances, who),
      isFar: true,
      here: null,
      isProject: () => true,
      projectHere: async () => {
        throw new CorpusError('USAGE', 'Name the project.')
      },
      // The first that is asked, and before anything is read of what was said.
      async fill({ name }, given) {
        await mustBeAllowed(name, given)
        return {}
      },
    }
  }
}

function notStarted(): number {
  throw new CorpusError('SERVE_REFUSED', 'What stays is started by whoever sits at the machine.')
}

function askerOf(asked: Asked, entrances: Entrances, who: Who = { caller: localCaller() }): Asker {
  return {
    here: hereOf(asked),
    isProject: word => isProjectName(word) && existsSync(projectLayout(asked.root, word).projectGit),
    projectHere: async () => (await import('../controller/clone.ts')).projectOfClone(asked, process.cwd()),
    fill: async ({ name }, given) =>
      name === 'init' && given['name'] === undefined ? { name: await nameHere(asked) } : {},
    async instead(command, invocation) {
      // The store has a guard of its own.
      if (command.kind !== 'read' && command.name !== 'reindex') refuseOthersRoot(asked.root)
      const entrance = entranceOf(asked, entrances, command, invocation)
      if (entrance !== undefined) return entrance()
      const isShell = command.name === 'shell'
      if (!isShell && (command.name !== 'run' || invocation.json)) return undefined
      const given = invocation.params as { readonly name: string; readonly command?: readonly string[] }
      const params = isShell ? { ...given, command: [existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'] } : given
      // A change like any other, on this terminal.
      return inTheAudit(command, asked, {}, given, who, async () => {
        const status = await onTerminal(asked, params)
        return { answer: status, status }
      })
    },
    async ask(command: Command, params, { tell, signal, statusOf }: Ways) {
      const { requestToRun } = await import('../controller/told.ts')
      const request = await requestToRun(command.name)
      const run = async (changing: Asked) => {
        const answer = await request.run(
          { ...changing, tell, ...(signal === undefined ? {} : { signal }) },
          params,
          who.caller,
        )
        return { answer, status: statusOf(answer) }
      }
      const answer =
        command.kind === 'read'
          ? (await run(asked)).answer
          : await inTheAudit(command, asked, request, params, who, run)
      return {
        answer,
        json: async () => (await import('../controller/answer.ts')).answerText(command, answer),
      }
    },
  }
}

/** A change, with its line in the audit where there is one. */
async function inTheAudit<T>(
  command: Command,
  asked: Asked,
  request: Pick<Partial<RequestDeclaration>, 'stands'>,
  params: Readonly<Record<string, unknown>>,
  who: Who,
  work: (asked: Asked) => Promise<{ readonly answer: T; readonly status: number }>,
): Promise<T> {
  const { recorded } = await import('../controller/recorded.ts')
  return recorded(asked, { told: command, request, params, ...who }, work)
}

const hereOf = (asked: Asked): Here => ({
  home: asked.home,
  root: asked.root,
  async clone() {
    const { cloneAt } = await import('../controller/clone.ts')
    return (await cloneAt(asked, process.cwd()))?.top ?? null
  },
  async addRemote(name, folder) {
    const { addRemote } = await import('../controller/remote.ts')
    return addRemote(asked, name, { folder, remote: 'corpus', pillar: false })
  },
})

/** A project made from a clone has the name of its folder. Throws USAGE. */
async function nameHere(asked: Asked): Promise<string> {
  const { cloneAt, nameFromFolder } = await import('../controller/clone.ts')
  const clone = await cloneAt(asked, process.cwd())
  const name = clone ? nameFromFolder(clone.top) : undefined
  if (name === undefined)
    throw new CorpusError('USAGE', 'Name the project: this folder is in no clone that could name it.')
  return projectName(name)
}

/** Programs of their own: each is no change. */
function entranceOf(
  asked: Asked,
  entrances: Entrances,
  { name }: Command,
  { params, json, command }: Invocation,
): (() => Promise<number>) | undefined {
  if (name === 'help') {
    const words = (params['words'] ?? []) as readonly string[]
    return json || words.length === 0 ? undefined : () => command([...words, '--help'])
  }
  if (name === 'agent') {
    const { metrics, enable, disable } = params as { readonly metrics?: string; enable?: boolean; disable?: boolean }
    return enable || disable ? undefined : () => entrances.agent(asked.root, metrics === undefined ? {} : { metrics })
  }
  const { install, uninstall } = params as { readonly install?: boolean; readonly uninstall?: boolean }
  if (name !== 'serve' || install || uninstall) return undefined
  return () => entrances.serve(asked, params as Parameters<Entrances['serve']>[1])
}

async function onTerminal(
  asked: Asked,
  { name, command = [] }: { readonly name: string; readonly command?: readonly string[] },
): Promise<number> {
  const { runOnce } = await import('../controller/run.ts')
  return runOnce(asked, name, command)
}

/** The root as hooks and keys are to have it, however somebody writes it. Throws ROOT_UNUSABLE. */
function rootNamed(text: string): string {
  if (!text.startsWith('/')) throw new CorpusError('ROOT_UNUSABLE', `The root ${shown(text)} is not an absolute path.`)
  return realRoot(text)
}

/** Root looks at what another has in a root of their own, and changes nothing there: it would follow that account's paths. Throws ROOT_UNUSABLE. */
function refuseOthersRoot(root: string): void {
  const owner = otherOwner(root)
  if (owner === null) return
  const detail =
    owner === 0
      ? 'Its mode, or that of a folder above it, lets other accounts write there: chmod go-w takes that away.'
      : `It is there for ${accountName(owner)}: run corpus as that account, as in setpriv, su or sudo -u.`
  throw new CorpusError('ROOT_UNUSABLE', `${root} can be changed by others than root, which would lead root astray.`, {
    detail,
  })
}

/** Who holds a root of their own, or is root, may do everything there: nobody but the kernel is asked. */
const localCaller = (): Caller => ({ name: nameOfCaller(), from: 'local' })

function nameOfCaller(): string {
  if (process.env['CORPUS_BY']) return process.env['CORPUS_BY']
  if (isRoot() && process.env['SUDO_USER']) return process.env['SUDO_USER']
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
