/** What nft is told so that a port's answers are its account's alone. */
import { expect, test } from 'vitest'
import { changesOf } from '../../../src/services/port-holders.ts'

const listed = `table inet corpus {
	set owners {
		type inet_service . uid
		elements = { 20001 . 1001 comment "aaaaaaaa",
			     20002 . 1001 comment "aaaaaaaa", 20003 . 1002 comment "bbbbbbbb" }
	}
}
`
const mark = 'aaaaaaaa'
const element = (port: number, users: number | string, by = mark) =>
  `element inet corpus ${String(users).includes('-') ? 'spans' : 'owners'} { ${port} . ${users} comment "${by}" }`
const held = (port: number) => `element inet corpus held { ${port} }`

test('nothing is said where all is held as it should be', () => {
  const holders = new Map([
    [20001, ['1001']],
    [20002, ['1001']],
  ])
  expect(changesOf(listed, holders, mark, new Set([20001, 20002]))).toEqual([])
})

test('new ports are held', () => {
  expect(changesOf('', new Map([[20001, ['1001']]]), mark, new Set([20001]))).toEqual([
    `add ${held(20001)}`,
    `add ${element(20001, 1001)}`,
  ])
})

test('a port that is another account’s by now is held for that one alone, whichever root held it before', () => {
  expect(changesOf(listed, new Map([[20003, ['1001']]]), mark, new Set([20001, 20002, 20003]))).toEqual([
    `add ${element(20003, 1002, 'bbbbbbbb')}`,
    `delete ${element(20003, 1002, 'bbbbbbbb')}`,
    `add ${held(20003)}`,
    `add ${element(20003, 1001)}`,
  ])
})

test('what was given back is let go of; other projects’ ports and other roots’ are not', () => {
  expect(changesOf(listed, new Map(), mark, new Set([20002]))).toEqual([
    `add ${element(20001, 1001)}`,
    `delete ${element(20001, 1001)}`,
    `add ${held(20001)}`,
    `delete ${held(20001)}`,
  ])
})

test('the numbers that an account takes on in its own containers may answer as well', () => {
  const holders = new Map([[20001, ['1001', '100000-165535']]])
  const added = [`add ${held(20001)}`, `add ${element(20001, '100000-165535')}`]
  expect(changesOf(listed, holders, mark, new Set([20001, 20002]))).toEqual(added)
  const both = 'elements = { 20001 . 1001 comment "aaaaaaaa", 20001 . 100000-165535 comment "aaaaaaaa" }'
  expect(changesOf(both, holders, mark, new Set([20001]))).toEqual([])
})
