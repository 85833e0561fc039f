/**
 * Processes that are ended at moments of chance leave no mix of two releases, nobody outside notices, and the same push deploys
 * afterwards. KILL_ROUNDS and KILL_SEED: more of it, or the same choices again; `scripts/bench kills` runs hundreds.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killRounds } from '../support/kills.ts'
import { makeWorld, type World } from '../support/world.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 7)
const seed = Number(process.env['KILL_SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000))

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.dispose())

test.each([
  ['without an agent', false],
  ['with an agent', true],
] as const)(
  '%s, whoever dies when, everything is of one release',
  async (label, agent) => {
    console.log(`${label}: KILL_SEED=${seed} KILL_ROUNDS=${rounds}`)
    const told: string[] = []
    const tell = (line: string) => {
      told.push(line)
      if (process.env['KILL_ROUNDS'] !== undefined) console.log(line)
    }
    const { faults, hit, requests } = await killRounds(world, { rounds, seed, agent, tell })
    console.log(
      `${label}: ${rounds} rounds, ${hit} in which somebody died, ${requests} requests, ${faults.length} faults`,
    )
    expect(faults, told.join('\n')).toEqual([])
    expect(hit).toBeGreaterThan(0)
  },
  60_000 + rounds * 60_000,
)
