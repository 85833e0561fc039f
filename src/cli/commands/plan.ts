/** corpus plan. */
import type { DeploymentPlan } from '../../controller/plan.ts'
import type { PlannedFile } from '../../controller/plan-changes.ts'
import type { StepResult } from '../../salt/runner/result.ts'
import { defineCommand, type Invocation } from '../command.ts'
import { paintFor } from '../paint.ts'

export const planCommand = defineCommand({
  name: 'plan',
  does: 'Says what a deployment would change, procedure by procedure, and changes nothing.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus plan demo',
  async run(invocation) {
    const { planDeployment } = await import('../../controller/plan.ts')
    const stopped = new AbortController()
    const stop = () => stopped.abort()
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    try {
      const plan = await planDeployment(invocation.context, invocation.args[0] ?? '', invocation.by, stopped.signal)
      if (invocation.json) invocation.print(`${await planJson(plan)}\n`)
      else await printPlan(invocation, plan)
      const files = plan.procedures.flatMap(one => one.files)
      if (files.some(({ faults }) => faults.length > 0)) {
        const { catalogue } = await import('../../kernel/errors.ts')
        return catalogue.STATES_INVALID.exit
      }
      return resultsOf(files).some(({ result }) => result === false) ? 1 : 0
    } finally {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
  },
})

const resultsOf = (files: readonly PlannedFile[]): StepResult[] => files.flatMap(({ results }) => [...results.values()])

async function printPlan(invocation: Invocation, plan: DeploymentPlan): Promise<void> {
  const [{ resultText, summaryText, verdictOf }, { faultText }] = await Promise.all([
    import('../states-text.ts'),
    import('../../salt/language/faults.ts'),
  ])
  const paint = paintFor(process.stdout)
  invocation.print(
    `${plan.mode} mode, ${plan.commit === null ? 'the working copy' : `commit ${plan.commit.slice(0, 10)}`}\n\n`,
  )
  for (const { procedure, skip, does, files } of plan.procedures) {
    if (skip !== null) {
      invocation.print(`${paint('dim', `${procedure}: skipped, ${skip}`)}\n`)
      continue
    }
    invocation.print(`${paint('bold', procedure)}: ${does}\n`)
    for (const { sls, results, faults } of files) {
      for (const one of faults) invocation.print(paint('red', `  ${sls}.sls: ${faultText(one)}\n`))
      const told = [...results.values()].filter(result => verdictOf(result) !== 'unchanged')
      if (faults.length === 0 && told.length === 0) invocation.print(`  ${sls}.sls: nothing would change\n`)
      else if (told.length > 0) invocation.print(`  ${sls}.sls\n`)
      for (const result of told) invocation.print(resultText(result, paint).replace(/^(?=.)/gm, '    '))
    }
  }
  const all = resultsOf(plan.procedures.flatMap(one => one.files))
  invocation.print(`\n${summaryText(all, null, paint)}`)
}

/** Results as Salt's JSON has them, for each file of each procedure. */
async function planJson(plan: DeploymentPlan): Promise<string> {
  const [{ Dict }, { writeJson }, { resultsDict }] = await Promise.all([
    import('../../salt/python/dict.ts'),
    import('../../salt/python/json.ts'),
    import('../../salt/runner/result.ts'),
  ])
  const file = ({ sls, results, faults }: PlannedFile) =>
    Dict.of({ sls, local: faults.length > 0 ? faults.map(({ message }) => message) : resultsDict(results) })
  return writeJson(
    Dict.of({
      mode: plan.mode,
      commit: plan.commit,
      procedures: plan.procedures.map(({ procedure, skip, files }) =>
        Dict.of({ procedure, skip, files: files.map(file) }),
      ),
    }),
    { indent: 4, ensureAscii: false },
  )
}
