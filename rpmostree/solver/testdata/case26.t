repo @System 0.5 testtags <inline>
#>=Ver: 3.0
repo r0 10.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 3~rc1 1 noarch
#>=Vnd: V1
#>=Prv: v0 = 2-2
#>=Pkg: c 2 2 x86_64
#>=Vnd: V1
#>=Prv: c = 2-2
#>=Req: v0
#>=Req: v0 <= 1-1
#>=Req: v0 > 3-1
#>=Pkg: c 2 1 x86_64
#>=Prv: c = 2-1
#>=Prv: v0
#>=Req: v0
#>=Sup: v0 < 3-1
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: c 3 1 x86_64
#>=Vnd: V2
#>=Prv: c = 3-1
#>=Prq: v0 <> 1-1
#>=Rec: v0
#>=Sup: d
repo r1 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: f 2 1 noarch
#>=Vnd: V2
#>=Prv: f = 2-1
#>=Prv: v0 = 2
#>=Req: a
#>=Req: v0
#>=Req: b
#>=Con: missing
#>=Pkg: c 2 2 noarch
#>=Vnd: V2
#>=Prv: c = 2-2
#>=Prv: v0 = 2-2
#>=Sug: a <= 1:1
#>=Pkg: c 2 2 x86_64
#>=Vnd: V1
#>=Prv: v0 = 3-1
#>=Prv: v0 = 1
#>=Sug: v0
#>=Sup: b
#>=Pkg: e 3 1 x86_64
#>=Vnd: V2
#>=Prv: e = 3-1
#>=Prv: v0 = 1:1-1
#>=Req: c <= 3-1
#>=Sup: v0
#>=Pkg: a 3~rc1 1 x86_64
#>=Vnd: V2
#>=Prv: a = 3~rc1-1
#>=Prv: v0
#>=Prv: v0
#>=Req: v0 <= 1:1-1
#>=Tim: 1
#>=Pkg: a 2 1 x86_64
#>=Vnd: V2
#>=Prv: a = 2-1
#>=Prv: v0
#>=Req: v0
#>=Pkg: a 3 1 x86_64
#>=Vnd: V2
#>=Prv: a = 3-1
#>=Prv: v0
#>=Req: c <= 3-1
#>=Pkg: f 1:1 1 x86_64
#>=Prv: f = 1:1-1
#>=Prv: v0
#>=Con: a = 2-1
#>=Sug: e
#>=Tim: 1
#>=Pkg: d 1 1 noarch
#>=Prv: d = 1-1
#>=Req: c <= 3-1
#>=Pkg: f 2 1 x86_64
#>=Prv: f = 2-1
#>=Req: d
#>=Req: f
#>=Sup: d
#>=Enh: d
repo r2 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: f 3~rc1 1 noarch
#>=Vnd: V1
#>=Con: e
#>=Pkg: e 3~rc1 1 noarch
#>=Vnd: V1
#>=Prv: e = 3~rc1-1
#>=Obs: /usr/bin/f1
system x86_64 rpm @System
poolflags noinstalledobsoletes
solverflags breakorphans
job multiversion oneof f-1:1-1.x86_64@r1 c-2-2.noarch@r1 f-3~rc1-1.noarch@r2 [forcebest,setrepo]
job install name a . x86_64
result transaction,problems,rules,alternatives,reason,recommended,orphaned,proof
