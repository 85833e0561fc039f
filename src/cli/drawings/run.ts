/** What a command of the application printed, where it had no terminal. */
import type { runRequest } from '../../controller/requests/run.ts'
import { visible } from '../../kernel/visible.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof runRequest>({
  text({ stdout, stderr }) {
    process.stderr.write(visible(stderr))
    return stdout
  },
  status: ({ status }) => status,
})
