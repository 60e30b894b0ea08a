repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 noarch
#>=Vnd: V2
#>=Prv: a = 1:1-1
#>=Req: v1
#>=Rec: bb
#>=Sup: missing
#>+Fls:
#>/usr/bin/f1
#>-Fls:
#>=Pkg: bb 2 2 x86_64
#>=Prv: bb = 2-2
#>=Prv: v1 = 1-1
#>=Con: cc > 1-1
#>=Obs: dd >= 2-2
#>=Pkg: dd 1:1 1 i686
#>=Prv: v1 = 2-2
#>=Req: v0
#>=Req: v0
#>=Req: dd
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 1:1 1 x86_64
#>=Prv: cc = 1:1-1
#>=Rec: bb
#>=Pkg: cc 1:1 1 noarch
#>=Vnd: V1
#>=Prv: cc = 1:1-1
#>=Prv: v1 = 2-2
#>=Obs: dd
#>=Tim: 2
#>=Pkg: a 2 1 x86_64
#>=Vnd: V1
#>=Prv: a = 2-1
#>=Prv: v1
#>=Req: bb
#>=Req: a = 2-1
#>=Enh: cc
#>=Pkg: bb 2 2 noarch
#>=Prv: bb = 2-2
#>=Prv: v1 = 2
#>=Prv: v0
#>=Req: dd
#>=Prq: bb
#>=Con: v0 <> 1:1-1
repo r1 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 2 2 noarch
#>=Vnd: V1
#>=Prv: a = 2-2
#>=Req: a >= 3~rc1-1
#>=Req: v1
#>=Obs: v0
#>=Sug: v1
#>=Pkg: bb 2 2 noarch
#>=Prv: bb = 2-2
#>=Prv: v1 = 2
#>=Req: a
#>=Req: /usr/bin/f1
#>=Req: bb > 3~rc1
#>=Sup: a
#>=Tim: 2
#>=Pkg: cc 3~rc1 1 i686
#>=Prv: cc = 3~rc1-1
#>=Con: cc = 2
#>=Enh: cc > 1:1
#>=Pkg: bb 2 1 noarch
#>=Vnd: V2
#>=Prv: bb = 2-1
#>=Prv: v0
#>=Req: v0
#>=Req: dd
#>=Obs: v0
#>=Rec: a
system x86_64 rpm @System
poolflags noinstalledobsoletes
disable pkg cc-1:1-1.x86_64@r0
disable pkg a-1:1-1.noarch@@System
solverflags addalreadyrecommended
job distupgrade all packages
job install pkg a-2-2.noarch@r1
job favor provides cc
result transaction,problems,rules,alternatives,reason,orderedges
