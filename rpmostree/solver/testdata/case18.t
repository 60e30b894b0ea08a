repo r0 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: aa 2 2 x86_64
#>=Prv: aa = 2-2
#>=Prv: v2 = 2-2
#>=Req: aa <= 3~rc1-1
#>=Pkg: cc 3~rc1 1 noarch
#>=Prv: cc = 3~rc1-1
#>=Req: v1
#>=Obs: v2
#>=Rec: ee
#>=Sug: v1 <> 2-1
#>=Enh: v2 = 1
#>=Pkg: cc 3~rc1 1 x86_64
#>=Prv: cc = 3~rc1-1
#>=Obs: v0
#>=Rec: missing > 2
#>=Tim: 1
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: d 2 2 noarch
#>=Prv: d = 2-2
#>=Prv: v3 = 1-1
#>=Con: b >= 1-1
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: cc 3 1 noarch
#>=Prv: cc = 3-1
#>=Req: v3
#>=Pkg: ff 2 1 noarch
#>=Prv: ff = 2-1
#>=Prv: v2 = 3-1
#>=Req: aa
#>=Rec: v2 < 3-1
#>=Sug: v3 <= 1
#>=Pkg: b 3~rc1 1 x86_64
#>=Prv: b = 3~rc1-1
#>=Prv: v3
#>=Req: v2 | ff
#>=Con: missing > 1:1-1
#>=Pkg: ee 3~rc1 1 noarch
#>=Prv: ee = 3~rc1-1
#>=Req: cc
#>=Req: b
#>=Prq: aa
#>=Sup: v2 <= 3-1
#>=Pkg: h 2 1 noarch
#>=Prv: h = 2-1
#>=Req: v2
#>=Sup: v1
#>=Pkg: ff 1:1 1 x86_64
#>=Prv: ff = 1:1-1
#>=Req: b = 3~rc1-1
#>=Req: h
#>=Rec: d
#>=Pkg: g 2 1 x86_64
#>=Prv: g = 2-1
#>=Prv: v3 = 2-2
#>=Req: g <= 1-1
#>=Req: cc
#>=Req: g <= 2-1
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: aa 1:1 1 noarch
#>=Prv: aa = 1:1-1
#>=Prq: v0
#>=Sug: v2
#>=Pkg: ee 2 2 x86_64
#>=Prv: ee = 2-2
#>=Req: v3
#>=Req: v2
#>=Rec: v3
#>=Enh: d
system x86_64 rpm @System
poolflags implicitobsoleteusescolors
disable name d
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,allowdowngrade
job update all packages
job update oneof g-2-1.x86_64@r0 aa-1:1-1.noarch@@System ff-2-1.noarch@r0
result transaction,problems,rules,alternatives,reason,orderedges,orphaned,proof
