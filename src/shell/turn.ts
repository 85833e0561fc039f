/** What the agent tells a runner in reserve that is the next in turn now. No project has such a name. */
export const turnLine = '+'
