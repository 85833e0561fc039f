import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{stepDict}from"./chunk-ULKMXK4M.js";import"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";export{stepDict};
