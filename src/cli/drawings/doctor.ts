/** What doctor found: a line each, and below what is wrong how to mend it. */
import type { doctorRequest } from '../../controller/requests/doctor.ts'
import { exitStatus } from '../../kernel/errors.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof doctorRequest>({
  text(findings) {
    const width = Math.max(...findings.map(one => one.name.length))
    return findings
      .map(({ name, ok, level, found, mend }) => {
        const sign = ok ? 'ok     ' : level === 'needed' ? 'MISSING' : 'useful '
        const below = ok ? '' : `${' '.repeat(width + 11)}${mend}\n`
        return `${sign}  ${name.padEnd(width)}  ${found}\n${below}`
      })
      .join('')
  },
  status: findings =>
    findings.every(one => one.ok || one.level === 'useful') ? exitStatus.ok : exitStatus.environment,
})
