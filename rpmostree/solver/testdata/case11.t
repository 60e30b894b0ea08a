repo r0 20.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 2 1 i686
#>=Prv: c = 2-1
#>=Prv: v3
#>=Con: c <UNLESS> ((d < 3~rc1-1 & v0) <ELSE> (a - v0))
#>=Pkg: b 1:1 1 i686
#>=Prv: b = 1:1-1
#>=Req: /usr/bin/f0
#>=Rec: v3
#>=Enh: b > 2
#>=Pkg: d 3 1 noarch
#>=Vnd: V1
#>=Prv: d = 3-1
#>=Prv: v2 = 3~rc1-1
#>=Prv: v2
#>=Req: c
#>=Req: b
#>=Req: (d <IF> (v3 <ELSE> /usr/bin/f1)) | v2
#>=Rec: v3 | (d | v1 >= 3~rc1-1)
#>=Enh: d
#>=Tim: 1
#>=Pkg: d 3~rc1 1 i686
#>=Prv: d = 3~rc1-1
#>=Req: c
#>=Req: v3
#>=Req: v0
#>=Rec: v0
#>=Pkg: d 3 1 x86_64
#>=Prv: d = 3-1
#>=Prv: v2
#>=Prq: c + b >= 1-1
repo @System 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 1:1 1 noarch
#>=Vnd: V2
#>=Prv: c = 1:1-1
#>=Req: /usr/bin/f0
#>=Req: b
#>=Rec: c
#>=Sug: v2 <= 3-1
#>=Pkg: d 2 2 x86_64
#>=Vnd: V1
#>=Prv: d = 2-2
#>=Prv: v1
#>=Prv: v3 = 1:1
#>=Req: v2
#>=Obs: d
system x86_64 rpm @System
poolflags noinstalledobsoletes,implicitobsoleteusescolors
vendorclass V1 V2
disable name c
disable pkg d-2-2.x86_64@@System
solverflags addalreadyrecommended,bestobeypolicy,urpmreorder
job erase oneof c-1:1-1.noarch@@System d-3-1.x86_64@r0 [cleandeps]
job install name d . i686
result transaction,problems,rules,alternatives,reason
