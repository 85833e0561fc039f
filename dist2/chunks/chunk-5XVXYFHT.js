import { createRequire as __require } from 'node:module'; const require = __require(import.meta.url);
var Float=class{value;constructor(value){this.value=value}};var NO_NAMES=[],Tuple=class{items;names;constructor(items,names=NO_NAMES){this.items=items,this.names=names}};export{Float,Tuple};
