/** How to push: what a remote is called now, and what a pusher needs. */
import type { remoteAddRequest } from '../../controller/requests/remote-add.ts'
import type { reportRequest } from '../../controller/requests/report.ts'
import { shellWord } from '../../kernel/shell-word.ts'
import { draw } from '../drawing.ts'

export const addDrawing = draw<typeof remoteAddRequest>({
  text({ remote, url, refspec, behind }) {
    const first = behind === null ? '' : `git pull --rebase ${remote} ${behind}, `
    return `${remote} is ${url}; now: ${first}git push ${remote} ${refspec}\n`
  },
})

export const reportDrawing = draw<typeof reportRequest>({
  text: ({ name, project, pillar, receivepack, sshConfig }) =>
    `project  ${project.ssh}\npillar   ${pillar.ssh}\n` +
    `\nOn this machine, in a clone (corpus remote add ${name} does it):\n\n` +
    `git remote add corpus ${shellWord(project.local)}\n` +
    `git config remote.corpus.receivepack ${shellWord(receivepack)}\n` +
    `\nFor ssh, into ~/.ssh/config of the pusher:\n\n${sshConfig}`,
})
