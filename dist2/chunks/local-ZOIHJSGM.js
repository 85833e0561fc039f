import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{localShell}from"./chunk-SBZX5N7W.js";export{localShell};
