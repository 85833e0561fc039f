/** Whether there is a container engine at all: one that is only stopped is there, and is asked later. */
import { existsSync } from 'node:fs'

/** Where an engine listens unless somebody says otherwise. */
export const usualSocket = '/var/run/docker.sock'

/** `engine`: the socket that the configuration names, or null. */
export const isEngineInstalled = (engine: string | null, places: readonly string[] = usualPlaces): boolean =>
  engine !== null || (process.env['DOCKER_HOST'] ?? '') !== '' || places.some(place => existsSync(place))

const usualPlaces = [
  usualSocket,
  '/usr/sbin/dockerd',
  '/usr/bin/dockerd',
  '/usr/local/bin/dockerd',
  '/usr/local/sbin/dockerd',
]
