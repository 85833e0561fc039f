/** service.*: services that run or do not, now and when the machine starts. */

import { setTimeout as sleep } from 'node:timers/promises'
import { program } from '../../shell/programs.ts'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import {
  type Action,
  actionCommand,
  enableCommand,
  type Found,
  findService,
  isEnabled,
  isRunning,
  linkRunit,
} from '../system/services.ts'
import { tryRun } from '../system/system-command.ts'

const common: Arguments = {
  enable: { does: 'Whether it starts with the machine; left alone where nothing is said.', type: 'boolean' },
  sig: { does: 'Accepted; its manager knows whether it runs.', type: 'text' },
  init_delay: { does: 'Seconds to wait before it is looked at again.', type: 'number' },
}
const others = 'Accepted and ignored.'

const running = defineState({
  does: 'Sees that a service runs; a change of what it watches restarts it.',
  arguments: {
    ...common,
    reload: { does: 'Reloads instead of restarting when what it watches changed.', type: 'boolean', default: false },
    full_restart: { does: 'Stops and starts instead of restarting.', type: 'boolean', default: false },
  },
  otherArguments: others,
  run: seeRunning,
  modWatch: react,
})

const dead = defineState({
  does: 'Sees that a service does not run.',
  arguments: common,
  otherArguments: others,
  run: seeDead,
  modWatch: reactDead,
})

const enabled = defineState({
  does: 'Sees that a service starts with the machine.',
  arguments: {},
  otherArguments: others,
  run: call => seeEnabled(call, true),
  modWatch: unable,
})

const disabled = defineState({
  does: 'Sees that a service does not start with the machine.',
  arguments: {},
  otherArguments: others,
  run: call => seeEnabled(call, false),
  modWatch: unable,
})

export const states: StateTable = { running, dead, enabled, disabled }

async function seeRunning(call: StateCall): Promise<StateReturn> {
  const { name, args } = call
  const service = await found(call)
  if (!service) return failed(`The named service ${name} is not available`)
  if (await runs(service, call)) {
    const done = await settleEnabled(service, call)
    return done ?? succeeded(`The service ${name} is already running`)
  }
  if (call.test) return wouldChange(`Service ${name} is set to start`)
  // A script of SysV may find what a crash left behind: its restart clears that away first.
  const started = await act(service, service.manager === 'sysv' ? 'restart' : 'start', call)
  if (started !== null) return failed(`Service ${name} failed to start: ${started}`)
  await sleep((args.numberOrNone('init_delay') ?? 0) * 1000)
  if (!(await runs(service, call))) return failed(`Service ${name} failed to start`, { [name]: false })
  const done = await settleEnabled(service, call)
  return done
    ? { ...done, changes: succeeded('', { [name]: true }).changes }
    : succeeded(`Started service ${name}`, { [name]: true })
}

async function seeDead(call: StateCall): Promise<StateReturn> {
  const { name } = call
  const service = await found(call)
  if (!service) return succeeded(`The named service ${name} is not available`)
  if (!(await runs(service, call))) {
    const done = await settleEnabled(service, call)
    return done ?? succeeded(`The service ${name} is already dead`)
  }
  if (call.test) return wouldChange(`Service ${name} is set to be killed`)
  const stopped = await act(service, 'stop', call)
  if (stopped !== null) return failed(`Service ${name} failed to die: ${stopped}`)
  if (await runs(service, call)) return failed(`Service ${name} failed to die`, { [name]: false })
  await settleEnabled(service, call)
  return succeeded(`Service ${name} was killed`, { [name]: true })
}

