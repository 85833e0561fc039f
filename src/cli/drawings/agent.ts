/** The agent: without a word of starting with the machine, it is this process. */
import type { agentRequest } from '../../controller/requests/agent.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof agentRequest>({
  text: ({ done }) => `${done}\n`,
  instead: ({ params: { metrics, enable, disable }, asked, entrances }) =>
    enable || disable ? undefined : entrances.agent(asked.root, metrics === undefined ? {} : { metrics }),
})
