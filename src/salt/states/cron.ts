/** cron.*: jobs and variables of crontabs. */

import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { type CronJob, findJob, findVariable, withJob, withoutJob, withVariable } from '../system/crontab.ts'
import { tryRun } from '../system/system-command.ts'

const user = { does: 'The account whose crontab it is.', type: 'text', default: 'root' } as const
const identifier = {
  does: 'Tells the job apart from others; default: the command.',
  type: 'any',
  default: false,
} as const
const field = (does: string) => ({ does, type: 'any', default: '*' }) as const
const jobArguments: Arguments = {
  user,
  minute: field('Minutes, or random.'),
  hour: field('Hours, or random.'),
  daymonth: field('Days of the month, or random.'),
  month: field('Months, or random.'),
  dayweek: field('Days of the week, or random.'),
  comment: { does: 'A comment above it.', type: 'text' },
  commented: { does: 'Keeps it commented out.', type: 'boolean', default: false },
  identifier,
  special: { does: 'A word instead of the five fields: @daily.', type: 'text' },
}

const present = defineState({
  does: 'Sees that a crontab has a job; `name` is the command.',
  arguments: jobArguments,
  run: seeJob,
})

const absent = defineState({
  does: 'Sees that a crontab does not have a job.',
  arguments: { user, identifier, special: jobArguments['special'] as (typeof jobArguments)[string] },
  otherArguments: 'Accepted and ignored.',
  run: async call => {
    const { name } = call
    const owner = call.args.text('user')
    const crontab = await read(owner, call)
    if (!findJob(crontab, identifierOf(call))) return succeeded(`Cron ${name} already absent`)
    if (call.test) return wouldChange(`Cron ${name} is set to be removed`)
    const problem = await write(owner, withoutJob(crontab, identifierOf(call)), call)
    if (problem !== null) return failed(`Cron ${name} for user ${owner} failed to commit with error ${problem}`)
    return succeeded(`Cron ${name} removed from ${owner}'s crontab`, { [owner]: name })
  },
})

const envPresent = defineState({
  does: 'Sees that a crontab sets a variable.',
  arguments: { value: { does: 'Its value.', type: 'text' }, user },
  run: async call => {
    const { name, args } = call
    const owner = args.text('user')
    const crontab = await read(owner, call)
    const now = findVariable(crontab, name)
    if (now === args.text('value')) return succeeded(`Cron env ${name} already present`)
    if (call.test) return wouldChange(`Cron env ${name} is set to be ${now === null ? 'added' : 'updated'}`)
    const problem = await write(owner, withVariable(crontab, name, args.text('value')), call)
    if (problem !== null) return failed(`Cron env ${name} for user ${owner} failed to commit with error ${problem}`)
    const comment = now === null ? `Cron env ${name} added to ${owner}'s crontab` : `Cron env ${name} updated`
    return succeeded(comment, { [owner]: name })
  },
})

const envAbsent = defineState({
  does: 'Sees that a crontab does not set a variable.',
  arguments: { user },
  run: async call => {
    const { name, args } = call
    const owner = args.text('user')
    const crontab = await read(owner, call)
    if (findVariable(crontab, name) === null) return succeeded(`Cron env ${name} already absent`)
    if (call.test) return wouldChange(`Cron env ${name} is set to be removed`)
    const problem = await write(owner, withVariable(crontab, name, null), call)
    if (problem !== null) return failed(`Cron env ${name} for user ${owner} failed to commit with error ${problem}`)
    return succeeded(`Cron env ${name} removed from ${owner}'s crontab`, { [owner]: name })
  },
})

export const states: StateTable = { present, absent, env_present: envPresent, env_absent: envAbsent }

async function seeJob(call: StateCall): Promise<StateReturn> {
  const { name } = call
  const owner = call.args.text('user')
  const crontab = await read(owner, call)
  const now = findJob(crontab, identifierOf(call))
  const job = jobOf(call, now?.job)
  const next = withJob(crontab, job)
  if (now && next === crontab) return succeeded(`Cron ${name} already present`)
  if (call.test) return wouldChange(`Cron ${name} is set to be ${now ? 'updated' : 'added'}`)
  const problem = await write(owner, next, call)
  if (problem !== null) return failed(`Cron ${name} for user ${owner} failed to commit with error ${problem}`)
  const comment = now ? `Cron ${name} updated` : `Cron ${name} added to ${owner}'s crontab`
  return succeeded(comment, { [owner]: name })
}

/** A field that is `random` keeps what it was drawn as. */
function jobOf(call: StateCall, now: CronJob | undefined): CronJob {
  const { args } = call
  const ranges = { minute: [0, 59], hour: [0, 23], daymonth: [1, 28], month: [1, 12], dayweek: [0, 6] } as const
  const before = now?.schedule.split(' ') ?? []
  const fields = Object.entries(ranges).map(([name, [least, most]], at) => {
    const text = args.text(name)
    if (text.toLowerCase() !== 'random') return text.trim() === '' ? '*' : text.trim()
    return before.length === 5 && /^\d+$/.test(before[at] ?? '')
      ? before[at]
      : String(least + Math.floor(Math.random() * (most - least + 1)))
  })
  return {
    identifier: identifierOf(call),
    command: call.name,
    schedule: args.textOrNone('special') ?? fields.join(' '),
    comment: args.textOrNone('comment'),
    commented: args.flag('commented'),
  }
}

function identifierOf(call: StateCall): string {
  const args = call.args.value('identifier')
  return args === false || args === null || args === '' ? call.name : call.args.text('identifier')
}

async function read(owner: string, call: StateCall): Promise<string> {
  const listed = await tryRun(call.tools, ['crontab', '-u', owner, '-l'])
  return listed.ok ? listed.stdout : ''
}

async function write(owner: string, crontab: string, call: StateCall): Promise<string | null> {
  const done = await tryRun(call.tools, ['crontab', '-u', owner, '-'], { input: crontab })
  return done.ok ? null : done.stderr.trim()
}
