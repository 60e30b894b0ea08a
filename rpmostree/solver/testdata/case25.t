repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: b 3 1 noarch
#>=Prv: b = 3-1
#>=Req: cc
#>=Req: v1 < 2
#>=Con: b
#>=Sup: v2
#>=Pkg: a 1:1 1 noarch
#>=Prv: a = 1:1-1
#>=Con: a
#>=Rec: v0
repo r0 0.5 testtags <inline>
#>=Ver: 3.0
#>=Pkg: cc 2 2 x86_64
#>=Prv: cc = 2-2
#>=Req: v1 >= 2-1
#>=Req: a < 3-1
#>=Req: v1
#>=Rec: cc <= 2-2
#>=Pkg: cc 2 1 x86_64
#>=Prv: cc = 2-1
#>=Prv: v0 = 3~rc1
#>=Prv: v1
#>=Req: v0 >= 2-2
#>=Req: b
#>=Req: b
#>=Rec: missing
#>=Sup: a
#>=Pkg: a 1:1 1 noarch
#>=Prv: v1
#>=Req: b
#>=Rec: v1 <= 2-1
#>=Sup: v0
#>=Pkg: a 3~rc1 1 noarch
#>=Req: b <= 1-1
#>=Req: b > 1:1-1
#>=Rec: a
#>=Sug: v1
#>=Pkg: a 3 1 x86_64
#>=Prv: a = 3-1
#>=Prv: v0 = 1:1-1
#>=Req: cc < 1:1
#>=Req: missing <= 3~rc1
#>=Req: b
#>=Con: v1 >= 2-1
#>=Rec: a <> 1-1
#>=Pkg: b 3~rc1 1 noarch
#>=Prv: b = 3~rc1-1
#>=Prv: v0 = 1-1
system x86_64:i686>i586 rpm @System
poolflags implicitobsoleteusescolors
solverflags addalreadyrecommended,!allownamechange
job blacklist oneof cc-2-2.x86_64@r0 b-3-1.noarch@@System a-3-1.x86_64@r0 b-3~rc1-1.noarch@r0 [targeted,setevr,setarch]
job install oneof a-1:1-1.noarch@r0 a-1:1-1.noarch@@System b-3~rc1-1.noarch@r0 b-3-1.noarch@@System [weak]
result transaction,problems,rules,alternatives,reason,orderedges,recommended,proof
