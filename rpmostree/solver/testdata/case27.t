repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: ee 1 1 noarch
#>=Prv: ee = 1-1
#>=Prv: v3
#>=Prv: v3
#>=Pkg: b 2 1 x86_64
#>=Req: b < 1
#>=Req: f = 3~rc1-1
#>=Pkg: cc 3~rc1 1 x86_64
#>=Prv: cc = 3~rc1-1
#>=Req: v1
#>=Req: d
#>=Con: b
#>=Pkg: g 3 1 noarch
#>=Prv: g = 3-1
#>=Prv: v2 = 2-2
#>=Req: /usr/bin/f0 & /usr/bin/f0
#>=Req: a > 3~rc1-1
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Prv: v3 = 3
#>=Prv: v1
#>=Req: ee
#>=Req: d
#>=Con: h
#>=Rec: f <> 1:1-1
#>=Pkg: g 3~rc1 1 noarch
#>=Prv: g = 3~rc1-1
#>=Prv: v0
#>=Prv: v1 = 2
#>=Req: v0 < 1:1
#>=Req: v0
#>=Con: cc
#>=Rec: cc
#>=Pkg: b 2 1 noarch
#>=Prv: b = 2-1
#>=Prq: g
#>=Con: cc
#>=Sup: v1 - v3
#>=Enh: v2 >= 2
#>=Pkg: a 3 1 noarch
#>=Prv: v3
#>=Req: missing <= 2
#>=Pkg: a 2 1 x86_64
#>=Prv: a = 2-1
#>=Req: v2 <= 3-1
#>=Req: h <UNLESS> v3
#>=Pkg: g 1 1 x86_64
#>=Prv: g = 1-1
#>=Sug: /usr/bin/f1
#>=Pkg: h 3~rc1 1 x86_64
#>=Prv: h = 3~rc1-1
#>=Prv: v3 = 3
#>=Req: v3 <> 2
#>=Req: v2 <> 3~rc1
#>=Rec: v1
#>=Pkg: h 1 1 noarch
#>=Prv: h = 1-1
#>=Sug: v3 > 2-2
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: h 1 1 noarch
#>=Prv: h = 1-1
#>=Prv: v3
#>=Prv: v3
#>=Req: v0 >= 1
#>=Req: v3
#>=Req: cc
#>=Con: a
#>=Pkg: a 1 1 noarch
#>=Prv: a = 1-1
#>=Prv: v0
#>=Req: (v2 = 2 <IF> (/usr/bin/f0 <ELSE> v3)) & d = 2-1
#>=Req: d
#>=Req: f
#>=Pkg: b 3~rc1 1 noarch
#>=Prv: b = 3~rc1-1
#>=Prv: v2
#>=Req: b > 3~rc1
#>=Req: f
#>=Req: d
system x86_64 rpm @System
disable name cc
disable pkg a-3-1.x86_64@r0
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,ignorerecommended
job verify all packages
result transaction,problems,rules,alternatives,reason,order,orphaned,cleandeps,userinstalled,jobs
