repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 2 x86_64
#>=Prv: a = 2-2
#>=Prv: v0 = 3-1
#>=Obs: c <= 1
#>=Sup: v1
#>=Tim: 1
#>=Pkg: d 2 2 x86_64
#>=Prv: d = 2-2
#>=Prv: v2
#>=Prv: v0
#>=Req: d > 2-2
#>=Prq: v0
#>=Con: b = 1:1-1
#>=Rec: v2
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 1:1 1 noarch
#>=Prv: c = 1:1-1
#>=Prv: v0 = 2-2
#>=Req: v0
#>=Prq: d
#>=Pkg: b 2 2 noarch
#>=Prv: b = 2-2
#>=Prv: v0 = 2-1
#>=Req: d
#>=Req: c
#>=Req: v1
#>=Rec: v2
#>=Sup: a > 2-1
#>=Tim: 2
system x86_64 rpm @System
poolflags noinstalledobsoletes,implicitobsoleteusescolors
solverflags keeporphans
job erase name b < 1:1
job distupgrade pkg b-2-2.noarch@@System [weak,cleandeps]
job install name d
result transaction,problems,rules,alternatives,reason,cleandeps,userinstalled,jobs
