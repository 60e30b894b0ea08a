repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 1 noarch
#>=Prv: c = 2-1
#>=Req: ff > 2-1
#>=Obs: v0
#>=Rec: j > 2-1
#>=Tim: 2
#>=Pkg: a 1:1 1 i686
#>=Vnd: V2
#>=Prv: a = 1:1-1
#>=Prv: v2
#>=Pkg: ff 2 1 i686
#>=Vnd: V1
#>=Prv: ff = 2-1
#>=Con: e = 1-1
#>=Obs: k
#>=Rec: h
#>=Pkg: ff 1:1 1 x86_64
#>=Vnd: V1
#>=Prv: ff = 1:1-1
#>=Prv: v0
#>=Req: dd
#>=Obs: k
#>=Rec: a >= 2-2
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: i 2 2 x86_64
#>=Vnd: V2
#>=Prv: i = 2-2
#>=Req: v0
#>=Rec: j
#>=Pkg: j 1 1 x86_64
#>=Vnd: V2
#>=Prv: j = 1-1
#>=Req: e
#>=Con: /usr/bin/f1
#>=Pkg: k 2 1 i686
#>=Vnd: V1
#>=Prv: k = 2-1
#>=Prv: v2 = 2-2
#>=Prv: v2 = 1-1
#>=Con: a
#>=Rec: v3 <> 2-1
#>=Enh: v2
#>=Tim: 1
#>=Pkg: l 1 1 x86_64
#>=Prv: l = 1-1
#>=Obs: a
#>=Pkg: ff 2 2 x86_64
#>=Vnd: V2
#>=Prv: ff = 2-2
#>=Prv: v2
#>=Enh: l <= 3~rc1-1
#>=Pkg: gg 2 2 x86_64
#>=Vnd: V1
#>=Prv: gg = 2-2
#>=Prv: v3
#>=Req: v1 < 1:1
#>=Req: v2 > 3~rc1-1
#>=Sug: v1
repo r1 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 x86_64
#>=Prv: b = 1-1
#>=Prv: v3
#>=Req: h
#>=Req: v1 > 3
#>=Req: v0
#>=Pkg: e 3~rc1 1 i686
#>=Vnd: V1
#>=Prv: e = 3~rc1-1
system x86_64 rpm @System
poolflags noinstalledobsoletes
disable pkg j-1-1.x86_64@r0
job favor name c
job install name h [essential]
job distupgrade all packages
job verify name a . x86_64 [forcebest,setrepo]
result transaction,problems,rules,alternatives,reason
