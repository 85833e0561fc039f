import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{fault,faultText,nearest}from"./chunk-V5DWP54K.js";export{fault,faultText,nearest};
