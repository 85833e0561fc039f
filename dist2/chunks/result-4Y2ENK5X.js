import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{resultsDict,tagOf}from"./chunk-QIYFHHFF.js";import"./chunk-N7STESBB.js";import"./chunk-5XVXYFHT.js";export{resultsDict,tagOf};
