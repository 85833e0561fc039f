import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
import{Dict}from"./chunk-N7STESBB.js";import{Float}from"./chunk-5XVXYFHT.js";function plain(value){return value instanceof Dict?Object.fromEntries([...value].map(([key,item])=>[String(key),plain(item)])):Array.isArray(value)?value.map(plain):value instanceof Float?value.value:value}export{plain};
