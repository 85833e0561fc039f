/** build: what turns the pushed tree into one that runs. */

import type { Deployment } from '../deployment/deployment.ts'
import { CorpusError } from '../kernel/errors.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'

/** What builds keep between releases lives below `build/cache`: it is no part of a release. */
const kept = 'cache'

/** Done as the account, whose folder it is. Folders that a build shut, or left read-only, resist the first time. */
const wiping = `if [ -L "$1" ] || [ ! -d "$1" ]; then rm -f "$1"; fi; mkdir -p "$1" || exit
wipe() { find . -mindepth 1 -maxdepth 1 ! -name "$1" -exec rm -rf -- {} +; }
wipe "$1" 2>/dev/null || { find . -mindepth 1 -maxdepth 1 ! -name "$1" ! -type l -exec chmod -R u+rwX -- {} +; wipe "$1"; }`

export const build = defineProcedure({
  name: 'build',
  does: 'Wipes the build folder (but for its cache) and builds the application.',
  async run(deployment: Deployment) {
    const { layout, shell, account } = deployment
    const ended = await shell.run({
      argv: [program('sh'), '-c', wiping, 'sh', kept],
      cwd: layout.build,
      ...(account ? { user: account } : {}),
    })
    if (ended.status !== 0)
      throw new CorpusError('WRITE_FAILED', `${layout.build} could not be emptied.`, { detail: textOf(ended.stderr) })
  },
})
