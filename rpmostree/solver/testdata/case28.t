repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 2 x86_64
#>=Prv: a = 2-2
#>=Prv: v0 = 2
#>=Prv: v0
#>=Rec: v0
#>=Pkg: f 2 1 x86_64
#>=Prv: f = 2-1
#>=Req: f
#>=Con: bb = 3~rc1-1
#>=Obs: v0
#>=Sug: bb > 2-1
#>=Enh: v0
#>=Pkg: dd 1 1 noarch
#>=Prv: dd = 1-1
#>=Req: f
#>=Req: v0 < 2-1
#>=Req: v0
#>=Rec: v0 < 3-1
repo r0 20.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 2 noarch
#>=Prv: a = 2-2
#>=Sug: c
#>=Sup: dd
#>=Pkg: bb 1 1 x86_64
#>=Vnd: V1
#>=Prv: bb = 1-1
#>=Prv: v0 = 3
#>=Req: v0 > 2
#>=Pkg: c 1:1 1 noarch
#>=Vnd: V2
#>=Prv: c = 1:1-1
#>=Prv: v0
#>=Rec: f < 1-1
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: c 1:1 1 x86_64
#>=Prv: c = 1:1-1
#>=Prv: v0 = 1:1-1
#>=Con: v0 <= 3
#>=Tim: 2
#>=Pkg: bb 3 1 x86_64
#>=Prv: bb = 3-1
#>=Prv: v0
#>=Req: v0 <> 1:1-1
#>=Con: e
#>=Pkg: c 3~rc1 1 x86_64
#>=Prv: c = 3~rc1-1
#>=Prv: v0 = 2-2
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: dd 1 1 x86_64
#>=Vnd: V1
#>=Prv: dd = 1-1
#>=Prv: v0 = 1:1
#>=Req: a
#>=Req: bb
#>=Req: c
#>=Obs: c
#>=Sug: v0
#>=Enh: v0 < 1
#>=Tim: 1
system x86_64 rpm @System
poolflags implicitobsoleteusescolors
disable pkg a-2-2.x86_64@@System
disable name dd
solverflags onlynamespacerecommended
job verify all packages
job disfavor oneof c-3~rc1-1.x86_64@r0 bb-1-1.x86_64@r0
result transaction,problems,rules,alternatives,reason,userinstalled
