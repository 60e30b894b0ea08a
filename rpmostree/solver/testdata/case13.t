repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: d 1 1 x86_64
#>=Prv: d = 1-1
#>=Prv: v4
#>=Prv: v1 = 1:1-1
#>=Req: missing
#>=Req: missing < 1:1-1 - aa
#>=Con: v3
#>=Rec: d
#>=Sup: c < 2 + bb <= 2-2
repo r0 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: c 1 1 x86_64
#>=Prv: c = 1-1
#>=Prv: v1 = 2-2
#>=Req: d
#>=Con: bb
#>=Enh: aa <= 2-2
#>=Pkg: d 2 1 noarch
#>=Prv: d = 2-1
#>=Prv: v2
#>=Req: c
#>=Prq: aa
#>=Sup: bb
#>=Pkg: bb 2 1 x86_64
#>=Prv: bb = 2-1
#>=Prv: v3 = 3~rc1-1
#>=Req: aa
#>=Rec: v1 = 2-1
#>=Tim: 2
#>=Pkg: c 3 1 x86_64
#>=Prv: c = 3-1
#>=Prv: v2 = 3~rc1-1
#>=Obs: v3
#>=Tim: 2
#>=Pkg: bb 3~rc1 1 noarch
#>=Prv: bb = 3~rc1-1
#>=Prv: v0 = 1:1
#>=Prv: v4
#>=Req: v3
#>=Rec: v1
#>=Pkg: aa 3 1 noarch
#>=Prv: aa = 3-1
#>=Prv: v1
#>=Req: c & v4 <= 2
#>=Rec: v2
#>=Sug: aa
#>=Enh: bb <> 2-2
system x86_64 rpm @System
disable name bb
job distupgrade all packages [forcebest]
job update all packages
job distupgrade all packages
result transaction,problems,rules,alternatives,reason,proof,jobs
