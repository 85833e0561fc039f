/** corpus remote add and corpus report. */
import { shellWord } from '../../shell/word.ts'
import { defineCommand, textOption } from '../command.ts'

export const remoteAddCommand = defineCommand({
  name: 'remote add',
  does: 'Lets the clone in this folder push to a project on this machine; git push then ends with the status of the deployment.',
  arguments: ['NAME'],
  isNamed: true,
  options: [
    { flags: '--remote REMOTE', does: 'how the remote is called (default: corpus, or corpus-pillar)' },
    { flags: '--pillar', does: "the project's pillar instead" },
    { flags: '--folder DIR', does: 'the clone (default: the current folder)' },
  ],
  example: 'corpus remote add demo && git push corpus main',
  async run(invocation) {
    const { addRemote } = await import('../../controller/remote.ts')
    const pillar = invocation.options['pillar'] === true
    const remote = textOption(invocation, 'remote') ?? (pillar ? 'corpus-pillar' : 'corpus')
    const { url, refspec, behind } = await addRemote(invocation.context, invocation.args[0] ?? '', {
      folder: textOption(invocation, 'folder') ?? process.cwd(),
      remote,
      pillar,
    })
    const first = behind === null ? '' : `git pull --rebase ${remote} ${behind}, `
    invocation.print(`${remote} is ${url}; now: ${first}git push ${remote} ${refspec}\n`)
    return 0
  },
})

export const reportCommand = defineCommand({
  name: 'report',
  does: 'Prints where to push, and a stanza for the ssh configuration of a pusher. CORPUS_HOST says how pushers reach this machine (default: its name).',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus report demo',
  async run(invocation) {
    const { report } = await import('../../controller/report.ts')
    const answer = await report(invocation.context, invocation.args[0] ?? '')
    if (invocation.json) invocation.print(`${JSON.stringify(answer)}\n`)
    else {
      const { project, pillar, receivepack } = answer
      invocation.print(`project  ${project.ssh}\npillar   ${pillar.ssh}\n`)
      invocation.print(
        `\nOn this machine, in a clone (corpus remote add ${answer.name} does it):\n\n` +
          `git remote add corpus ${shellWord(project.local)}\n` +
          `git config remote.corpus.receivepack ${shellWord(receivepack)}\n`,
      )
      invocation.print(`\nFor ssh, into ~/.ssh/config of the pusher:\n\n${answer.sshConfig}`)
    }
    return 0
  },
})
