repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 noarch
#>=Prq: v0
#>=Tim: 1
#>=Pkg: d 1:1 1 noarch
#>=Prv: d = 1:1-1
#>=Pkg: c 1:1 1 x86_64
#>=Prv: c = 1:1-1
#>=Prv: v0
#>=Req: f
#>=Req: v0 <= 1:1-1
#>=Pkg: bb 1:1 1 noarch
#>=Prv: v1
#>=Req: v0
#>=Req: bb
#>=Req: c
#>=Prq: c
#>=Con: d
repo r0 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: f 3~rc1 1 noarch
#>=Prv: f = 3~rc1-1
#>=Prv: v1 = 3~rc1
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: d 2 1 x86_64
#>=Prv: d = 2-1
#>=Prv: v1 = 3~rc1-1
#>=Prv: v1 = 3~rc1-1
#>=Obs: f
#>=Rec: v2 = 1:1
#>=Sup: v0
#>=Pkg: f 2 1 x86_64
#>=Prv: f = 2-1
#>=Req: v0
#>=Prq: v0 <= 3~rc1-1
#>=Tim: 1
system x86_64 rpm @System
poolflags implicitobsoleteusesprovides,implicitobsoleteusescolors
solverflags allowdowngrade,allowuninstall,noupdateprovide
job install name c [targeted]
job distupgrade all packages
job update all packages [setrepo]
job distupgrade all packages [weak,forcebest]
job install oneof f-2-1.x86_64@r0 f-3~rc1-1.noarch@r0 a-1:1-1.noarch@@System
job install name e
result transaction,problems,rules,alternatives,reason,orderedges
