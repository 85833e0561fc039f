/** host.*: lines of /etc/hosts. */
import { type Arguments, defineState, type StateTable } from '../definition/define.ts'
import { succeeded, wouldChange } from '../definition/outcome.ts'
import { readText, writeText } from '../system/text-file.ts'

const hosts = '/etc/hosts'
const addressArguments: Arguments = {
  ip: { does: 'Its addresses.', type: 'text or list', required: true },
  comment: { does: 'Accepted and ignored.', type: 'text' },
  clean: { does: 'Takes the name from all other addresses.', type: 'boolean', default: false },
}

const present = defineState({
  does: 'Sees that a name has an address in /etc/hosts.',
  arguments: addressArguments,
  run: call => {
    const { name, args } = call
    const wanted = args.texts('ip')
    const lines = linesOf()
    const lacking = wanted.filter(ip => !lines.some(line => has(line, ip, name)))
    const wrong = args.flag('clean')
      ? lines.filter(line => !wanted.includes(line.ip) && line.names.includes(name)).map(({ ip }) => ip)
      : []
    if (lacking.length === 0 && wrong.length === 0)
      return succeeded(`Host ${name} (${wanted.join(', ')}) already present`)
    if (call.test) return wouldChange(`Host ${name} would be changed`, { host: name })
    let text = readText(hosts)
    for (const ip of wrong) text = without(text, ip, name)
    for (const ip of lacking) text = withName(text, ip, name)
    writeText(hosts, text)
    return succeeded(`Added host ${name} (${lacking.join(', ')})`, { host: name })
  },
})

const absent = defineState({
  does: 'Sees that a name does not have an address in /etc/hosts.',
  arguments: { ip: { does: 'Only these addresses.', type: 'text or list' } },
  run: call => {
    const { name, args } = call
    const only = args.texts('ip')
    const there = linesOf().filter(line => line.names.includes(name) && (only.length === 0 || only.includes(line.ip)))
    if (there.length === 0) return succeeded(`Host ${name}${only.length ? ` (${only.join(', ')})` : ''} already absent`)
    if (call.test) return wouldChange(`Host ${name} needs to be removed`)
    writeText(
      hosts,
      there.reduce((text, { ip }) => without(text, ip, name), readText(hosts)),
    )
    return succeeded(`Removed host ${name} (${there.map(({ ip }) => ip).join(', ')})`, { host: name })
  },
})

export const states: StateTable = { present, absent }

interface HostLine {
  readonly ip: string
  readonly names: readonly string[]
}

function linesOf(): HostLine[] {
  return readText(hosts)
    .split('\n')
    .map(hostLine)
    .filter(line => line.ip !== '')
}

function hostLine(text: string): HostLine {
  const [ip = '', ...names] = text.replace(/#.*/, '').trim().split(/\s+/)
  return { ip, names }
}

function has(line: HostLine, ip: string, name: string): boolean {
  return line.ip === ip && line.names.includes(name)
}

function withName(text: string, ip: string, name: string): string {
  const lines = text.replace(/\n$/, '').split('\n')
  const at = lines.findIndex(line => hostLine(line).ip === ip)
  if (at === -1) return `${text.replace(/\n$/, '')}\n${ip}\t\t${name}\n`
  return `${lines.with(at, `${(lines[at] as string).trimEnd()} ${name}`).join('\n')}\n`
}

function without(text: string, ip: string, name: string): string {
  return text
    .split('\n')
    .flatMap(line => {
      const { ip: each, names } = hostLine(line)
      if (each !== ip || !names.includes(name)) return [line]
      const left = names.filter(other => other !== name)
      return left.length ? [`${ip}\t\t${left.join(' ')}`] : []
    })
    .join('\n')
}
