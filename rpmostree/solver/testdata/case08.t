repo r0 10.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: bb 1 1 x86_64
#>=Prv: v4
#>=Req: missing <> 2-2
#>=Pkg: c 3~rc1 1 i686
#>=Prv: c = 3~rc1-1
#>=Prv: v0
#>=Prv: v0
#>=Req: c > 2-2
#>=Rec: v4
#>=Pkg: bb 2 1 i686
#>=Prv: bb = 2-1
#>=Req: bb <= 1
#>=Obs: a < 3-1
#>=Sug: a <= 1-1
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 1 noarch
#>=Prv: c = 2-1
#>=Prv: v0
#>=Sug: v3
#>=Pkg: bb 1:1 1 i686
#>=Prv: bb = 1:1-1
#>=Prv: v2
#>=Req: v3
#>=Obs: v3 = 1-1
#>=Pkg: c 2 1 x86_64
#>=Prv: c = 2-1
#>=Prv: v3
#>=Con: c <> 3-1
#>=Enh: bb < 3~rc1-1
repo r2 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 i686
#>=Prv: a = 1:1-1
#>=Prv: v1
#>=Req: v4
#>=Obs: bb
#>=Tim: 2
#>=Pkg: c 3~rc1 1 noarch
#>=Prv: c = 3~rc1-1
#>=Prv: v3 = 2-2
#>=Req: bb <= 3
#>=Req: bb > 2-2
#>=Req: bb <UNLESS> bb
#>=Sup: v1
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 1:1 1 x86_64
#>=Prv: c = 1:1-1
#>=Prv: v1
#>=Prv: v0
#>=Req: a
#>=Req: v3 >= 1 & a <> 1-1
#>=Req: c
#>=Enh: v2
system x86_64 rpm @System
poolflags implicitobsoleteusesprovides
job distupgrade name bb . noarch
job install pkg c-2-1.noarch@r1
job distupgrade all packages [cleandeps]
job install oneof bb-1-1.x86_64@r0 bb-2-1.i686@r0 bb-1:1-1.i686@r1
result transaction,problems,rules,alternatives,reason,recommended
