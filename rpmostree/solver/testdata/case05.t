repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 1 i686
#>=Vnd: V2
#>=Prv: a = 2-1
#>=Req: a
#>=Req: v1
#>=Req: /usr/bin/f1
repo r0 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Req: c
#>=Con: a < 3-1
#>=Rec: v1
#>=Pkg: b 1:1 1 x86_64
#>=Vnd: V2
#>=Prv: b = 1:1-1
#>=Req: v2 & (v0 & v1 <= 3~rc1-1)
#>=Con: b > 2
#>=Rec: v0 = 2-2
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: b 2 2 noarch
#>=Vnd: V2
#>=Prv: b = 2-2
#>=Req: c
#>=Req: a = 1:1-1
#>=Req: c > 3-1
system i686 rpm @System
solverflags allowvendorchange
job disfavor pkg b-1:1-1.x86_64@r0 [targeted]
job favor provides v0
result transaction,problems,rules,alternatives,reason,orphaned,cleandeps,jobs
