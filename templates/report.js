(()=>{const d=document,r=d.documentElement,A=(s,e=d)=>[...e.querySelectorAll(s)],I=i=>d.getElementById(i),q=I('q'),f=I('fw'),n=I('n'),c=A('.control'),k=A('.chips input'),t=I('theme'),D=A('details'),say=n.textContent;
I('bar').hidden=t.hidden=false;
const set=p=>{const s=(p.get('st')||'').split(',');k.forEach(x=>x.checked=s.includes(x.value));f.value=p.get('fw')||'';q.value=p.get('q')||''};
const show=w=>{const s=k.filter(x=>x.checked).map(x=>x.value),v=f.value,y=q.value.trim().toLowerCase();let m=0;
c.forEach(e=>{const o=e.dataset,h=(!s.length||s.includes(o.st))&&(!v||o.fw==v)&&(!y||o.q.includes(y));e.hidden=!h;m+=h});
const on=s.length||v||y;A('.group').forEach(g=>g.hidden=on&&!A('.control:not([hidden])',g).length);
n.textContent=on?m+' of '+c.length+' controls':say;
if(w)history.replaceState(null,'','#'+(on?'?'+[s.length&&'st='+s,v&&'fw='+v,y&&'q='+encodeURIComponent(y)].filter(x=>x).join('&'):'controls'))};
const go=()=>{const h=location.hash.slice(1);if(h[0]=='?'){set(new URLSearchParams(h.slice(1)));show();I('controls').scrollIntoView();return}
let e=h&&I(decodeURIComponent(h)),x=e,z;if(!e)return;for(;x;x=x.parentElement){z=z||x.hidden;if(x.tagName=='DETAILS')x.open=true}
if(z){set(new URLSearchParams());show()}e.scrollIntoView()};
q.oninput=f.onchange=()=>show(1);k.forEach(x=>x.onchange=()=>show(1));
I('all').onclick=e=>{const o=c.some(x=>!x.hidden&&!x.open);c.forEach(x=>{if(!x.hidden)x.open=o});e.target.textContent=o?'Close all':'Open all'};
t.onclick=()=>{r.dataset.theme=(r.dataset.theme||(matchMedia('(prefers-color-scheme:dark)').matches?'dark':'light'))=='dark'?'light':'dark'};
onkeydown=e=>{if(e.key=='/'&&!/INPUT|SELECT/.test(e.target.tagName)){e.preventDefault();q.focus()}else if(e.key=='Escape'){set(new URLSearchParams());show(1);q.blur()}};
let was;onbeforeprint=()=>{was=D.filter(x=>!x.open);was.forEach(x=>x.open=true)};onafterprint=()=>was.forEach(x=>x.open=false);
onhashchange=go;go()})();