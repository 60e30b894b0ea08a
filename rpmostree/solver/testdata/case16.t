repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 3 1 x86_64
#>=Prv: cc = 3-1
#>=Con: cc
#>=Obs: a
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 1:1 1 x86_64
#>=Prv: cc = 1:1-1
#>=Req: v0 = 3-1
#>=Tim: 2
#>=Pkg: a 1:1 1 noarch
#>=Prv: a = 1:1-1
#>=Prv: v0 = 3-1
#>=Prv: v0
#>=Obs: v0
#>=Pkg: b 3 1 noarch
#>=Prv: b = 3-1
#>=Req: cc >= 3-1
#>=Req: cc
#>=Req: a
#>=Con: cc <UNLESS> cc <> 1-1
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Req: cc
#>=Obs: v0 <> 2-2
system x86_64 rpm @System
poolflags implicitobsoleteusesprovides
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,allowdowngrade
job install name b [orupdate]
job update oneof cc-3-1.x86_64@@System a-1:1-1.noarch@r0 a-3-1.x86_64@r0
job install pkg a-3-1.x86_64@r0 [targeted]
job erase name a = 3~rc1-1 [setarch]
result transaction,problems,rules,alternatives,reason,orderedges,orphaned,unneeded
