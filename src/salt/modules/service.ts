/** service.*: services of this machine. */

import type { FunctionTools } from '../context/tools.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import {
  type Action,
  actionCommand,
  allServices,
  enableCommand,
  type Found,
  findService,
  isEnabled,
  isRunning,
  linkRunit,
} from '../system/services.ts'
import { tryRunNow } from '../system/system-command.ts'

const name = { does: 'The service.', type: 'text', required: true } as const
const others = 'Accepted and ignored.'

function actionFunction(action: Action, does: string) {
  return defineFunction({
    does,
    acts: true,
    arguments: { name },
    otherArguments: others,
    call: ({ args, tools }) => tryRunNow(tools, actionCommand(found(args.text('name'), tools), action)).ok,
  })
}

function enableFunction(on: boolean) {
  return defineFunction({
    does: on ? 'Lets a service start with the machine.' : 'Keeps a service from starting with the machine.',
    acts: true,
    arguments: { name },
    otherArguments: others,
    call: ({ args, tools }) => {
      const service = found(args.text('name'), tools)
      const command = enableCommand(service, on)
      if (command) return tryRunNow(tools, command).ok
      linkRunit(service, on)
      return true
    },
  })
}

function askFunction(does: string, answer: (name: string, tools: FunctionTools) => boolean) {
  return defineFunction({
    does,
    acts: false,
    arguments: { name },
    otherArguments: others,
    call: ({ args, tools }) => answer(args.text('name'), tools),
  })
}

export const functions: FunctionTable = {
  start: actionFunction('start', 'Starts a service.'),
  stop: actionFunction('stop', 'Stops a service.'),
  restart: actionFunction('restart', 'Restarts a service.'),
  reload: actionFunction('reload', 'Lets a service read its configuration again.'),
  force_reload: actionFunction('force-reload', 'Reloads a service, or restarts it.'),
  enable: enableFunction(true),
  disable: enableFunction(false),
  status: askFunction('Whether a service runs.', (service, tools) => {
    const known = find(service, tools)
    if (!known) return false
    const told = tryRunNow(tools, actionCommand(known, 'status'))
    return isRunning(known, told.status, told.stdout)
  }),
  available: askFunction('Whether there is such a service.', (service, tools) => find(service, tools) !== null),
  missing: askFunction('Whether there is no such service.', (service, tools) => find(service, tools) === null),
  enabled: askFunction('Whether a service starts with the machine.', (service, tools) => enabled(service, tools)),
  disabled: askFunction(
    'Whether a service does not start with the machine.',
    (service, tools) => !enabled(service, tools),
  ),
  get_all: defineFunction({
    does: 'The names of all services, sorted.',
    acts: false,
    arguments: {},
    call: () => allServices(),
  }),
}

function find(service: string, tools: FunctionTools): Found | null {
  return findService(service, argv => tryRunNow(tools, argv).ok)
}

function found(service: string, tools: FunctionTools): Found {
  const known = find(service, tools)
  if (!known) throw executionError(`The named service ${service} is not available`)
  return known
}

function enabled(service: string, tools: FunctionTools): boolean {
  const known = find(service, tools)
  return known !== null && isEnabled(known, argv => tryRunNow(tools, argv).ok)
}
