repo r0 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 3~rc1 1 x86_64
#>=Prv: c = 3~rc1-1
#>=Prv: v0
#>=Req: v0
#>=Obs: v0
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Prv: v0
#>=Sup: b = 3~rc1-1
#>=Pkg: c 3~rc1 1 noarch
#>=Prv: c = 3~rc1-1
#>=Pkg: b 2 2 noarch
#>=Req: a
#>=Prq: v0 < 1:1-1
#>=Rec: a
#>=Pkg: c 2 1 x86_64
#>=Prv: c = 2-1
#>=Req: v0
#>=Pkg: c 1:1 1 x86_64
#>=Prv: c = 1:1-1
#>=Prv: v0
#>=Req: v0
#>=Req: d
#>=Req: v0 < 1:1-1
#>=Tim: 1
#>=Pkg: a 1:1 1 x86_64
#>=Prv: a = 1:1-1
#>=Req: /usr/bin/f1
#>=Con: v0 < 1:1
#>=Sup: c <> 2
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 noarch
#>=Prv: b = 1-1
#>=Req: b
#>=Con: v0
#>=Obs: d >= 1-1
#>=Pkg: a 1 1 noarch
#>=Prv: a = 1-1
#>=Prv: v0
#>=Prv: v0 = 2-2
#>=Req: v0
#>=Prq: v0
#>=Enh: d
#>=Pkg: d 2 1 x86_64
#>=Prv: d = 2-1
#>=Prv: v0 = 1:1-1
system i686 rpm @System
poolflags promoteepoch,implicitobsoleteusesprovides
vendorclass V1 V2
disable pkg b-2-2.noarch@r0
disable pkg c-2-1.x86_64@r0
solverflags !dupallownamechange
job install pkg c-2-1.x86_64@r0
result transaction,problems,rules,alternatives,reason,order,orphaned,unneeded,cleandeps,jobs
