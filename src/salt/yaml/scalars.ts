/** The values of scalars: numbers by the rules of YAML 1.1 and Salt, booleans, bytes. */
import { Float } from '../python/float.ts'
import { repr } from '../python/repr.ts'
import { Fault } from './error.ts'
import type { ScalarNode } from './nodes.ts'

export function boolOf(node: ScalarNode): boolean {
  const word = node.value.toLowerCase()
  if (word === 'yes' || word === 'true' || word === 'on') return true
  if (word === 'no' || word === 'false' || word === 'off') return false
  return refuse(node, `${shortened(word)} is not a boolean`)
}

/** A leading zero means decimal; after a sign it means octal, as in Salt. */
export function intOf(node: ScalarNode): number | bigint {
  let text = node.value.trim()
  if (/^0(?![bx])/.test(text)) text = text.replace(/^0+/, '') || '0'
  text = text.replaceAll('_', '')
  const negative = text.startsWith('-')
  if (/^[-+]/.test(text)) text = text.slice(1)
  const size = magnitude(text)
  if (size === undefined) return refuse(node, `${shortened(node.value)} is not a number`)
  const value = negative ? -size : size
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Longer numbers than Python's limit for reading decimal digits are refused too: their cost is quadratic. */
const mostDigits = 4300

function magnitude(text: string): bigint | undefined {
  if (text.length > mostDigits) return undefined
  if (/^0b[01]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return BigInt(text)
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`)
  if (/^[0-9]+$/.test(text)) return BigInt(text)
  if (!/^[0-9]+(?::[0-9]+)+$/.test(text)) return undefined
  return text.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}

export function floatOf(node: ScalarNode): Float {
  let text = node.value.trim().replaceAll('_', '').toLowerCase()
  const sign = text.startsWith('-') ? -1 : 1
  if (/^[-+]/.test(text)) text = text.slice(1)
  if (text === '.inf') return new Float(sign * Number.POSITIVE_INFINITY)
  if (text === '.nan') return new Float(Number.NaN)
  const parts = text.split(':')
  if (!parts.every(part => /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(part)))
    return refuse(node, `could not convert string to float: ${shortened(node.value)}`)
  if (parts.length === 1) return new Float(sign * Number(text))
  // Summed from the smallest unit up, as Python does it, so that the last digits agree.
  let base = 1
  let value = 0
  for (const part of parts.reverse()) {
    value += Number(part) * base
    base *= 60
  }
  return new Float(sign * value)
}

/** What is no letter of the alphabet is passed over, as Python does. */
export function bytesOf(node: ScalarNode): Uint8Array {
  const [data = ''] = node.value.replace(/[^A-Za-z0-9+/=]/g, '').split('=')
  const padding = (/=[^A-Za-z0-9+/]*$/.exec(node.value)?.[0].match(/=/g) ?? []).length
  const fail = (problem: string) => refuse(node, `failed to decode base64 data: ${problem}`)
  if (data.length % 4 === 1) {
    const count = `number of data characters (${data.length})`
    return fail(`Invalid base64-encoded string: ${count} cannot be 1 more than a multiple of 4`)
  }
  if (data.length % 4 && padding < 4 - (data.length % 4)) return fail('Incorrect padding')
  return new Uint8Array(Buffer.from(data, 'base64'))
}

function refuse(node: ScalarNode, problem: string): never {
  throw new Fault('constructor', problem, node.start)
}

function shortened(text: string): string {
  return repr(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}
