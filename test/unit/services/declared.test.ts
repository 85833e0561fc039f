import { expect, test } from 'vitest'
import { declaredProcesses } from '../../../src/services/declared.ts'
import { parseProcfile, releaseCommand } from '../../../src/services/procfile.ts'

const procfile = parseProcfile('web: node server.js\nworker: node worker.js\n')
const first = (services: unknown) => declaredProcesses([], services)[0]

test('the Procfile alone is enough', () => {
  expect(declaredProcesses(procfile, undefined)).toMatchObject([
    {
      name: 'web',
      command: 'node server.js',
      count: 1,
      health: { kind: 'tcp' },
      stopGraceSeconds: 10,
      workingFolder: '',
    },
    { name: 'worker', command: 'node worker.js', count: 1, health: { kind: 'alive', seconds: 1 } },
  ])
})

test('the line "release" of a Procfile is a command of each release, and no process', () => {
  const entries = parseProcfile('release: bin/migrate\nweb: x\n')
  expect(declaredProcesses(entries, {}).map(one => one.name)).toEqual(['web'])
  expect(releaseCommand(entries)).toBe('bin/migrate')
  expect(releaseCommand(procfile)).toBeNull()
})

test('a service of the configuration overlays the line of the Procfile', () => {
  const services = { web: { count: 3, health: '/up' }, worker: null, clock: 'node clock.js' }
  expect(declaredProcesses(procfile, services)).toMatchObject([
    { name: 'web', command: 'node server.js', count: 3, health: { kind: 'http', path: '/up' } },
    { name: 'clock', command: 'node clock.js' },
  ])
})

test('scaling wins over what is declared, down to none', () => {
  const services = { web: { count: 3 } }
  expect(declaredProcesses(procfile, services, { web: 5, worker: 0 }).map(one => [one.name, one.count])).toEqual([
    ['web', 5],
  ])
  expect(() => declaredProcesses(procfile, services, { mail: 1 })).toThrow(/no process "mail"/)
  expect(() => declaredProcesses(procfile, services, { web: -1 })).toThrow(/from 0 to 100/)
})

test('sizes and times are read with their units', () => {
  expect(
    first({
      web: {
        command: 'x',
        memory: '1.5G',
        cpu: 0.5,
        stop_grace: '2m',
        health_timeout: '500ms'.replace('500ms', '90s'),
      },
    }),
  ).toMatchObject({
    memoryBytes: 1.5 * 1024 ** 3,
    cpus: 0.5,
    stopGraceSeconds: 120,
    healthTimeoutSeconds: 90,
  })
  expect(first({ web: { command: 'x', memory: '256MiB' } })?.memoryBytes).toBe(256 * 1024 ** 2)
})

test('every way of checking health is read', () => {
  const health = (value: unknown) => first({ web: { command: 'x', health: value } })?.health
  expect(health('tcp')).toEqual({ kind: 'tcp' })
  expect(health({ http: '/up', status: 204, host: 'example.org' })).toEqual({
    kind: 'http',
    path: '/up',
    status: 204,
    host: 'example.org',
  })
  expect(health({ command: 'bin/check' })).toEqual({ kind: 'command', command: 'bin/check' })
  expect(health({ alive: '3s' })).toEqual({ kind: 'alive', seconds: 3 })
})

test.each<[unknown, RegExp]>([
  [[], /services is not a mapping/],
  [{ web: 3 }, /is not a mapping/],
  [{ web: {} }, /has no command/],
  [{ web: { command: 'x', memory: -1 } }, /memory is not a number/],
  [{ web: { command: 'x', memory: '1k' } }, /memory is not a number/],
  [{ web: { command: 'x', cpu: 0 } }, /cpu is not a number/],
  [{ web: { command: 'x', count: 1.5 } }, /not a whole number/],
  [{ web: { command: 'x', count: 1000 } }, /from 0 to 100/],
  [{ web: { command: 'x', working_folder: '../other' } }, /not a folder below/],
  [{ web: { command: 'x', working_folder: '/etc' } }, /not a folder below/],
  [{ web: { command: 'x', health: 'up' } }, /begins with "\/"/],
  [{ web: { command: 'x', health: '/a b' } }, /begins with "\/"/],
  [{ web: { command: 'x', health: { http: '/', tcp: true } } }, /is not one of/],
  [{ web: { command: 'x', health: { http: '/', host: 'a\nb' } } }, /not a host name/],
  [{ web: { command: 'x', colour: 'red' } }, /no setting "colour"/],
  [{ 'we b': { command: 'x' } }, /not a process name/],
  [{ web: { command: 'x\0y' } }, /not a command line/],
  [{ web: { command: 'x', environment: { 'A-B': 1 } } }, /not the name of a variable/],
  [{ web: { command: 'x', environment: { A: { b: 1 } } } }, /neither text nor a number/],
])('a declaration %j is refused with its place', (services, sentence) => {
  expect(() => declaredProcesses([], services)).toThrow(sentence)
})
