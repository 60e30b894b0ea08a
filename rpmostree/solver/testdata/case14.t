repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 1:1 1 x86_64
#>=Vnd: V2
#>=Prv: a = 1:1-1
#>=Prv: v1
#>=Req: a < 3~rc1
#>=Pkg: b 1 1 noarch
#>=Prv: b = 1-1
#>=Req: b
#>=Rec: a
#>=Sug: a
#>=Sup: v1 = 2-2
#>=Tim: 1
#>+Fls:
#>/usr/bin/f1
#>-Fls:
repo r0 20.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Req: c
#>=Req: v1 <= 2
#>=Req: v1 < 2-1
#>=Con: missing < 3-1
#>=Rec: v1
#>=Pkg: b 3 1 x86_64
#>=Vnd: V1
#>=Prv: b = 3-1
#>=Prv: v0 = 2-2
#>=Sug: v2 = 1:1-1
repo r1 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 1 1 x86_64
#>=Vnd: V2
#>=Prv: b = 1-1
#>=Req: v0
#>=Req: v2
#>=Req: b <= 3-1
#>+Fls:
#>/usr/bin/f0
#>-Fls:
#>=Pkg: a 1:1 1 noarch
#>=Prv: a = 1:1-1
#>=Prv: v2
#>=Req: v0 < 1-1
repo r2 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 3 1 noarch
#>=Prv: b = 3-1
#>=Prv: v1
#>=Req: v2 < 3-1
#>=Enh: c & b <> 1-1
#>=Pkg: c 3~rc1 1 noarch
#>=Vnd: V2
#>=Prv: c = 3~rc1-1
#>=Prv: v0
#>=Prv: v0
#>=Pkg: b 1 1 noarch
#>=Vnd: V2
#>=Prv: b = 1-1
#>=Prv: v0
#>=Req: a < 1-1
#>=Req: v1 <= 2-2 & v2 > 1:1
#>=Req: c
#>=Pkg: c 1:1 1 noarch
#>=Vnd: V1
#>=Prv: c = 1:1-1
#>=Prv: v0 = 1:1-1
#>=Req: b
#>=Req: c <> 3~rc1-1 <IF> (a > 1-1 | c <> 2)
#>=Sup: v1
#>=Enh: a
system x86_64 rpm @System
poolflags implicitobsoleteusescolors
disable name a
disable pkg a-1:1-1.x86_64@@System
solverflags allowvendorchange,addalreadyrecommended,!dupallowarchchange
job excludefromweak name a
job droporphaned name c = 1
job blacklist oneof c-1:1-1.noarch@r2 b-1-1.noarch@r2 c-3~rc1-1.noarch@r2
job install name b = 3~rc1 [setrepo]
job distupgrade name c
job blacklist pkg b-1-1.noarch@r2
result transaction,problems,rules,alternatives,reason,orphaned,userinstalled,jobs
