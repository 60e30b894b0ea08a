repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 i686
#>=Prv: b = 1-1
#>=Req: v3
#>=Rec: v0
#>=Sug: v0
#>=Pkg: a 2 2 noarch
#>=Prv: a = 2-2
#>=Prv: v4
#>=Req: a
#>=Req: v1 > 1-1
#>=Req: v3
#>=Enh: c > 3~rc1-1
repo r1 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 noarch
#>=Prv: a = 1:1-1
#>=Prv: v2 = 3~rc1
#>=Prv: v3
#>=Req: a
#>=Req: v4 <> 1-1 <IF> (b <ELSE> v4)
#>=Req: a
#>=Obs: c <> 1:1-1
#>=Tim: 2
#>=Pkg: b 2 1 i686
#>=Prv: b = 2-1
#>=Req: b
#>=Req: b >= 3~rc1-1
#>=Req: v4
#>=Rec: a >= 2
#>=Pkg: b 3 1 noarch
#>=Prv: b = 3-1
#>=Prv: v2
#>=Req: a
#>=Prq: v3
repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 3 1 noarch
#>=Prv: c = 3-1
#>=Prv: v2 = 3~rc1-1
#>=Req: b >= 3-1
#>=Req: v3
#>=Con: v1 <= 3-1
#>=Tim: 1
system x86_64 rpm @System
poolflags forbidselfconflicts,implicitobsoleteusescolors
job lock name b [weak,cleandeps]
job erase pkg a-2-2.noarch@r0
job update all packages [weak]
job erase pkg c-3-1.noarch@@System
job lock oneof b-3-1.noarch@r1 a-2-2.noarch@r0
job install oneof c-3-1.noarch@@System a-2-2.noarch@r0 [cleandeps,setarch,setvendor]
result transaction,problems,rules,alternatives,reason,orphaned,unneeded,cleandeps,proof,jobs
