/** corpus init. */
import { defineCommand, listOption, textOption } from '../command.ts'

export const initCommand = defineCommand({
  name: 'init',
  does: 'Makes a project, or repairs what is missing of one.',
  arguments: ['NAME'],
  options: [
    { flags: '--mode MODE', does: 'editable, cooking or final' },
    { flags: '--env ENV', does: 'dev, staging or prod: gives the mode where none is named' },
    {
      flags: '--installer INSTALLER',
      does: 'generic, static, nodejs, …, auto, an absolute path, or a folder inside .salt',
    },
    { flags: '--origin URL', does: 'where the project comes from' },
    { flags: '--pillar-origin URL', does: 'where its pillar comes from' },
    { flags: '--set KEY=VALUE', does: 'a setting; may be given several times', many: true },
  ],
  answers: true,
  example: 'corpus init demo --mode final --installer nodejs',
  async run(invocation) {
    const { init } = await import('../../controller/init.ts')
    const { report } = await import('../../controller/report.ts')
    const { branchToPush } = await import('../../procedures/hook-settings.ts')
    const [name = ''] = invocation.args
    const { layout, done } = await init(invocation.context, name, {
      mode: textOption(invocation, 'mode'),
      env: textOption(invocation, 'env'),
      installer: textOption(invocation, 'installer'),
      origin: textOption(invocation, 'origin'),
      pillarOrigin: textOption(invocation, 'pillarOrigin'),
      set: listOption(invocation, 'set'),
    })
    if (invocation.json) invocation.print(`${JSON.stringify({ name: layout.name, home: layout.home, done })}\n`)
    else {
      for (const sentence of done) invocation.print(`${sentence}\n`)
      const { project } = await report(invocation.context, name)
      invocation.print(done.length === 0 ? 'everything was there\n' : '')
      const push = `git push corpus HEAD:${branchToPush(layout)}`
      invocation.print(`push to ${project.local} (in a clone: corpus remote add ${name}; then ${push})\n`)
    }
    return 0
  },
})
