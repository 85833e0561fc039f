/** The page on the architecture says what is there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const home = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(home, path), 'utf8')

test('files that the page names are there', () => {
  const named = [...read('docs/architecture.md').matchAll(/`((?:src|scripts)\/[\w./-]+)`/g)].map(
    match => match[1] ?? '',
  )
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter(path => !existsSync(join(home, path)))).toEqual([])
})

test('both pictures are of the house as it stands', async () => {
  const { houseSvg, pushSvg } = await import(join(home, 'scripts/picture.mjs'))
  const wayOut = 'node scripts/picture.mjs draws them anew'
  expect(read('docs/house.svg') === houseSvg(), wayOut).toBe(true)
  expect(read('docs/push.svg') === pushSvg(), wayOut).toBe(true)
})
