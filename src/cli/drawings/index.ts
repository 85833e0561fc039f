/** How each answer is drawn: loaded when it is asked for. What is not here is a deployment, shown as it goes. */
import type { Drawing } from '../drawing.ts'

const drawings: Readonly<Record<string, () => Promise<Drawing>>> = {
  init: async () => (await import('./init.ts')).drawing,
  destroy: async () => (await import('./destroy.ts')).drawing,
  cancel: async () => (await import('./cancel.ts')).drawing,
  status: async () => (await import('./status.ts')).drawing,
  list: async () => (await import('./list.ts')).drawing,
  releases: async () => (await import('./releases.ts')).drawing,
  diff: async () => (await import('./diff.ts')).drawing,
  'pillar get': async () => (await import('./config.ts')).valueDrawing,
  'pillar set': async () => (await import('./pillar.ts')).drawing,
  'pillar unset': async () => (await import('./pillar.ts')).drawing,
  'agent logs': async () => (await import('./agent.ts')).logsDrawing,
  logs: async () => (await import('./logs.ts')).drawing,
  ps: async () => (await import('./ps.ts')).drawing,
  run: async () => (await import('./run.ts')).drawing,
  task: async () => (await import('./lines.ts')).drawing,
  'task run': async () => (await import('./states.ts')).applyDrawing,
  'config get': async () => (await import('./config.ts')).valueDrawing,
  'config set': async () => (await import('./config.ts')).changedDrawing,
  'config unset': async () => (await import('./config.ts')).changedDrawing,
  'env set': async () => (await import('./env.ts')).setDrawing,
  'env unset': async () => (await import('./env.ts')).unsetDrawing,
  'env list': async () => (await import('./env.ts')).listDrawing,
  'backup create': async () => (await import('./backup.ts')).createDrawing,
  'backup list': async () => (await import('./backup.ts')).listDrawing,
  'backup verify': async () => (await import('./backup.ts')).verifyDrawing,
  du: async () => (await import('./du.ts')).drawing,
  'remote add': async () => (await import('./remote.ts')).addDrawing,
  report: async () => (await import('./remote.ts')).reportDrawing,
  'keys add': async () => (await import('./keys.ts')).addDrawing,
  'keys remove': async () => (await import('./keys.ts')).removeDrawing,
  'keys list': async () => (await import('./keys.ts')).listDrawing,
  'domains add': async () => (await import('./lines.ts')).drawing,
  'domains remove': async () => (await import('./lines.ts')).drawing,
  'domains list': async () => (await import('./lines.ts')).drawing,
  maintenance: async () => (await import('./maintenance.ts')).drawing,
  'maintenance set': async () => (await import('./maintenance.ts')).drawing,
  freeze: async () => (await import('./freeze.ts')).drawing,
  thaw: async () => (await import('./freeze.ts')).drawing,
  plan: async () => (await import('./plan.ts')).drawing,
  'states apply': async () => (await import('./states.ts')).applyDrawing,
  'states render': async () => (await import('./states.ts')).renderDrawing,
  'states show': async () => (await import('./states.ts')).showDrawing,
  'states doc': async () => (await import('./states-doc.ts')).drawing,
  'states call': async () => (await import('./states-call.ts')).drawing,
  metrics: async () => (await import('./text.ts')).drawing,
  modes: async () => (await import('./modes.ts')).drawing,
  agent: async () => (await import('./agent.ts')).drawing,
  reindex: async () => (await import('./reindex.ts')).drawing,
  doctor: async () => (await import('./doctor.ts')).drawing,
  help: async () => (await import('./help.ts')).drawing,
  completion: async () => (await import('./text.ts')).drawing,
  man: async () => (await import('./text.ts')).drawing,
}

export const drawingOf = (name: string): Promise<Drawing> =>
  (Object.hasOwn(drawings, name) ? drawings[name] : undefined)?.() ?? deploymentDrawing()

const deploymentDrawing = async () => (await import('./deployment.ts')).drawing

/** For a test, that none is drawn which is not declared. */
export const drawn: readonly string[] = Object.keys(drawings)
