/** What is asked on the terminal; a secret is typed without being shown. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { CorpusError } from '../../kernel/errors.ts'

/** `instead`: the option that says it where there is no terminal. Throws USAGE. */
export async function askLine(question: string, instead: string): Promise<string> {
  needTerminal(instead)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.question(question, resolve)
      terminal.on('close', () => reject(new CorpusError('USAGE', 'Nothing was typed.')))
    })
    if (answer.trim() === '') throw new CorpusError('USAGE', 'Nothing was typed.')
    return answer.trim()
  } finally {
    terminal.close()
  }
}

/** Throws USAGE. */
export function askSecret(question: string, instead: string): Promise<string> {
  needTerminal(instead)
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const end = (fault?: CorpusError) => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      if (fault === undefined) resolve(typed.join(''))
      else reject(fault)
    }
    const take = (piece: string) => {
      for (const letter of piece) {
        if (letter === '\r' || letter === '\n') return end()
        if (letter === '\u0003' || letter === '\u0004') return end(new CorpusError('USAGE', 'Nothing was typed.'))
        if (letter === '\u0015') typed = []
        else if (letter === '\u007f' || letter === '\b') typed.pop()
        else if (letter >= ' ') typed.push(letter)
      }
    }
    stdin.on('data', take)
    stdin.resume()
  })
}

/** Without the end of its line. Throws USAGE. */
export function readStandardInput(what: string): string {
  try {
    return readFileSync(0, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new CorpusError('USAGE', `The ${what} cannot be read from standard input: ${(error as Error).message}.`)
  }
}

function needTerminal(instead: string): void {
  if (!process.stdin.isTTY) throw new CorpusError('USAGE', `There is no terminal to ask at: say it by ${instead}.`)
}
