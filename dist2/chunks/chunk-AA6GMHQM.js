import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
function textOf(bytes){return Buffer.from(bytes.buffer,bytes.byteOffset,bytes.byteLength).toString("utf8")}export{textOf};
