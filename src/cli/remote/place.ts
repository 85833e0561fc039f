/** The command line asks another machine, by HTTP: nothing of it lies here. */
import type { Command } from '../../controller/reference/commands.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { isProjectName } from '../../kernel/names.ts'
import type { Invocation } from '../drawing.ts'
import type { Place } from '../place.ts'
import { askServer } from './ask.ts'
import { type Environment, environmentNamed } from './environments.ts'
import type { Server } from './exchange.ts'

/** `environment`: its nickname. */
export function otherMachine(environment: string, version: string): Place {
  return async root => {
    if (root !== undefined)
      throw new CorpusError('USAGE', `--root is of this machine, and ${environment} is asked: its root is its own.`)
    const server = serverOf(environmentNamed(environment), version)
    return {
      here: null,
      isProject: isProjectName,
      projectHere: () =>
        Promise.reject(new CorpusError('USAGE', 'Name the project: a clone tells it of its own machine alone.')),
      fill: async () => ({}),
      async instead(command, invocation) {
        const why = whyLocal(command, invocation)
        if (why !== undefined)
          throw new CorpusError('LOCAL_ONLY', `corpus ${command.name} is not asked of another machine. ${why}`)
        return undefined
      },
      ask: (command, params, ways) => askServer(server, command, params, ways),
    }
  }
}

export function serverOf({ name, url, id, credential }: Environment, version: string): Server {
  const authorization =
    credential.kind === 'token'
      ? `Bearer ${credential.token}`
      : `Basic ${Buffer.from(`${id ?? ''}:${credential.password}`).toString('base64')}`
  return { name, url, authorization, version }
}

/** Undefined where it can be asked. */
function whyLocal({ name, local, params: shapes }: Command, { params, json }: Invocation): string | undefined {
  if (local !== undefined) return local
  const path = Object.keys(params).find(param => shapes.properties[param]?.local === true)
  if (path !== undefined) return `--${path.replaceAll('_', '-')} names a folder of the machine that does it.`
  if (name === 'agent' && params['enable'] !== true && params['disable'] !== true)
    return 'The agent is a process of the machine itself; with --enable it is started there.'
  if (name === 'run' && !json && process.stdin.isTTY && process.stdout.isTTY)
    return 'A terminal is given by ssh; without one (`< /dev/null`, or --json) the command runs there, and what it printed is shown.'
  return undefined
}
