import { expect, test } from 'vitest'
import { readBuildLimits, usualLimits } from '../../../src/configuration/build-limits.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { Float } from '../../../src/salt/python/float.ts'

test('nothing given is niceness and an hour', () => {
  expect(readBuildLimits(null)).toEqual({ limits: usualLimits, faults: [] })
  expect(usualLimits).toEqual({
    nice: 10,
    cpus: null,
    memoryBytes: null,
    processes: null,
    outputBytes: 50 * 1024 ** 2,
    seconds: 3600,
  })
})

test('limits are read as people write them', () => {
  const build = Dict.of({ nice: 0, cpu: new Float(1.5), memory: '2G', processes: 500, output: '10M', time: '30m' })
  const limits = {
    nice: 0,
    cpus: 1.5,
    memoryBytes: 2 * 1024 ** 3,
    processes: 500,
    outputBytes: 10 * 1024 ** 2,
    seconds: 1800,
  }
  expect(readBuildLimits(build)).toEqual({ limits, faults: [] })
  const texts = Dict.of({ cpu: '2', memory: '512MiB', time: 90 })
  expect(readBuildLimits(texts).limits).toEqual({
    nice: 10,
    cpus: 2,
    memoryBytes: 512 * 1024 ** 2,
    processes: null,
    outputBytes: 50 * 1024 ** 2,
    seconds: 90,
  })
})

test('what is empty is not given', () => {
  expect(readBuildLimits(Dict.of({ memory: null, time: null }))).toEqual({ limits: usualLimits, faults: [] })
})

test('every fault is told, each with what would be right', () => {
  const build = Dict.of({ nice: new Float(2.5), cpu: -1, memory: '1K', time: 'soon', ram: '2G' })
  expect(readBuildLimits(build).faults).toEqual([
    'build.nice must be a whole number from 0 to 19, not "2.5"',
    'build.cpu must be a number of processors from 0.01 to 1024, not "-1"',
    'build.memory must be a size such as 512M or 2G, 16M at least, not "1K"',
    'build.time must be a time such as 90s, 30m or 2h, from a second to a day, not "soon"',
    'build has no setting "ram"; known are nice, cpu, memory, processes, output, time',
  ])
})