async function seeEnabled(call: StateCall, on: boolean): Promise<StateReturn> {
  const { name } = call
  const word = on ? 'enabled' : 'disabled'
  const service = await found(call)
  if (!service)
    return on
      ? failed(`The named service ${name} is not available`)
      : succeeded(`The named service ${name} is not available`)
  if ((await enabledNow(service, call)) === on)
    return succeeded(`Service ${name} is already ${word}, and is in the desired state`)
  if (call.test) return wouldChange(`Service ${name} set to be ${word}`)
  const problem = await setEnabled(service, on, call)
  if (problem !== null) return failed(`Failed when setting service ${name} to be ${word}: ${problem}`)
  return succeeded(`Service ${name} has been ${word}, and is in the desired state`, { [name]: true })
}

/** What a watching service does when something changed. */
async function react(call: StateCall): Promise<StateReturn> {
  const { name, args } = call
  const service = await found(call)
  if (!service) return failed(`The named service ${name} is not available`)
  const isUp = await runs(service, call)
  const action: Action = !isUp ? 'start' : args.flag('reload') ? 'reload' : 'restart'
  const did = { start: 'started', restart: 'restarted', reload: 'reloaded' }[action]
  if (call.test) return wouldChange(`Service is set to be ${did}`)
  if (isUp && args.flag('full_restart')) await act(service, 'stop', call)
  const problem = await act(service, isUp && args.flag('full_restart') ? 'start' : action, call)
  if (problem !== null) return failed(`Failed to ${action} the service: ${problem}`, { [name]: false })
  return succeeded(`Service ${did}`, { [name]: true })
}

async function reactDead(call: StateCall): Promise<StateReturn> {
  const service = await found(call)
  if (!service || !(await runs(service, call))) return succeeded('Service is already stopped')
  if (call.test) return wouldChange('Service is set to be stopped')
  const problem = await act(service, 'stop', call)
  return problem === null
    ? succeeded('Service stopped', { [call.name]: true })
    : failed(`Failed to stop the service: ${problem}`)
}

function unable(call: StateCall): StateReturn {
  return failed(`Unable to trigger watch for service.${call.function}`)
}

/** Null where nothing was asked for. */
async function settleEnabled(service: Found, call: StateCall): Promise<StateReturn | null> {
  const { args, name } = call
  if (!args.has('enable') || args.value('enable') === null) return null
  const on = args.flag('enable')
  const word = on ? 'enabled' : 'disabled'
  const state = call.function === 'dead' ? 'dead' : 'running'
  if ((await enabledNow(service, call)) === on) return succeeded(`Service ${name} is already ${word}, and is ${state}`)
  if (call.test) return wouldChange(`Service ${name} set to be ${word}`)
  const problem = await setEnabled(service, on, call)
  return problem === null
    ? succeeded(`Service ${name} has been ${word}, and is ${state}`, { [name]: true })
    : failed(`Failed when setting service ${name} to be ${word}: ${problem}`)
}

async function found(call: StateCall): Promise<Found | null> {
  return findService(
    call.name,
    argv => call.tools.shell.runSync({ argv: [program(argv[0]), ...argv.slice(1)], timeoutSeconds: 30 }).status === 0,
  )
}

async function runs(service: Found, call: StateCall): Promise<boolean> {
  const told = await tryRun(call.tools, actionCommand(service, 'status'))
  return isRunning(service, told.status, told.stdout)
}

/** What went wrong, or null. */
async function act(service: Found, action: Action, call: StateCall): Promise<string | null> {
  const done = await tryRun(call.tools, actionCommand(service, action))
  return done.ok ? null : (done.stderr || done.stdout).trim() || `status ${done.status}`
}

async function enabledNow(service: Found, call: StateCall): Promise<boolean> {
  return isEnabled(
    service,
    argv => call.tools.shell.runSync({ argv: [program(argv[0]), ...argv.slice(1)], timeoutSeconds: 30 }).status === 0,
  )
}

async function setEnabled(service: Found, on: boolean, call: StateCall): Promise<string | null> {
  const command = enableCommand(service, on)
  if (command === null) {
    linkRunit(service, on)
    return null
  }
  const done = await tryRun(call.tools, command)
  return done.ok ? null : (done.stderr || done.stdout).trim()
}
