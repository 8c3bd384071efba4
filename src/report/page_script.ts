/** The script of the page; its hash is in the page's content security policy. @module */

/** Opens what is linked to, filters, moves by arrow keys, and opens everything for paper. */
export const SCRIPT = `
"use strict";
const $=(query)=>[...document.querySelectorAll(query)];
const all=$("details[data-exchange]"),rows=$("svg a.row");
const by=(list,id)=>list.filter((it)=>it.dataset.exchange===id);
const mark=(id)=>rows.forEach((row)=>{if(row.dataset.exchange===id)row.setAttribute("aria-current","true");else row.removeAttribute("aria-current");});
const show=()=>{const id=location.hash.slice(1);const found=all.find((it)=>it.id===id);if(!found)return;
if(found.hidden)reset();found.open=true;mark(found.dataset.exchange);found.scrollIntoView({block:"start"});found.querySelector("summary").focus({preventScroll:true});};
addEventListener("hashchange",show);
$("a[href^='#exchange-']").forEach((link)=>link.addEventListener("click",()=>{if(location.hash===link.getAttribute("href"))show();}));
const bar=document.querySelector(".filters"),said=document.querySelector(".filters output");
const fields=bar?[...bar.querySelectorAll("select,input")]:[];
const fits=(it)=>fields.every((field)=>field.type==="checkbox"?!field.checked||it.dataset[field.name]==="true":field.value===""||it.dataset[field.name]===field.value);
const filter=()=>{let count=0;all.forEach((it)=>{const fit=fits(it);it.hidden=!fit;if(fit)count+=1;by(rows,it.dataset.exchange).forEach((row)=>{row.classList.toggle("dim",!fit);});});
if(said)said.textContent=count===all.length?all.length+" exchanges":count+" of "+all.length+" exchanges";};
const reset=()=>{fields.forEach((field)=>{if(field.type==="checkbox")field.checked=false;else field.value="";});filter();};
if(bar){bar.hidden=false;bar.addEventListener("change",filter);bar.querySelector("[data-do=all]").addEventListener("click",reset);
bar.querySelector("[data-do=open]").addEventListener("click",()=>all.forEach((it)=>{it.open=true;}));
bar.querySelector("[data-do=close]").addEventListener("click",()=>all.forEach((it)=>{it.open=false;}));filter();}
const step=(list,at,event)=>{const next={ArrowDown:at+1,ArrowUp:at-1,Home:0,End:list.length-1}[event.key];if(next===undefined)return;event.preventDefault();if(list[next]){list[next].focus();list[next].scrollIntoView({block:"nearest"});}};
addEventListener("keydown",(event)=>{if(event.altKey||event.ctrlKey||event.metaKey)return;const target=event.target;
if(target.matches("summary")){const list=all.filter((it)=>!it.hidden).map((it)=>it.querySelector("summary"));
if(event.key==="Escape"){const row=by(rows,target.parentElement.dataset.exchange)[0];if(row){row.focus();row.scrollIntoView({block:"nearest"});}}
else step(list,list.indexOf(target),event);}
else if(target.matches("svg a.row")){const list=[...target.closest(".diagram,.times").querySelectorAll("a.row:not(.dim)")];step(list,list.indexOf(target),event);}});
let closed=[];
addEventListener("beforeprint",()=>{closed=all.filter((it)=>!it.open);closed.forEach((it)=>{it.open=true;});});
addEventListener("afterprint",()=>{closed.forEach((it)=>{it.open=false;});});
show();
`;
