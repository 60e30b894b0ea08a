repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 3 1 noarch
#>=Prv: a = 3-1
#>=Prv: v1
#>=Req: a
#>=Req: c
#>=Req: ee
#>=Tim: 2
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: ee 2 2 x86_64
#>=Prv: ee = 2-2
#>=Prv: v0
#>=Req: v2
#>=Con: v0
#>=Sug: /usr/bin/f0
#>=Enh: v0
#>=Pkg: ee 2 2 noarch
#>=Vnd: V1
#>=Prv: ee = 2-2
#>=Prv: v0
#>=Req: v1 <= 2-1
#>=Req: f <> 3~rc1-1
#>=Req: v1 >= 3
#>=Sug: f
#>=Pkg: bb 1 1 noarch
#>=Prv: bb = 1-1
#>=Prv: v1
#>=Req: v0 <> 1-1
#>=Req: missing
#>=Req: v1
#>=Rec: v2
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: c 2 2 noarch
#>=Prv: c = 2-2
#>=Prv: v1 = 1:1-1
#>=Prv: v0
#>=Req: v2 > 2-2
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: f 1:1 1 noarch
#>=Vnd: V1
#>=Prv: f = 1:1-1
#>=Req: f
#>=Rec: v2
#>=Tim: 2
system x86_64 rpm @System
vendorclass V1 V2
disable pkg ee-2-2.x86_64@r0
solverflags urpmreorder,!allownamechange
job install name a < 1:1
job install pkg ee-2-2.noarch@r0 [weak]
result transaction,problems,rules,alternatives,reason,orderedges,recommended,userinstalled
