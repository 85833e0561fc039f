/** random.*: random values. */

import { createHash, getHashes, randomBytes, randomInt } from 'node:crypto'
import { program } from '../../shell/programs.ts'
import { textOf as textOfBytes } from '../../shell/shell.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError, invocationError } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'

export const functions: FunctionTable = {
  get_str: defineFunction({
    does: 'A random text.',
    acts: false,
    arguments: {
      length: { does: 'How many characters.', type: 'whole number', default: 20 },
      chars: { does: 'The characters to choose from.', type: 'text' },
      lowercase: { does: 'Small letters are among them.', type: 'boolean', default: true },
      uppercase: { does: 'Capital letters are among them.', type: 'boolean', default: true },
      digits: { does: 'Digits are among them.', type: 'boolean', default: true },
      punctuation: { does: 'Punctuation is among them.', type: 'boolean', default: true },
      whitespace: { does: 'Blanks are among them.', type: 'boolean', default: false },
    },
    otherArguments: 'Accepted and ignored.',
    call: ({ args }) => {
      const lower = 'abcdefghijklmnopqrstuvwxyz'
      const kinds = [
        args.flag('lowercase') ? lower : '',
        args.flag('uppercase') ? lower.toUpperCase() : '',
        args.flag('digits') ? '0123456789' : '',
        args.flag('punctuation') ? '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' : '',
        args.flag('whitespace') ? ' \t' : '',
      ]
      const characters = args.textOrNone('chars') ?? kinds.join('')
      if (characters === '')
        throw invocationError('No characters set for random string, passed chars="" or all kinds False')
      return Array.from({ length: args.number('length') }, () => characters[randomInt(characters.length)]).join('')
    },
  }),
  hash: defineFunction({
    does: 'The digest of a text.',
    acts: false,
    arguments: {
      value: { does: 'The text.', type: 'text', required: true },
      algorithm: { does: 'The algorithm.', type: 'text', default: 'sha512' },
    },
    call: ({ args }) => {
      const algorithm = args.text('algorithm')
      if (!getHashes().includes(algorithm)) throw invocationError('You must specify a valid algorithm.')
      return createHash(algorithm).update(args.text('value')).digest('hex')
    },
  }),
  str_encode: defineFunction({
    does: 'A text encoded.',
    acts: false,
    arguments: {
      value: { does: 'The text.', type: 'text', required: true },
      encoder: { does: 'base64 or hex.', type: 'text', default: 'base64' },
    },
    call: ({ args }) => {
      const encoder = args.text('encoder')
      if (encoder !== 'base64' && encoder !== 'hex') throw invocationError('You must specify a valid encoder')
      return Buffer.from(args.text('value')).toString(encoder)
    },
  }),
  rand_int: defineFunction({
    does: 'A random whole number.',
    acts: false,
    arguments: {
      start: { does: 'The least.', type: 'whole number', default: 1 },
      end: { does: 'The most.', type: 'whole number', default: 10 },
      seed: { does: 'Makes the number the same for the same seed.', type: 'any' },
    },
    call: ({ args }) => {
      const [start, end] = [args.number('start'), args.number('end')]
      if (!args.has('seed')) return start + randomInt(end - start + 1)
      const digest = createHash('sha256').update(args.text('seed')).digest()
      return start + (digest.readUInt32BE(0) % (end - start + 1))
    },
  }),
  seed: defineFunction({
    does: 'A number below `range` that is always the same on this machine.',
    acts: false,
    arguments: {
      range: { does: 'One more than the largest.', type: 'whole number', default: 10 },
      hash: { does: 'Another text than the name of the machine.', type: 'text' },
    },
    call: ({ args, tools }) => {
      const text = args.textOrNone('hash') ?? textOf(tools.opts.get('id') ?? '')
      return createHash('md5').update(text).digest().readUInt32BE(0) % args.number('range')
    },
  }),
  shadow_hash: defineFunction({
    does: 'A password as /etc/shadow keeps it.',
    acts: false,
    arguments: {
      crypt_salt: { does: 'The salt; default: a random one.', type: 'text' },
      password: { does: 'The password; default: a random one.', type: 'text' },
      algorithm: { does: 'sha512, sha256 or md5.', type: 'text', default: 'sha512' },
    },
    call: ({ args, tools }) => {
      const option = { sha512: '-6', sha256: '-5', md5: '-1' }[args.text('algorithm')]
      if (option === undefined) throw invocationError(`The algorithm ${args.text('algorithm')} is not known`)
      const salt = args.textOrNone('crypt_salt') ?? randomBytes(6).toString('hex')
      const password = args.textOrNone('password') ?? randomBytes(12).toString('base64url')
      const made = tools.shell.runSync({
        argv: [program('openssl'), 'passwd', option, '-salt', salt, '-stdin'],
        input: password,
        timeoutSeconds: 30,
      })
      if (made.status !== 0)
        throw executionError(`openssl passwd failed: ${made.spawnError ?? textOfBytes(made.stderr)}`)
      return textOfBytes(made.stdout).trim()
    },
  }),
}
