repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: aa 3 1 noarch
#>=Prv: aa = 3-1
#>=Req: f > 1:1-1
#>=Prq: dd < 1-1
#>=Con: e
#>=Obs: v1
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: e 2 1 noarch
#>=Prv: e = 2-1
#>=Pkg: e 1 1 noarch
#>=Prv: e = 1-1
#>=Req: /usr/bin/f0
#>=Req: v3 > 2-1
#>=Req: v0 > 2
#>=Con: v2
#>=Pkg: f 2 2 x86_64
#>=Prv: f = 2-2
#>=Req: v0
#>=Req: missing - v1
#>=Sup: v3
#>=Tim: 2
#>=Pkg: aa 3~rc1 1 x86_64
#>=Prv: aa = 3~rc1-1
#>=Prv: v1
#>=Req: dd > 3-1
#>=Req: v1 < 1
#>=Req: v0 > 3~rc1-1
#>=Con: v1
#>=Rec: b
#>=Pkg: e 2 2 noarch
#>=Prv: e = 2-2
#>=Prv: v3 = 2-1
#>=Obs: c <> 3~rc1-1
#>=Rec: b = 1
#>=Pkg: dd 3 1 noarch
#>=Prv: dd = 3-1
#>=Prv: v2
#>=Req: e
#>=Pkg: e 2 1 x86_64
#>=Prv: e = 2-1
#>=Prv: v2
#>=Req: b
#>=Con: v3
#>=Obs: v0
#>=Rec: v3
#>=Sug: b <IF> (v2 <ELSE> v1)
#>=Tim: 2
system x86_64 rpm @System
poolflags forbidselfconflicts,obsoleteusesprovides
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes
job disfavor name aa
job favor name dd [setevr]
job install oneof aa-3~rc1-1.x86_64@r0 e-2-2.noarch@r0 e-2-1.noarch@r0 dd-3-1.noarch@r0
result transaction,problems,rules,alternatives,reason,recommended,orphaned
