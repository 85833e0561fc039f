// Answers every request with a greeting, on the port that corpus hands out.
const { createServer } = require('node:http')

const greeting = 'Hello, world!'

const server = createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${greeting}\n`)
})
server.listen(Number(process.env.PORT), '127.0.0.1')
// On SIGTERM requests that are under way still get their answer.
process.on('SIGTERM', () => server.close(() => process.exit(0)))
