/** cmd.*: commands and scripts. */
import type { StateTable } from '../../define.ts'

const runFile = () => import('./run.ts')
const callFile = () => import('./call.ts')
const scriptFile = () => import('./script.ts')

export const states: StateTable = {
  run: async () => (await runFile()).run,
  watch: async () => (await runFile()).wait,
  wait: async () => (await runFile()).wait,
  script: async () => (await scriptFile()).script,
  call: async () => (await callFile()).call,
  wait_call: async () => (await callFile()).waitCall,
  wait_script: async () => (await scriptFile()).waitScript,
}
