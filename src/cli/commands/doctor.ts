/** corpus doctor. */
import { exitStatus } from '../../kernel/errors.ts'
import { defineCommand } from '../command.ts'

export const doctorCommand = defineCommand({
  name: 'doctor',
  does: 'Checks what corpus needs of this machine and this root, and says how to mend each. Changes nothing.',
  answers: true,
  example: 'corpus doctor',
  async run(invocation) {
    const { doctor, healthy } = await import('../../controller/doctor.ts')
    const findings = await doctor(invocation.context)
    const status = healthy(findings) ? exitStatus.ok : exitStatus.environment
    if (invocation.json) {
      invocation.print(`${JSON.stringify(findings)}\n`)
      return status
    }
    const width = Math.max(...findings.map(one => one.name.length))
    for (const { name, ok, level, found, mend } of findings) {
      const sign = ok ? 'ok     ' : level === 'needed' ? 'MISSING' : 'useful '
      invocation.print(`${sign}  ${name.padEnd(width)}  ${found}\n`)
      if (!ok) invocation.print(`${' '.repeat(width + 11)}${mend}\n`)
    }
    return status
  },
})
