import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
var states={extracted:async()=>(await import("./extracted-MMH5KZO5.js")).extracted};export{states};
