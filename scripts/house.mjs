/** The house as data: its floors, which files stand in which room, and which room imports which. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const src = join(import.meta.dirname, '..', 'src')

/** Lowest floor first. A room may import itself and any room on a lower floor. A room within another stands on its own floor. */
export const floors = [
  {
    rooms: ['kernel', 'salt/python'],
    why: 'words and values: names, layout, errors, events; Python values; node: only',
  },
  {
    rooms: ['salt/yaml', 'shell', 'log'],
    why: 'YAML text to Python values and back; the one entry point to processes; what our processes say of themselves',
  },
  { rooms: ['salt/jinja'], why: 'Jinja over Python values; its serializing filters need YAML' },
  {
    rooms: [
      'configuration',
      'applications',
      'containers',
      'salt',
      'git',
      'services',
      'ingress',
      'notify',
      'identity',
      'artifacts',
      'disk',
      'backups',
      'pipeline',
    ],
    why: 'machinery; knows no procedure and no mode by name',
  },
  { rooms: ['project'], why: 'what a project is, deployed or not' },
  { rooms: ['deployment'], why: 'what procedures are made of' },
  { rooms: ['statefiles'], why: 'a project’s state files, and what they may call of a deployment' },
  { rooms: ['procedures'], why: 'what a deployment does, one file a procedure' },
  { rooms: ['modes'], why: 'which procedures run: data' },
  {
    rooms: ['store'],
    why: 'what is kept beside the files; above all that a push runs through, which has to do without it',
  },
  { rooms: ['controller'], why: 'what may be asked, one request a file' },
  { rooms: ['cli', 'hooks', 'agent', 'runner', 'serve'], why: 'entry points: turn a request into a call below' },
  { rooms: ['.'], why: 'main.ts: choose an entry point' },
]

const floorOf = new Map(floors.flatMap((floor, level) => floor.rooms.map(room => [room, level])))

/** Undefined for a room that stands on no floor. */
export const levelOf = room => floorOf.get(room)

/** `salt/jinja` is a room of its own, `salt/states` is in `salt`; what stands in no folder is in `.`. */
export const roomOf = name => {
  const [room, inner] = name.split('/')
  return inner === undefined ? '.' : floorOf.has(`${room}/${inner}`) ? `${room}/${inner}` : room
}

/** All source files, as paths below `src`. */
export const files = readdirSync(src, { recursive: true })
  .filter(name => name.endsWith('.ts'))
  .sort()

export const textOf = name => readFileSync(join(src, name), 'utf8')

/** What a file imports as it is written: paths, packages, `node:…`. */
export const importsOf = name =>
  [...textOf(name).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, spec]) => spec)

/** A relative import as a path below `src`. */
export const targetOf = (name, spec) => relative(src, resolve(dirname(join(src, name)), spec))
