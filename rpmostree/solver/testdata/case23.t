repo @System 0.5 testtags <inline>
#>=Ver: 3.0
repo r0 20.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: bb 3~rc1 1 noarch
#>=Prv: bb = 3~rc1-1
#>=Prv: v0 = 3~rc1-1
#>=Prv: v0 = 1
#>=Req: v1 > 1:1-1
#>=Req: bb <= 2-1 - /usr/bin/f1
#>=Req: c = 1-1
#>=Con: (a = 1:1-1 & v0) <UNLESS> /usr/bin/f0
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: bb 3~rc1 1 i686
#>=Vnd: V1
#>=Prv: bb = 3~rc1-1
#>=Pkg: c 2 1 i686
#>=Vnd: V2
#>=Prv: c = 2-1
#>=Prv: v0 = 2-2
#>=Req: v1
#>=Prq: v0
#>=Con: v0
#>=Obs: bb
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: a 3 1 noarch
#>=Prv: a = 3-1
#>=Enh: v0
#>=Pkg: c 1:1 1 noarch
#>=Vnd: V2
#>=Prv: c = 1:1-1
#>=Prv: v0
#>=Prq: v0 = 3~rc1-1
#>=Rec: v1
#>=Sug: v0
#>=Pkg: a 1 1 i686
#>=Prv: a = 1-1
#>=Prv: v0
#>=Req: bb
#>=Req: v1 <= 2-1
#>=Prq: missing > 1-1
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 1 x86_64
#>=Prv: v1 = 3-1
#>=Sug: c < 1-1
#>=Pkg: a 3~rc1 1 x86_64
#>=Vnd: V1
#>=Prv: a = 3~rc1-1
#>=Prv: v0 = 3-1
#>=Prv: v1 = 2
#>=Req: c
#>=Req: v1
#>=Tim: 2
#>=Pkg: bb 3~rc1 1 x86_64
#>=Vnd: V1
#>=Prv: bb = 3~rc1-1
#>=Prv: v1 = 3~rc1-1
#>=Prv: v1 = 3~rc1
#>=Req: v0 >= 3-1
#>=Req: a <UNLESS> (bb <> 3-1 <ELSE> (c <UNLESS> (a >= 3~rc1-1 <ELSE> v1 = 3-1)))
#>=Req: bb >= 2-2
#>=Enh: bb
#>=Tim: 2
#>=Pkg: bb 1 1 x86_64
#>=Prv: bb = 1-1
#>=Prv: v1 = 2-2
#>=Prv: v1
#>=Rec: bb
repo r2 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: bb 1 1 i686
#>=Prv: bb = 1-1
#>=Req: c
#>=Req: (c & v0) | v1
#>=Req: a <> 3~rc1-1
#>=Prq: c
#>=Con: v0
#>=Tim: 1
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: bb 2 1 i686
#>=Vnd: V2
#>=Prv: bb = 2-1
#>=Req: c
#>=Con: v0
system x86_64 rpm @System
disable name bb
solverflags allowarchchange
job favor name bb
job erase name c
job install pkg a-3-1.noarch@r0
result transaction,problems,rules,alternatives,reason,order,recommended,cleandeps,userinstalled,jobs
