/** apply: a controller becomes what a file says. */
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { fileChanges, fileParams } from './plan-file.ts'

export const applyRequest = defineRequest({
  name: 'apply',
  does: 'Brings this controller to what a file says, in a safe order; once more, there is nothing to do. Where a change fails, what was made and what was not is told, and the same command goes on.',
  example: 'corpus apply -f corpus.yaml',
  params: object(fileParams()),
  answer: fileChanges(),
  http: 'POST /apply',
  right: 'admin on machine',
  kind: 'change',
  async run(asked, choice, caller) {
    const [{ applyFile }, { toldOfChange }] = await Promise.all([
      import('../file/apply.ts'),
      import('../file/change.ts'),
    ])
    const { changes, notices } = await applyFile(asked, caller, choice)
    return { changes: changes.map(toldOfChange), notices }
  },
})
