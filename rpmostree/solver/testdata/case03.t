repo @System 0 testtags <inline>
#>=Ver: 3.0
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 i686
#>=Prv: b = 1-1
#>=Prv: v1 = 2-2
#>=Req: v1
#>=Req: cc <> 2
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: cc 3~rc1 1 i686
#>=Prv: v0
#>=Pkg: b 1:1 1 x86_64
#>=Prv: b = 1:1-1
#>=Prv: v1 = 1
#>=Req: a
#>=Con: b
#>=Rec: a
#>=Enh: cc
#>=Pkg: cc 1:1 1 x86_64
#>=Prv: cc = 1:1-1
#>=Req: a
#>=Req: v2
#>=Req: v1 <> 2
#>=Sup: cc
#>+Fls:
#>/usr/bin/f1
#>-Fls:
system x86_64 rpm @System
poolflags noinstalledobsoletes
solverflags noinfarchcheck,focusinstalled
job install oneof cc-1:1-1.x86_64@r0 b-1:1-1.x86_64@r0 b-1-1.i686@r0
job userinstalled name b [orupdate,setevr]
job install oneof b-1:1-1.x86_64@r0 b-1-1.i686@r0
result transaction,problems,rules,alternatives,reason,order,jobs
