/** corpus maintenance and corpus domains. */
import { CorpusError } from '../../kernel/errors.ts'
import { defineCommand } from '../command.ts'

export const maintenanceCommand = defineCommand({
  name: 'maintenance',
  does: 'Shows the maintenance page in place of the application, or the application again.',
  arguments: ['NAME', '[on|off]'],
  answers: true,
  example: 'corpus maintenance demo on',
  async run(invocation) {
    const { maintenance } = await import('../../controller/maintenance.ts')
    const [name = '', word] = invocation.args
    if (word !== undefined && word !== 'on' && word !== 'off') throw new CorpusError('USAGE', 'Say on or off.')
    const on = await maintenance(invocation.context, name, word === undefined ? undefined : word === 'on')
    invocation.print(
      invocation.json ? `${JSON.stringify({ maintenance: on })}\n` : `maintenance is ${on ? 'on' : 'off'}\n`,
    )
    return 0
  },
})

export const domainsAddCommand = defineCommand({
  name: 'domains add',
  does: 'Gives a project a host name, from its next deployment on.',
  arguments: ['NAME', 'HOST'],
  answers: true,
  example: 'corpus domains add demo www.example.org && corpus deploy demo --only activate',
  async run(invocation) {
    const { changeDomains } = await import('../../controller/maintenance.ts')
    const [name = '', add = ''] = invocation.args
    const domains = await changeDomains(invocation.context, name, { add })
    invocation.print(invocation.json ? `${JSON.stringify(domains)}\n` : `${domains.join('\n')}\n`)
    return 0
  },
})

export const domainsRemoveCommand = defineCommand({
  name: 'domains remove',
  does: 'Takes a host name from a project, from its next deployment on.',
  arguments: ['NAME', 'HOST'],
  answers: true,
  example: 'corpus domains remove demo www.example.org',
  async run(invocation) {
    const { changeDomains } = await import('../../controller/maintenance.ts')
    const [name = '', remove = ''] = invocation.args
    const domains = await changeDomains(invocation.context, name, { remove })
    invocation.print(invocation.json ? `${JSON.stringify(domains)}\n` : domains.map(one => `${one}\n`).join(''))
    return 0
  },
})

export const domainsListCommand = defineCommand({
  name: 'domains list',
  does: 'Lists the host names of a project.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus domains list demo',
  async run(invocation) {
    const { changeDomains } = await import('../../controller/maintenance.ts')
    const domains = await changeDomains(invocation.context, invocation.args[0] ?? '', {})
    invocation.print(invocation.json ? `${JSON.stringify(domains)}\n` : domains.map(one => `${one}\n`).join(''))
    return 0
  },
})
