repo system 10 empty
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 i586
#>=Prq: E <> 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 i586
#>=Prv: C = 1-1
#>=Prv: V
#>=Req: D
#>=Tim: 100
#>=Pkg: F 3 1 i586
#>=Prv: F = 3-1
#>=Req: X
#>=Tim: 100
#>=Pkg: F 3 2 i586
#>=Prv: F = 3-2
#>=Prv: V < 1
#>=Prv: W
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: A 2 1 i586
#>=Prv: A = 2-1
#>=Prv: W = 3-1
#>=Req: V <> 2-1
#>=Tim: 100
#>=Pkg: C 2 2 noarch
#>=Prv: C = 2-2
#>=Tim: 100
#>=Pkg: A 2 1 i686
#>=Prv: A = 2-1
#>=Obs: B
#>=Obs: A
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: X
#>=Req: V <> 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 i686
#>=Prv: E = 2-1
#>=Tim: 100
#>=Pkg: F 2 1 i686
#>=Prv: F = 2-1
#>=Tim: 100
#>=Pkg: E 1 1 i586
#>=Prv: E = 1-1
#>=Prv: V = 2
#>=Req: W
#>=Prq: C
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: X
#>=Prv: V
#>=Prq: X
#>=Tim: 100
#>=Pkg: B 3 1 i586
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: E
#>=Tim: 100
system i686 rpm system
solverflags onlynamespacerecommended
job install name B
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name E
#>install B-3-1.noarch@r3
#>install E-2-1.i686@r3
#>job install name B
#>reason B-3-1.noarch@r3 unit fdf3bd42c79019e49894b9421d138764
#>reason C-1-1.i586@r2 unit b1a8830e1cc34fd969cf69cd02a701eb
#>reason E-1-1.i586@r3 unit a557633848d24e317fdc0d25523ae74b
#>reason E-2-1.i686@r3 unit c3a42e8226d2ecb8f3c65015e544688b
#>rule infarch a557633848d24e317fdc0d25523ae74b -E-1-1.i586@r3
#>rule job fdf3bd42c79019e49894b9421d138764  B-3-1.noarch@r3
#>rule pkg 0016e83063f9fb8d21dbe8558f6adfc2 -C-1-1.noarch@r2
#>rule pkg 0016e83063f9fb8d21dbe8558f6adfc2 -C-2-1.noarch@r3
#>rule pkg 1f051281d71999f442be58c8e6328270 -C-1-1.noarch@r2
#>rule pkg 1f051281d71999f442be58c8e6328270 -C-2-2.noarch@r2
#>rule pkg 2161afafccceb22b4d325cfbdc916496 -F-2-1.i686@r3
#>rule pkg 2161afafccceb22b4d325cfbdc916496 -F-3-2.i586@r2
#>rule pkg 5496d7dbc7ea2b5423ee4c97570c68c6 -C-1-1.i586@r2
#>rule pkg 5496d7dbc7ea2b5423ee4c97570c68c6 -C-2-1.noarch@r3
#>rule pkg 646f52976ff856065ad3e436f636254d  C-1-1.i586@r2
#>rule pkg 646f52976ff856065ad3e436f636254d  C-2-1.noarch@r3
#>rule pkg 646f52976ff856065ad3e436f636254d  E-1-1.i586@r3
#>rule pkg 646f52976ff856065ad3e436f636254d  F-3-2.i586@r2
#>rule pkg 646f52976ff856065ad3e436f636254d -A-2-1.i586@r2
#>rule pkg 7463cf9e3cb2de6a003395e546cb8a13 -C-1-1.i586@r2
#>rule pkg 7463cf9e3cb2de6a003395e546cb8a13 -C-2-2.noarch@r2
#>rule pkg 74b71d6bbc93ee595aa9fa5b56a60da3 -A-2-1.i586@r2
#>rule pkg 74b71d6bbc93ee595aa9fa5b56a60da3 -A-2-1.i686@r2
#>rule pkg 8832aa1cf252d019de68940e860d8d71 -A-2-1.i586@r2
#>rule pkg 8832aa1cf252d019de68940e860d8d71 -A-2-1.noarch@r2
#>rule pkg 8efb2b93b723c0db65918a50c86af483  A-2-1.i586@r2
#>rule pkg 8efb2b93b723c0db65918a50c86af483  F-3-2.i586@r2
#>rule pkg 8efb2b93b723c0db65918a50c86af483 -E-1-1.i586@r3
#>rule pkg b001ca0eba52f633cae76ff76e57d870  C-1-1.i586@r2
#>rule pkg b001ca0eba52f633cae76ff76e57d870  C-1-1.noarch@r2
#>rule pkg b001ca0eba52f633cae76ff76e57d870  C-2-1.noarch@r3
#>rule pkg b001ca0eba52f633cae76ff76e57d870  C-2-2.noarch@r2
#>rule pkg b001ca0eba52f633cae76ff76e57d870 -E-1-1.i586@r3
#>rule pkg b1a8830e1cc34fd969cf69cd02a701eb -C-1-1.i586@r2
#>rule pkg c3a42e8226d2ecb8f3c65015e544688b  E-1-1.i586@r3
#>rule pkg c3a42e8226d2ecb8f3c65015e544688b  E-2-1.i686@r3
#>rule pkg c3a42e8226d2ecb8f3c65015e544688b -B-3-1.noarch@r3
#>rule pkg cb40fddcaeef56b68c7c69f4915870b8 -C-1-1.i586@r2
#>rule pkg cb40fddcaeef56b68c7c69f4915870b8 -C-1-1.noarch@r2
#>rule pkg ccaa5b3f29a19572eaf26c7393074c4c -C-2-1.noarch@r3
#>rule pkg ccaa5b3f29a19572eaf26c7393074c4c -C-2-2.noarch@r2
#>rule pkg e77b4a5c608b39bfa6737dc163579720 -F-3-1.i586@r2
#>rule pkg e77b4a5c608b39bfa6737dc163579720 -F-3-2.i586@r2
#>rule pkg eaf1de638eafdadeb0b279e77d353de1 -E-1-1.i586@r3
#>rule pkg eaf1de638eafdadeb0b279e77d353de1 -E-2-1.i686@r3
#>userinstalled pkg B-3-1.noarch@r3
