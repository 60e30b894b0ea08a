repo @System 0 testtags <inline>
#>=Ver: 3.0
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: d 2 2 x86_64
#>=Prv: d = 2-2
#>=Prv: v0
#>=Req: d
#>=Sug: h
#>=Pkg: ff 2 1 x86_64
#>=Prv: ff = 2-1
#>=Req: missing
#>=Pkg: g 3~rc1 1 x86_64
#>=Prv: g = 3~rc1-1
#>=Prv: v0 = 3-1
#>=Prv: v0 = 1:1
#>=Pkg: e 2 2 noarch
#>=Prv: e = 2-2
#>=Req: v0
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: b 3 1 noarch
#>=Prv: b = 3-1
#>=Prv: v0 = 2-1
#>=Prv: v0
#>=Req: v0 <> 2
#>=Req: b
#>=Rec: e < 3-1
system unset rpm @System
solverflags allowvendorchange,dupallowvendorchange,keeporphans,bestobeypolicy,yumobsoletes,urpmreorder,keepexplicitobsoletes
job update all packages
job lock name ff [weak]
job disfavor name h
job distupgrade all packages
result transaction,problems,rules,alternatives,reason,orderedges,unneeded
