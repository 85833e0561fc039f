/** What a deployment would change, procedure by procedure. */
import type { DeploymentPlan } from '../../controller/plan.ts'
import type { planRequest } from '../../controller/requests/plan.ts'
import { faultText } from '../../salt/language/faults.ts'
import { draw } from '../drawing.ts'
import { paintFor } from '../paint.ts'
import { resultText, summaryText, verdictOf } from '../states-text.ts'

export const drawing = draw<typeof planRequest>({
  stops: true,
  live: ({ json, print }) => {
    return telling => {
      if (telling.kind === 'plan' && !json) print(planText(telling.plan))
    }
  },
})

function planText(plan: DeploymentPlan): string {
  const paint = paintFor(process.stdout)
  const of = plan.commit === null ? 'the working copy' : `commit ${plan.commit.slice(0, 10)}`
  const pieces = [`${plan.mode} mode, ${of}\n\n`]
  for (const { procedure, skip, does, files } of plan.procedures) {
    pieces.push(
      skip === null ? `${paint('bold', procedure)}: ${does}\n` : `${paint('dim', `${procedure}: skipped, ${skip}`)}\n`,
    )
    for (const { sls, results, faults } of skip === null ? files : []) {
      for (const one of faults) pieces.push(paint('red', `  ${sls}.sls: ${faultText(one)}\n`))
      const told = [...results.values()].filter(result => verdictOf(result) !== 'unchanged')
      if (faults.length === 0 && told.length === 0) pieces.push(`  ${sls}.sls: nothing would change\n`)
      else if (told.length > 0) pieces.push(`  ${sls}.sls\n`)
      for (const result of told) pieces.push(resultText(result, paint).replace(/^(?=.)/gm, '    '))
    }
  }
  const all = plan.procedures.flatMap(one => one.files).flatMap(({ results }) => [...results.values()])
  return `${pieces.join('')}\n${summaryText(all, null, paint)}`
}
