/**
 * A controller of a test's own, a process that can be killed: claims jobs of one root, tells events and progress, ends them, and
 * writes the audit. One that is called `reindex` begins a damaged store anew. It prints what was acknowledged: `audit NUMBER`, `event JOB OFFSET`, `ended JOB`.
 */
import { openWhole } from '../../src/store/aside.ts'
import { appendAudit } from '../../src/store/audit.ts'
import { appendEvents } from '../../src/store/events.ts'
import { addJob, beat, claimJob, endJob, progressTo } from '../../src/store/jobs.ts'
import { openStore } from '../../src/store/open.ts'

const [root = '', name = '', rounds = '1', url] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)
if (name === 'reindex') {
  await (await openWhole(root, url || undefined)).store.close()
  process.exit(0)
}
const store = await openStore({ root, url: url || undefined, waitMilliseconds: 60_000 })
say('open')
for (let round = 0; round < Number(rounds); round++) {
  await addJob(store, { request: 'deploy', project: 'shop', input: { name, round }, caller: name, from: 'local' })
  const claim = await claimJob(store, name)
  if (claim === undefined) continue
  const { id } = claim.job
  for (const percent of [20, 60, 40]) {
    say(`event ${id} ${await appendEvents(store, id, [{ percent, by: name }])}`)
    await progressTo(store, claim, percent)
  }
  await beat(store, claim)
  await endJob(store, claim, { state: 'succeeded', answer: { name } })
  say(`ended ${id}`)
  const line = await appendAudit(store, {
    who: name,
    from: 'local',
    request: 'deploy',
    target: 'shop',
    outcome: 'succeeded',
  })
  say(`audit ${line.number}`)
}
await store.close()
