repo @System 0.5 testtags <inline>
#>=Ver: 3.0
repo r0 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 2 noarch
#>=Prv: c = 2-2
#>=Prv: v1
#>=Prv: v2 = 2-1
#>=Req: d > 2-1
#>=Con: b <> 2-1
#>=Obs: a
#>=Pkg: b 1:1 1 noarch
#>=Prv: b = 1:1-1
#>=Req: d >= 2-1
#>=Con: b >= 1:1-1
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 x86_64
#>=Prv: b = 1-1
#>=Req: v1
#>=Prq: v4
#>=Sug: v4 <> 3~rc1-1
#>=Pkg: b 2 1 x86_64
#>=Prv: b = 2-1
#>=Req: v4
#>=Con: d
#>=Sup: v1 > 3-1
#>=Pkg: d 2 1 noarch
#>=Prv: d = 2-1
#>=Prv: v4 = 3~rc1-1
#>=Req: c
#>=Req: v0
#>=Sug: a < 1:1-1
#>=Pkg: c 2 1 noarch
#>=Prv: c = 2-1
#>=Req: missing
#>=Req: v4
#>=Pkg: a 2 2 noarch
#>=Prv: a = 2-2
#>=Req: c
#>=Pkg: a 1:1 1 noarch
#>=Prv: a = 1:1-1
#>=Prv: v0 = 2-2
#>=Prv: v1
#>=Obs: a
#>=Enh: d
system x86_64 rpm @System
poolflags implicitobsoleteusescolors
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,allowdowngrade,ignorerecommended
job install oneof a-1:1-1.noarch@r1 c-2-1.noarch@r1
job blacklist provides d < 3-1
job update all packages
job verify name c
job lock pkg a-2-2.noarch@r1
job erase provides v4 [essential]
result transaction,problems,rules,alternatives,reason,proof
