/** cmd.*: commands and scripts. */
import type { StateTable } from '../../define.ts'

const runFile = () => import('./run.ts')
const scriptFile = () => import('./script.ts')

export const states: StateTable = {
  run: async () => (await runFile()).run,
  watch: async () => (await runFile()).wait,
  wait: async () => (await runFile()).wait,
  script: async () => (await scriptFile()).script,
  wait_script: async () => (await scriptFile()).waitScript,
}
