/** The little of nodemailer that is used here. */
declare module 'nodemailer' {
  export interface Message {
    readonly from: string
    readonly to: string[]
    readonly subject: string
    readonly text: string
    readonly messageId: string
    readonly headers: Record<string, string>
  }
  export function createTransport(options: object): { sendMail(message: Message): Promise<unknown>; close(): void }
}
