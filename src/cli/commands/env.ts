/** corpus env set, unset and list. */
import type { ListedVariable } from '../../configuration/environment.ts'
import { defineCommand } from '../command.ts'

const next = (name: string) => `It counts from the next deployment on: corpus deploy ${name}\n`

export const envSetCommand = defineCommand({
  name: 'env set',
  does: 'Sets variables of the application, byte for byte: KEY=VALUE, KEY=@FILE, or KEY=- for standard input. They count from the next deployment on.',
  arguments: ['NAME', 'KEY=VALUE...'],
  options: [{ flags: '--plain', does: 'no secret: shown in lists, and in logs' }],
  example: 'corpus env set demo DATABASE_URL=postgres://demo@localhost/demo TLS_KEY=@key.pem',
  async run(invocation) {
    const { setEnvironment } = await import('../../controller/env.ts')
    const [name = '', ...texts] = invocation.args
    const names = await setEnvironment(invocation.context, name, texts as string[], {
      plain: invocation.options['plain'] === true,
    })
    invocation.print(`set ${names.join(', ')}\n${next(name)}`)
    if (names.includes('PORT'))
      invocation.context.warn?.(
        'PORT of a process is what corpus hands out: yours is seen by builds and `corpus run` alone',
      )
    return 0
  },
})

export const envUnsetCommand = defineCommand({
  name: 'env unset',
  does: 'Takes variables of the application out again, from the next deployment on.',
  arguments: ['NAME', 'KEY...'],
  example: 'corpus env unset demo TLS_KEY',
  async run(invocation) {
    const { unsetEnvironment } = await import('../../controller/env.ts')
    const [name = '', ...names] = invocation.args
    await unsetEnvironment(invocation.context, name, names as string[])
    invocation.print(`unset ${names.join(', ')}\n${next(name)}`)
    return 0
  },
})

export const envListCommand = defineCommand({
  name: 'env list',
  does: 'Lists the variables that were set. Secrets are hidden.',
  arguments: ['NAME'],
  options: [{ flags: '--reveal', does: 'show secrets too, to whoever may read their key' }],
  answers: true,
  example: 'corpus env list demo --reveal',
  async run(invocation) {
    const { listEnvironment } = await import('../../controller/env.ts')
    const rows = await listEnvironment(
      invocation.context,
      invocation.args[0] ?? '',
      invocation.options['reveal'] === true,
    )
    invocation.print(invocation.json ? `${JSON.stringify(rows)}\n` : rows.map(line).join(''))
    return 0
  },
})

/** A value with line breaks or odd letters in it is shown as JSON has it. */
function line({ name, value, encoding }: ListedVariable): string {
  if (value === null) return `${name}=********\n`
  if (encoding === 'base64') return `${name} in base64: ${value}\n`
  return `${name}=${/[\x00-\x1f\x7f-\x9f]/.test(value) ? JSON.stringify(value) : value}\n`
}
