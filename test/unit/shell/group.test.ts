import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { groupLives } from '../../../src/shell/group.ts'

const started: number[] = []
afterEach(() => {
  for (const pid of started.splice(0)) process.kill(pid, 'SIGKILL')
})

test('a group of which only zombies are left lives no more', async () => {
  // The parent never fetches the status of its child, which has a group of its own.
  const script = 'my $pid = fork; if (!$pid) { setpgrp; <STDIN>; exit } $| = 1; print "$pid\\n"; sleep 1000'
  const parent = spawn('perl', ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  started.push(parent.pid ?? 0)
  const [line] = await once(parent.stdout, 'data')
  const group = Number(String(line))
  while (!isMine(group)) await new Promise(done => setTimeout(done, 5))
  expect(groupLives(group)).toBe(true)
  parent.stdin.end()
  while (groupLives(group)) await new Promise(done => setTimeout(done, 5))
  // The kernel still knows the group.
  expect(isMine(group)).toBe(true)
})

function isMine(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}
