/** cmd.*: commands and scripts. */
import type { StateTable } from '../definition/define.ts'

const runFile = () => import('./cmd/run.ts')
const callFile = () => import('./cmd/call.ts')
const scriptFile = () => import('./cmd/script.ts')

export const states: StateTable = {
  run: async () => (await runFile()).run,
  watch: async () => (await runFile()).wait,
  wait: async () => (await runFile()).wait,
  script: async () => (await scriptFile()).script,
  call: async () => (await callFile()).call,
  wait_call: async () => (await callFile()).waitCall,
  wait_script: async () => (await scriptFile()).waitScript,
}
