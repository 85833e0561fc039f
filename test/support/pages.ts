/** The applications that a page of docs/ shows: the files between its marks are what a story pushes, so page and test are one text. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { home } from './world.ts'

export interface Example {
  /** `frameworks/rails.md` */
  readonly page: string
  readonly files: Readonly<Record<string, string>>
  readonly path: string
  /** What is found in the answer; it names the example, too. */
  readonly answer: string
}

const mark = /^<!-- file: (\S+) -->\n```\w*\n([\s\S]*?)```$|^<!-- answers: (\S+) (.*) -->$/gm

/** Each `answers` ends one, of the files since the one before. */
export function examplesOf(page: string): Example[] {
  const examples: Example[] = []
  let files: Record<string, string> = {}
  for (const [, file, content = '', path, answer = ''] of readFileSync(join(home, 'docs', page), 'utf8').matchAll(
    mark,
  )) {
    if (file !== undefined) files[file] = content
    else if (path !== undefined) {
      examples.push({ page, files, path, answer })
      files = {}
    }
  }
  return examples
}
