import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{meansOf}from"./chunk-5EG4XMKT.js";import"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";import"./chunk-KCRVO2GB.js";export{meansOf};
