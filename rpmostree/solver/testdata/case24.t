repo @System 0.5 testtags <inline>
#>=Ver: 3.0
repo r0 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: f 1:1 1 x86_64
#>=Prv: f = 1:1-1
#>=Prv: v3 = 1-1
#>=Prv: v3
#>=Con: d
#>=Sug: d
#>=Sup: missing <= 3~rc1-1
#>=Enh: /usr/bin/f1
#>=Pkg: c 3 1 noarch
#>=Prv: c = 3-1
#>=Req: v3 >= 3~rc1
#>=Con: e
#>=Pkg: gg 2 1 x86_64
#>=Prv: gg = 2-1
#>=Prv: v2
#>=Req: e > 2-2
#>=Pkg: a 2 1 x86_64
#>=Req: e = 1:1-1
#>=Obs: h
#>=Sug: f
#>=Pkg: d 2 1 noarch
#>=Prv: d = 2-1
#>=Prv: v2
#>=Prv: v3
#>=Sug: v1
#>=Enh: v1 > 2
#>=Pkg: c 2 2 x86_64
#>=Prv: c = 2-2
#>=Req: c
#>=Req: v0 < 3-1
#>=Rec: d
#>=Sug: d < 2
#>=Pkg: a 2 1 noarch
#>=Prv: a = 2-1
#>=Req: v2
#>=Con: v3
#>=Obs: v3
#>=Pkg: e 1 1 x86_64
#>=Prv: e = 1-1
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Prv: v3
#>=Rec: c
#>=Sug: e > 1:1-1
#>=Pkg: d 2 1 x86_64
#>=Prv: d = 2-1
#>=Req: h <> 1-1
#>=Sup: f
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: e 1 1 noarch
#>=Prv: e = 1-1
#>=Req: v2 = 2-2
#>=Req: v3
#>=Req: gg
system x86_64 rpm @System
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes,ignorerecommended
job erase name h [weak,noautoset]
job install name e >= 1:1 [cleandeps]
job erase name f . noarch [forcebest]
job install provides v3 [setarch]
job erase oneof c-3-1.noarch@r0 gg-2-1.x86_64@r0 d-2-1.x86_64@r0 d-2-1.noarch@r0
job userinstalled repo r0
result transaction,problems,rules,alternatives,reason,unneeded,userinstalled
