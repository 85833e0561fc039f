/** Finds out in which styles a text can be written. */
export interface Analysis {
  readonly multiline: boolean
  readonly plainInFlow: boolean
  readonly plainInBlock: boolean
  readonly singleQuoted: boolean
  readonly block: boolean
}

const breaks = /[\n\r\x85\u2028\u2029]/
const printableAscii = /^[\n\x20-\x7e]*$/
/** What libyaml takes as printable: nothing beyond the basic plane. */
const printable = /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/

export function isWritable(char: string, allowUnicode: boolean): boolean {
  return (allowUnicode ? printable : printableAscii).test(char)
}

export function analyze(text: string, allowUnicode: boolean): Analysis {
  if (text === '') return { multiline: false, plainInFlow: false, plainInBlock: true, singleQuoted: true, block: false }
  const multiline = breaks.test(text)
  const special = !isWritable(text, allowUnicode) || / [\n\r\x85\u2028\u2029]/.test(text)
  const breakSpace = /[\n\r\x85\u2028\u2029] /.test(text)
  const ragged = /^[ \n\r\x85\u2028\u2029]|[ \n\r\x85\u2028\u2029]$/.test(text)
  const plain = !special && !breakSpace && !ragged && !multiline
  return {
    multiline,
    plainInFlow: plain && !hasIndicator(text, true),
    plainInBlock: plain && !hasIndicator(text, false),
    singleQuoted: !special && !breakSpace,
    block: !special && !text.endsWith(' '),
  }
}

function hasIndicator(text: string, inFlow: boolean): boolean {
  if (/^(?:---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text) || /^-(?:[\s\0]|$)/.test(text)) return true
  if (/[\s\0]#/.test(text)) return true
  return inFlow ? /^\?|[,:?[\]{}]/.test(text) : /^\?(?:[\s\0]|$)|:(?:[\s\0]|$)/.test(text)
}
