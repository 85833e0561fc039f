import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{follow,readVerdict}from"./chunk-6KWRB3UT.js";import"./chunk-I2YHBOIK.js";import"./chunk-4G5YPTGC.js";import"./chunk-AACUJ224.js";import"./chunk-NEHCP4YH.js";import"./chunk-YHHNBGVP.js";import"./chunk-CMYVKCZC.js";import"./chunk-KCRVO2GB.js";export{follow,readVerdict};
