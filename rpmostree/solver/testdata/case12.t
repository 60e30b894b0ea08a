repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1 1 noarch
#>=Prv: a = 1-1
#>=Obs: a
#>=Pkg: a 1:1 1 i686
#>=Prv: a = 1:1-1
#>=Prv: v1 = 3-1
#>=Pkg: b 3~rc1 1 x86_64
#>=Prv: b = 3~rc1-1
#>=Req: b >= 2-1 | (v1 | b < 3-1)
#>=Req: a
#>=Req: v2
#>=Sup: v2
#>=Enh: b <> 2
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 2 1 i686
#>=Prv: b = 2-1
#>=Sug: v0 > 3-1 | a
#>=Pkg: b 1:1 1 x86_64
#>=Prv: b = 1:1-1
#>=Rec: v2
#>=Sug: v0
#>=Pkg: c 1 1 noarch
#>=Prv: c = 1-1
#>=Prv: v1
#>=Req: a
#>=Req: a
#>=Req: missing | a
#>=Obs: a
#>=Enh: a
#>=Pkg: b 2 1 noarch
#>=Prv: b = 2-1
#>=Req: a > 3-1
#>=Req: a < 2-2 <UNLESS> (b | v2)
#>=Con: c < 3-1 <IF> v0 = 2
#>=Pkg: a 2 2 i686
#>=Prv: a = 2-2
#>=Prv: v0 = 2-2
#>=Req: /usr/bin/f0 & b
system x86_64 rpm @System
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,allowdowngrade
job disfavor name c [setrepo]
job update name a >= 3-1
result transaction,problems,rules,alternatives,reason,recommended,unneeded
