repo r0 20 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 1 1 noarch
#>=Prv: cc = 1-1
#>=Prv: v0
#>=Con: b
#>=Pkg: a 3~rc1 1 x86_64
#>=Prv: a = 3~rc1-1
#>=Con: missing > 2-1
#>=Pkg: a 1:1 1 x86_64
#>=Prv: a = 1:1-1
#>=Prv: v0
#>=Req: e
#>=Req: v1 > 1
#>=Req: e
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: a 2 2 noarch
#>=Prv: a = 2-2
#>=Enh: b
#>=Pkg: b 3~rc1 1 x86_64
#>=Prv: b = 3~rc1-1
#>=Con: a
#>=Rec: cc
#>=Pkg: e 2 2 x86_64
#>=Prv: e = 2-2
#>=Prv: v0
#>=Obs: b
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 1 noarch
#>=Prv: a = 2-1
#>=Pkg: a 3~rc1 1 noarch
#>=Prv: a = 3~rc1-1
#>=Req: v0 > 3~rc1-1
#>=Req: v1
#>=Req: v0
#>=Con: (b + b) & b
#>=Obs: e >= 2-1
#>=Pkg: b 3~rc1 1 noarch
#>=Prv: b = 3~rc1-1
#>=Prv: v1 = 2
#>=Req: cc <= 3-1
#>=Req: b
#>=Req: v0 = 1-1
#>=Obs: missing = 1-1
#>=Pkg: cc 3~rc1 1 noarch
#>=Prv: cc = 3~rc1-1
#>=Prv: v1 = 2-2
#>=Prv: v1 = 3-1
#>=Req: dd <UNLESS> v1
#>=Enh: b = 1-1
#>=Pkg: dd 2 2 noarch
#>=Prv: dd = 2-2
#>=Prv: v1
#>=Req: v1
#>=Pkg: dd 3 1 x86_64
#>=Prv: dd = 3-1
#>=Rec: v1
#>=Pkg: dd 1:1 1 x86_64
#>=Prv: dd = 1:1-1
#>=Prv: v0 = 1
#>=Prq: a + a
#>=Rec: cc >= 1 & ff
#>=Sup: cc >= 1-1
#>=Enh: v0 > 3-1 + v1 < 2-1
#>=Tim: 1
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 3 1 noarch
#>=Req: ff > 3-1
#>=Pkg: e 1:1 1 x86_64
#>=Prv: e = 1:1-1
#>=Req: a & b
#>=Obs: cc
#>=Pkg: b 3~rc1 1 x86_64
#>=Prv: b = 3~rc1-1
#>=Prv: v1
#>=Prv: v0 = 3-1
#>=Req: b
#>=Enh: v1 >= 3~rc1-1 | ff >= 1
#>=Pkg: dd 1 1 noarch
#>=Prv: dd = 1-1
#>=Sug: dd
#>=Pkg: b 2 1 x86_64
#>=Prv: b = 2-1
#>=Prv: v0
#>=Prv: v1
#>=Rec: ff - v1
#>=Sug: b < 3~rc1-1
#>=Pkg: a 2 2 x86_64
#>=Prv: v1 = 2-1
#>=Req: e
#>=Req: v1
#>=Con: b
#>=Tim: 2
system i686 rpm
poolflags implicitobsoleteusescolors
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,ignorerecommended
job install oneof dd-1:1-1.x86_64@r1 [setrepo]
job install name dd
job install pkg cc-3~rc1-1.noarch@r1 [setvendor]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,cleandeps,proof,jobs
