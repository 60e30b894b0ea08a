repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 i686
#>=Prv: a = 1:1-1
#>=Prv: v0 = 2-2
#>=Req: dd
#>=Req: c
#>=Rec: v0
#>=Pkg: c 1 1 i686
#>=Prv: c = 1-1
#>=Prv: v0 = 1:1
#>=Prv: v0 = 2-1
#>=Con: v0 <= 1-1
#>=Tim: 1
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 1 i686
#>=Prv: c = 2-1
#>=Prv: v0 = 2-1
#>=Con: dd
#>=Tim: 2
#>=Pkg: a 1:1 1 i686
#>=Prv: a = 1:1-1
#>=Req: v0 & v0 < 3~rc1-1
#>=Req: a
#>=Obs: v0 <= 1
#>=Rec: b
#>=Enh: v0 <> 2
#>=Tim: 2
#>=Pkg: a 3 1 noarch
#>=Prv: a = 3-1
#>=Prv: v0
#>=Prv: v0 = 1:1-1
#>=Tim: 2
#>+Fls:
#>/usr/bin/f1
#>-Fls:
repo r1 10.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1:1 1 i686
#>=Prv: b = 1:1-1
#>=Req: v0
#>=Rec: b <> 3-1
#>=Pkg: dd 2 2 i686
#>=Prv: dd = 2-2
#>=Prv: v0 = 3~rc1-1
#>=Prv: v0 = 2
#>=Req: v0 <= 3~rc1-1
#>=Obs: v0
#>=Pkg: a 2 2 x86_64
#>=Prv: a = 2-2
#>=Prv: v0
#>=Con: dd <= 2-2 | v0
#>=Obs: c = 2-1
#>=Tim: 2
#>=Pkg: b 3 1 x86_64
#>=Prv: b = 3-1
#>=Prv: v0 = 2
#>=Req: dd >= 1-1
#>=Req: b <= 1:1-1
#>=Req: b
#>=Rec: v0
#>=Pkg: a 3~rc1 1 noarch
#>=Prv: a = 3~rc1-1
#>=Req: dd < 1:1
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: dd 2 1 i686
#>=Prv: dd = 2-1
#>=Req: b | v0
#>=Req: v0 & a
#>=Req: c
#>=Obs: v0
#>=Enh: c
#>=Tim: 2
repo r2 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 2 noarch
#>=Prv: c = 2-2
#>=Prv: v0
#>=Req: v0
#>=Req: c
#>=Req: (v0 <IF> v0) & v0
#>=Rec: dd <= 3~rc1-1
#>=Sug: v0
#>=Pkg: a 2 1 noarch
#>=Prv: a = 2-1
#>=Prv: v0
#>=Req: v0 > 1-1
#>=Req: v0
#>=Req: v0
#>=Rec: c
#>=Sup: a >= 3-1 & missing
system unset rpm @System
poolflags implicitobsoleteusescolors
disable name a
disable name dd
solverflags allowarchchange,!dupallowarchchange
job install name b
job update name b
job install pkg a-3-1.noarch@r0 [setevr]
result transaction,problems,rules,alternatives,reason,order,orderedges,recommended,proof,jobs
