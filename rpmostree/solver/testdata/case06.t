repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: gg 3 1 noarch
#>=Prv: v0 = 1:1-1
#>=Req: v0
#>=Req: c
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: dd 3 1 x86_64
#>=Vnd: V2
#>=Prv: dd = 3-1
#>=Req: v0 <= 1
#>=Req: v0 <UNLESS> h
#>=Con: v0
#>=Obs: v0
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: h 1:1 1 x86_64
#>=Vnd: V2
#>=Prv: h = 1:1-1
#>=Pkg: c 1:1 1 x86_64
#>=Prv: c = 1:1-1
#>=Prv: v0 = 1:1
#>=Req: a
#>=Req: b
#>=Req: v0 < 1:1-1
#>=Obs: b
#>=Sup: f <> 1:1
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 1 noarch
#>=Prv: a = 2-1
#>=Prv: v0 = 1:1-1
#>=Prv: v0 = 2-1
#>=Req: dd
#>=Req: gg <> 1
#>=Enh: v0 <= 3
#>=Pkg: f 2 2 x86_64
#>=Req: h
#>=Con: e < 2
#>=Rec: v0
#>=Pkg: c 2 1 x86_64
#>=Vnd: V2
#>=Prv: c = 2-1
#>=Req: c
#>=Req: b
#>=Obs: v0 <> 1-1
repo r1 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: dd 3 1 x86_64
#>=Vnd: V2
#>=Prv: dd = 3-1
#>=Prv: v0
#>=Prv: v0
#>=Req: v0
#>=Req: v0
#>=Req: c
#>=Sug: c = 2 | v0
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: gg 1:1 1 x86_64
#>=Vnd: V2
#>=Prv: v0 = 1-1
#>=Pkg: dd 2 1 noarch
#>=Vnd: V2
#>=Prv: dd = 2-1
#>=Req: h
#>=Req: /usr/bin/f0 <UNLESS> (a | v0)
#>=Req: h
#>=Tim: 2
#>=Pkg: a 1 1 x86_64
#>=Vnd: V2
#>=Prv: a = 1-1
#>=Prv: v0 = 3
#>=Req: v0
#>=Req: v0
#>=Con: v0
#>=Sug: v0 < 2
system x86_64 rpm @System
poolflags obsoleteusesprovides,implicitobsoleteusescolors
disable pkg dd-2-1.noarch@r1
solverflags needupdateprovide,noinfarchcheck,!dupallowarchchange
job install provides a
result transaction,problems,rules,alternatives,reason,order,orderedges
