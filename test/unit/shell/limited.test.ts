import { expect, test } from 'vitest'
import { limitedShell } from '../../../src/shell/limited.ts'
import { localShell } from '../../../src/shell/local.ts'
import { scopeVector } from '../../../src/shell/scope.ts'
import { type Command, type Outcome, type Shell, textOf } from '../../../src/shell/shell.ts'

const limits = { nice: 7, cpus: null, memoryBytes: null, processes: null, outputBytes: 50_000_000, seconds: 60 }

test('only commands of the project are limited', async () => {
  const limited = limitedShell(localShell, limits)
  const niceness = async (command: Partial<Command>) =>
    Number(textOf((await limited.shell.run({ argv: ['/usr/bin/nice'], ...command })).stdout))
  const usual = await niceness({})
  expect(await niceness({ ofProject: true })).toBe(usual + 7)
  expect(Number(textOf(limited.shell.runSync({ argv: ['/usr/bin/nice'], ofProject: true }).stdout))).toBe(usual + 7)
  limited.close()
})

test('when the time is over nothing more begins', async () => {
  const begun: Command[] = []
  const outcome: Outcome = {
    status: 128,
    killedBy: 'SIGTERM',
    timedOut: true,
    pid: 1,
    stdout: new Uint8Array(),
    stderr: new Uint8Array(),
  }
  const answer = (command: Command) => {
    begun.push(command)
    return outcome
  }
  const shell: Shell = { run: async command => answer(command), runSync: answer }
  const limited = limitedShell(shell, { ...limits, seconds: 0 })
  const ended = await limited.shell.run({ argv: ['/usr/bin/make'], ofProject: true })
  expect(begun).toEqual([])
  expect(limited.isOutOfTime()).toBe(true)
  expect(ended.stoppedBecause).toContain('0 seconds')
  limited.close()
})

test("a command's own shorter limit is its own affair", async () => {
  const limited = limitedShell(localShell, limits)
  const ended = await limited.shell.run({ argv: ['/usr/bin/sleep', '60'], ofProject: true, timeoutSeconds: 0.1 })
  expect(ended.timedOut).toBe(true)
  expect(limited.isOutOfTime()).toBe(false)
  limited.close()
})

test('under systemd a command runs in a scope with the limits, and a witness writes down what the kernel killed', () => {
  const vector = scopeVector('a.scope', { ...limits, cpus: 1.5, memoryBytes: 1024 ** 3 }, '/run/report')
  expect(vector).toContain('--property=MemoryMax=1073741824')
  expect(vector).toContain('--property=CPUQuota=150%')
  expect(vector[vector.indexOf('/usr/bin/systemd-run') + 1]).toBe(process.getuid?.() === 0 ? '--system' : '--user')
  expect(vector.at(-1)).toBe('/run/report')
})
