repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: i 3 1 x86_64
#>=Prv: i = 3-1
#>=Prv: v0
#>=Prv: v0
#>=Req: v1 > 1-1
#>=Req: h
#>=Req: v3
#>=Rec: k = 3~rc1-1
#>=Pkg: ee 2 2 noarch
#>=Prv: ee = 2-2
#>=Prv: v1 = 3~rc1-1
#>=Req: ff > 2-2
#>=Sug: v0 > 1-1
#>=Pkg: c 1 1 noarch
#>=Prv: c = 1-1
#>=Prv: v2 = 3~rc1-1
#>=Req: l
#>=Rec: v0 > 1
#>=Pkg: l 2 1 x86_64
#>=Prv: l = 2-1
#>=Prv: v2
#>=Req: ff > 3-1
#>=Obs: ff >= 2-2
#>=Rec: ee
#>=Pkg: j 2 1 x86_64
#>=Prv: j = 2-1
#>=Obs: v2
#>=Rec: ee <> 3-1
#>=Tim: 1
repo r0 20.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: h 3~rc1 1 x86_64
#>=Prv: h = 3~rc1-1
#>=Prv: v3
#>=Prv: v1
#>=Req: missing
#>=Con: v0
#>=Obs: l
#>=Rec: h
#>=Sug: gg = 1-1
#>=Pkg: ff 3~rc1 1 x86_64
#>=Prv: ff = 3~rc1-1
#>=Prv: v2 = 1
#>=Con: l
#>=Rec: h
#>=Sup: /usr/bin/f0
#>=Pkg: i 2 2 noarch
#>=Prv: i = 2-2
#>=Prv: v0
#>=Req: i
#>=Pkg: l 3~rc1 1 x86_64
#>=Prv: l = 3~rc1-1
#>=Prv: v3 = 2-1
#>=Req: /usr/bin/f1
#>=Con: missing < 1
#>=Pkg: gg 3 1 noarch
#>=Prv: gg = 3-1
#>=Pkg: i 1 1 noarch
#>=Prv: i = 1-1
#>=Prv: v3 = 3~rc1-1
#>=Req: j
#>=Req: k
#>=Con: v1
#>=Rec: v1 < 3-1
#>=Pkg: i 3 1 noarch
#>=Prv: i = 3-1
#>=Prv: v0
#>=Req: k
#>=Req: v0
#>=Con: k
#>=Tim: 2
#>=Pkg: b 2 2 noarch
#>=Prv: b = 2-2
#>=Sug: d <> 2
#>=Pkg: gg 2 1 x86_64
#>=Prv: gg = 2-1
#>=Tim: 2
#>=Pkg: a 1:1 1 x86_64
#>=Prv: a = 1:1-1
#>=Prv: v1
#>=Req: ee
#>=Req: v1 > 1:1-1
#>=Rec: ff < 1-1
#>=Enh: ee
#>=Pkg: ff 2 2 noarch
#>=Prv: ff = 2-2
#>=Prv: v0 = 2-2
#>=Prv: v1 = 3-1
#>=Req: ee < 2-1
#>=Pkg: gg 3~rc1 1 noarch
#>=Prv: gg = 3~rc1-1
#>=Prv: v1 = 3~rc1-1
system x86_64 rpm @System
poolflags noinstalledobsoletes,implicitobsoleteusescolors
disable pkg ff-2-2.noarch@r0
solverflags allowarchchange,!dupallowarchchange
job install name a < 2-1 [forcebest,setarch]
result transaction,problems,rules,alternatives,reason,recommended
