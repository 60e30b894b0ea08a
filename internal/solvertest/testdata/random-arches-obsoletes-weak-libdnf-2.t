repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 2 x86_64
#>=Prv: E = 2-2
#>=Obs: H <> 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 i586
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: A 2 1 x86_64
#>=Prv: A = 2-1
#>=Req: B
#>=Tim: 200
#>=Pkg: E 2 1 x86_64
#>=Prv: W < 3
#>=Req: A
#>=Prq: X < 1
#>=Req: B
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 2 2 i586
#>=Prv: H = 2-2
#>=Prv: W < 2-1
#>=Req: H <= 2-2
#>=Obs: G
#>=Obs: B <= 2
#>=Rec: X
#>=Enh: H
#>=Rec: E
#>=Tim: 100
#>=Pkg: F 2 1 i586
#>=Prv: F = 2-1
#>=Enh: F
#>=Sup: F
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 i686
#>=Prv: A = 1-1
#>=Req: H > 2-2
#>=Tim: 200
#>=Pkg: C 3 1 x86_64
#>=Prv: C = 3-1
#>=Req: W >= 2-1
#>=Obs: E
#>=Sup: W >= 2-1
#>=Tim: 100
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Tim: 200
#>=Pkg: G 3 1 i686
#>=Prv: G = 3-1
#>=Tim: 100
#>=Pkg: C 2 1 x86_64
#>=Prv: C = 2-1
#>=Sup: V <= 2-2
#>=Tim: 100
#>=Pkg: B 3 1 i586
#>=Prv: B = 3-1
#>=Prv: V >= 3
#>=Prq: D
#>=Req: F
#>=Tim: 100
#>=Pkg: H 3 1 i686
#>=Prv: H = 3-1
#>=Req: nosuch
#>=Rec: W >= 2-1
#>=Tim: 100
system x86_64 rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes allowdowngrade addalreadyrecommended
job install name A [setarch,setevr]
job install name B [setarch,setevr]
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>autoinst name E
#>autoinst name F
#>install A-2-1.x86_64@r1
#>install B-3-1.i586@r3
#>install D-1-1.noarch@r1
#>install F-2-1.x86_64@r3
#>job install name A [setevr,setarch]
#>job install name B [setevr,setarch]
#>reason A-1-1.i686@r3 unit 44d2f3f0dd854849f862ac60acfdd3fd
#>reason A-2-1.x86_64@r1 unit 18b78a54a0e7d28db10f2d365cff1295
#>reason B-3-1.i586@r3 unit 81d1c6149298a93cc3cebad90487031f
#>reason C-3-1.x86_64@r3 unit 7bd5aa9116df1914aad78d184ee4e27c
#>reason D-1-1.noarch@r1 unit 64d522361fa3d2d73cc7abb913b76bef
#>reason E-2-1.x86_64@r1 unit 8867a714fb0cc1520f25667e180c1896
#>reason E-2-2.x86_64@system unit 3d2dbca338f7923a941f5ed975746fc6
#>reason F-2-1.x86_64@r3 resolve 3405f3be17b3b46e4d34a3fe6ac922dd
#>reason H-2-2.i586@r2 unit 9cb7d9172401300048fcfef3f58261ae
#>reason H-3-1.i686@r3 unit e155a6076c9dc798ce293b993699d065
#>recommended F-2-1.i586@r2
#>rule infarch 32846c42c82a1041cde5ca9ac3956ba4 -A-1-1.i686@r3
#>rule infarch 9cb7d9172401300048fcfef3f58261ae -H-2-2.i586@r2
#>rule infarch b643098a620d3f16f1ca532dcdff3d54  F-2-1.x86_64@r3
#>rule infarch b643098a620d3f16f1ca532dcdff3d54 -F-2-1.i586@r2
#>rule job 18b78a54a0e7d28db10f2d365cff1295  A-1-1.i686@r3
#>rule job 18b78a54a0e7d28db10f2d365cff1295  A-2-1.x86_64@r1
#>rule job 81d1c6149298a93cc3cebad90487031f  B-3-1.i586@r3
#>rule pkg 047c756d4f8c43f44271c7bb97b3f0a2 -G-3-1.i686@r3
#>rule pkg 047c756d4f8c43f44271c7bb97b3f0a2 -H-2-2.i586@r2
#>rule pkg 252269aa27d4ca2eb2b76acd7eedf982 -E-2-2.x86_64@system
#>rule pkg 252269aa27d4ca2eb2b76acd7eedf982 -H-2-2.i586@r2
#>rule pkg 3405f3be17b3b46e4d34a3fe6ac922dd  F-2-1.i586@r2
#>rule pkg 3405f3be17b3b46e4d34a3fe6ac922dd  F-2-1.x86_64@r3
#>rule pkg 3405f3be17b3b46e4d34a3fe6ac922dd -B-3-1.i586@r3
#>rule pkg 34902c6ee81ea1edbd20967b82a881e8 -E-2-2.x86_64@system
#>rule pkg 34902c6ee81ea1edbd20967b82a881e8 -H-3-1.i686@r3
#>rule pkg 447c3fea3bc605453af12920fdb42c3a  B-3-1.i586@r3
#>rule pkg 447c3fea3bc605453af12920fdb42c3a -A-2-1.x86_64@r1
#>rule pkg 44d2f3f0dd854849f862ac60acfdd3fd  H-3-1.i686@r3
#>rule pkg 44d2f3f0dd854849f862ac60acfdd3fd -A-1-1.i686@r3
#>rule pkg 4e3a6f3535961f77d995698c7eb36efd -C-3-1.x86_64@r3
#>rule pkg 4e3a6f3535961f77d995698c7eb36efd -E-2-2.x86_64@system
#>rule pkg 544e3e4efbcc8f5684d6a4c2bfe169f9  A-1-1.i686@r3
#>rule pkg 544e3e4efbcc8f5684d6a4c2bfe169f9  A-2-1.x86_64@r1
#>rule pkg 544e3e4efbcc8f5684d6a4c2bfe169f9 -E-2-1.x86_64@r1
#>rule pkg 546204ed806367bcc90f861fba17d84c  B-3-1.i586@r3
#>rule pkg 546204ed806367bcc90f861fba17d84c -E-2-1.x86_64@r1
#>rule pkg 59ea1c5695534ccb6c28666a9974acd5 -C-2-1.x86_64@r3
#>rule pkg 59ea1c5695534ccb6c28666a9974acd5 -C-3-1.x86_64@r3
#>rule pkg 64d522361fa3d2d73cc7abb913b76bef  D-1-1.noarch@r1
#>rule pkg 64d522361fa3d2d73cc7abb913b76bef -B-3-1.i586@r3
#>rule pkg 75c23bbdf2724db272b228e5a18cc91a -H-2-2.i586@r2
#>rule pkg 75c23bbdf2724db272b228e5a18cc91a -H-3-1.i686@r3
#>rule pkg 7bd5aa9116df1914aad78d184ee4e27c  E-2-1.x86_64@r1
#>rule pkg 7bd5aa9116df1914aad78d184ee4e27c -C-3-1.x86_64@r3
#>rule pkg 8867a714fb0cc1520f25667e180c1896 -E-2-1.x86_64@r1
#>rule pkg 8e1a789543f39b5f8a9bafc678cc3e24 -E-2-1.x86_64@r1
#>rule pkg 8e1a789543f39b5f8a9bafc678cc3e24 -E-2-2.x86_64@system
#>rule pkg e155a6076c9dc798ce293b993699d065 -H-3-1.i686@r3
#>rule update 3d2dbca338f7923a941f5ed975746fc6  C-3-1.x86_64@r3
#>rule update 3d2dbca338f7923a941f5ed975746fc6  E-2-2.x86_64@system
#>suggested F-2-1.i586@r2
#>unneeded_filtered E-2-2.x86_64@system
#>userinstalled pkg A-2-1.x86_64@r1
#>userinstalled pkg B-3-1.i586@r3
