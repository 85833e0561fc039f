/** corpus status and corpus list. */
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'

export const statusCommand = defineCommand({
  name: 'status',
  does: 'Says what runs.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus status demo --json',
  async run(invocation) {
    const { status } = await import('../../controller/status.ts')
    const answer = await status(invocation.context, invocation.args[0] ?? '')
    if (invocation.json) {
      invocation.print(`${JSON.stringify(answer)}\n`)
      return 0
    }
    const { processes, deployment } = answer
    const commit = [answer.commit, answer.subject].filter(Boolean).join('  ')
    const facts = {
      name: answer.name,
      mode: answer.mode,
      installer: answer.installer,
      state: answer.state,
      release: [answer.release_name, answer.release].filter(Boolean).join('  '),
      commit,
      url: answer.silent_url === null ? answer.url : `-  (${answer.silent_url} does not answer)`,
      ...(answer.certificate === null ? {} : { certificate: answer.certificate }),
    }
    for (const [key, value] of Object.entries(facts)) invocation.print(`${key.padEnd(10)} ${value || '-'}\n`)
    invocation.print(
      `deployment ${deployment ? `${deployment.release}, in ${deployment.procedure ?? 'between procedures'}, runner ${deployment.pid}; corpus logs ${answer.name} --follow` : '-'}\n`,
    )
    if (processes.length > 0)
      invocation.print(
        `\n${tableText(
          ['process', 'pid', 'state', 'address'],
          processes.map(one => [one.name, one.pid, one.state, one.address]),
        )}`,
      )
    return 0
  },
})

export const listCommand = defineCommand({
  name: 'list',
  does: 'Lists the projects of this machine.',
  answers: true,
  example: 'corpus list',
  async run(invocation) {
    const { list } = await import('../../controller/status.ts')
    const rows = await list(invocation.context)
    if (invocation.json) invocation.print(`${JSON.stringify(rows)}\n`)
    else
      invocation.print(
        tableText(
          ['project', 'mode', 'state', 'release', 'commit', 'url'],
          rows.map(one => [
            one.name,
            one.mode,
            one.state,
            one.release_name ?? one.release,
            one.commit?.slice(0, 10),
            one.url ?? (one.silent_url === null ? null : 'does not answer'),
          ]),
        ),
      )
    return 0
  },
})
