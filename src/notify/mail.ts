/** A notice as a mail, by SMTP. */

import { type Deliver, Refusal } from './deliver.ts'
import type { Mail } from './means.ts'
import { headline, textOfNotice } from './notice.ts'

export function byMail({ to, from, smtp }: Mail): Deliver {
  return async (notice, { id, timeoutSeconds, signal }) => {
    const { createTransport } = await import('nodemailer')
    const milliseconds = timeoutSeconds * 1000
    const patience = { connectionTimeout: milliseconds, greetingTimeout: milliseconds, socketTimeout: milliseconds }
    const transport = createTransport({ url: smtp, ...patience, disableFileAccess: true, disableUrlAccess: true })
    const stop = () => transport.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await transport.sendMail({
        from,
        to: [...to],
        subject: `[corpus] ${headline(notice)}`,
        text: textOfNotice(notice),
        // Unchanged from try to try: a mailbox shows a repetition once. And no machine answers it.
        messageId: `<${id}@corpus.invalid>`,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Corpus-Project': notice.project,
          'X-Corpus-State': notice.state,
        },
      })
    } catch (error) {
      const { responseCode, message } = error as { responseCode?: number; message?: string }
      throw responseCode !== undefined && responseCode >= 500 ? new Refusal(message) : error
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
    }
  }
}
