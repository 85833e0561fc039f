import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{readJson,writeJson}from"./chunk-IQONU5GX.js";import"./chunk-IV5E6TGI.js";import"./chunk-HE7I6KI5.js";import"./chunk-FBPABKHC.js";import"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";export{readJson,writeJson};
