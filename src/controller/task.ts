/** task: the manual jobs of a project, `.salt/task_NAME.sls`. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { folderFiles } from '../kernel/tree-files.ts'
import { treeInUse } from '../project/tree.ts'
import { type Context, openProject } from './context.ts'
import { type OpenStates, openProjectStates, type StatesChoice } from './states.ts'

/** Their names, in plain order. */
export async function tasks(context: Context, name: string): Promise<string[]> {
  const layout = await openProject(context, name)
  return folderFiles(treeInUse(layout).salt)
    .names()
    .flatMap(file => /^task_(.+)\.sls$/.exec(file)?.[1] ?? [])
    .sort()
}

/** While it runs, deployments wait. Throws TASK_UNKNOWN. */
export async function openTask(
  context: Context,
  name: string,
  task: string,
  choice: Omit<StatesChoice, 'sls'>,
): Promise<OpenStates> {
  const known = await tasks(context, name)
  if (known.includes(task)) return openProjectStates(context, name, { ...choice, sls: [`task_${task}`] })
  throw new CorpusError(
    'TASK_UNKNOWN',
    `${name} has no task ${shown(task)}.${meant(task, known)}`,
    known.length > 0 ? { detail: `Tasks: ${known.join(', ')}` } : {},
  )
}
