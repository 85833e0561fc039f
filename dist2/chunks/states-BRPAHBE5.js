import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
var states={present:async()=>(await import("./present-H3IOZVBO.js")).present,absent:async()=>(await import("./absent-7CZCXEN3.js")).absent};export{states};
