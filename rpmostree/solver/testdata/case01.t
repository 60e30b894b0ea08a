repo r0 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: f 1 1 noarch
#>=Prv: f = 1-1
#>=Prv: v4 = 1:1
#>=Prv: v4
#>=Req: g >= 3~rc1-1
#>=Rec: v1 >= 3
#>=Pkg: e 1:1 1 noarch
#>=Prv: e = 1:1-1
#>=Req: g
#>=Con: h
#>=Obs: e <> 3-1
#>=Pkg: c 1 1 noarch
#>=Prv: c = 1-1
#>=Prv: v0
#>=Prv: v3
#>=Con: a
#>=Enh: v2
#>=Pkg: e 1 1 x86_64
#>=Prv: e = 1-1
#>=Req: c <UNLESS> (dd <ELSE> v4 <> 1:1-1)
#>=Pkg: f 1 1 x86_64
#>=Prv: f = 1-1
#>=Prv: v2 = 1:1
#>=Req: e
#>=Req: a > 2-2
#>=Pkg: b 2 1 noarch
#>=Prv: b = 2-1
#>=Prv: v4
#>=Req: v2
system x86_64 rpm
disable pkg b-2-1.noarch@r0
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,allowdowngrade,ignorerecommended
job install pkg f-1-1.x86_64@r0
job install name f = 3-1 [forcebest,targeted]
job install name c [forcebest]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,jobs
