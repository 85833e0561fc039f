/** What runs of a project, as people read it. */
import type { statusRequest } from '../../controller/requests/status.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const drawing = draw<typeof statusRequest>({
  text(answer) {
    const { processes, deployment } = answer
    const facts = {
      name: answer.name,
      mode: answer.mode,
      installer: answer.installer,
      state: answer.state,
      release: [answer.release_name, answer.release].filter(Boolean).join('  '),
      commit: [answer.commit, answer.subject].filter(Boolean).join('  '),
      url: answer.silent_url === null ? answer.url : `-  (${answer.silent_url} does not answer)`,
      ...(answer.certificate === null ? {} : { certificate: answer.certificate }),
      deployment:
        deployment &&
        `${deployment.release}, in ${deployment.procedure ?? 'between procedures'}, runner ${deployment.pid}; corpus logs ${answer.name} --follow`,
    }
    const lines = Object.entries(facts).map(([key, value]) => `${key.padEnd(10)} ${value || '-'}\n`)
    const rows = processes.map(one => [one.name, one.pid, one.state, one.address])
    const table = rows.length > 0 ? `\n${tableText(['process', 'pid', 'state', 'address'], rows)}` : ''
    return `${lines.join('')}${table}`
  },
})
