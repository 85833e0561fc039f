/** Finds URLs and mail addresses in a text and makes links of them. */
import { escapeText } from './markup.ts'

export interface LinkStyle {
  /** How much of a URL is shown. */
  readonly limit: number | null
  readonly rel: string
  readonly target: string
}

const HTTP =
  /^(?:https?:\/\/|www\.)(?:[\w%-]+\.)+[a-z]{2,63}(?::\d{1,5})?(?:[/?#]\S*)?$|^(?:https?:\/\/)[\w.-]+(?::\d{1,5})?(?:[/?#]\S*)?$|^[\w-]+\.(?:com|net|int|edu|gov|org|info|mil)$/i
const MAIL = /^\S+@\w[\w.-]*\.\w+$/

export function urlized(text: string, style: LinkStyle): string {
  return escapeText(text)
    .split(/(\s+)/)
    .map(word => (word.trim() ? linked(word, style) : word))
    .join('')
}

function linked(word: string, { limit, rel, target }: LinkStyle): string {
  const [, head = '', middle = '', tail = ''] = /^((?:[(<]|&lt;)*)(.*?)((?:[)>.,\n]|&gt;)*)$/s.exec(word) ?? []
  const attributes = `${rel ? ` rel="${rel}"` : ''}${target ? ` target="${escapeText(target)}"` : ''}`
  const shown = (url: string) => (limit !== null && url.length > limit ? `${url.slice(0, limit)}...` : url)
  if (HTTP.test(middle)) {
    const address = /^https?:/i.test(middle) ? middle : `https://${middle}`
    return `${head}<a href="${address}"${attributes}>${shown(middle)}</a>${tail}`
  }
  if (middle.startsWith('mailto:') && MAIL.test(middle.slice(7)))
    return `${head}<a href="${middle}">${middle.slice(7)}</a>${tail}`
  if (MAIL.test(middle) && !middle.startsWith('www.') && !middle.includes(':') && !middle.startsWith('@'))
    return `${head}<a href="mailto:${middle}">${middle}</a>${tail}`
  return word
}
