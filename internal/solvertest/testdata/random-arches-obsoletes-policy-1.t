repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 2 1 noarch
#>=Prv: H = 2-1
#>=Obs: H >= 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 i686
#>=Prv: B = 2-1
#>=Prv: V
#>=Tim: 100
#>=Pkg: G 1 1 i686
#>=Prv: G = 1-1
#>=Obs: C > 2-1
#>=Tim: 100
#>=Pkg: F 2 1 i686
#>=Prv: F = 2-1
#>=Prv: V >= 3-1
#>=Tim: 100
#>=Pkg: G 2 1 i686
#>=Prv: G = 2-1
#>=Tim: 100
#>=Pkg: H 2 2 noarch
#>=Prv: H = 2-2
#>=Obs: F
#>=Tim: 100
#>=Pkg: H 3 1 noarch
#>=Prv: H = 3-1
#>=Prv: G = 2-2
#>=Obs: B >= 3
#>=Obs: D >= 1-1
#>=Obs: C = 1
#>=Tim: 100
#>=Pkg: D 1 1 i686
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Prv: W = 2
#>=Prv: X
#>=Tim: 100
#>=Pkg: D 3 2 i686
#>=Prv: D = 3-2
#>=Req: G < 2-2
#>=Tim: 100
#>=Pkg: D 1 1 i686
#>=Prv: D = 1-1
#>=Req: W
#>=Req: W
#>=Req: X
#>=Req: D < 3
#>=Tim: 100
#>=Pkg: H 1 2 i686
#>=Prv: H = 1-2
#>=Tim: 100
#>=Pkg: B 1 1 i686
#>=Prv: B = 1-1
#>=Prv: V
#>=Req: V
#>=Req: B > 3-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 i586
#>=Prv: D = 1-1
#>=Obs: D > 1
#>=Tim: 200
#>=Pkg: D 3 1 i586
#>=Prv: D = 3-1
#>=Prv: W
#>=Req: V >= 2-2
#>=Tim: 100
#>=Pkg: C 3 1 i686
#>=Prv: C = 3-1
#>=Prv: X >= 2-2
#>=Obs: G <> 3
#>=Tim: 100
#>=Pkg: E 1 1 i586
#>=Prv: E = 1-1
#>=Prq: D <= 3-1
#>=Tim: 100
#>=Pkg: F 1 1 i686
#>=Prv: F = 1-1
#>=Req: F
#>=Req: V > 2-1
#>=Tim: 200
#>=Pkg: F 1 1 i586
#>=Prv: F = 1-1
#>=Prv: F
#>=Req: X
#>=Tim: 200
#>=Pkg: G 1 1 i686
#>=Prv: G = 1-1
#>=Req: X
#>=Tim: 100
#>=Pkg: E 2 1 i586
#>=Prv: E = 2-1
#>=Prv: X = 2-1
#>=Prv: V = 3
#>=Prv: V = 2
#>=Req: D
#>=Req: B
#>=Tim: 100
system i686 rpm system
solverflags allowvendorchange
job install name A <> 3
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name H
#>job install name A <> 3
#>problem c43b1300 info package A <> 3 does not exist
#>problem c43b1300 solution 646c134c deljob install name A <> 3
#>reason H-1-2.i686@r2 unit 1da109b8d58a9096280b7b999bb1d3b2
#>reason H-2-1.noarch@system keep 98c080953271d40415bc8f78781d6543
#>reason H-2-2.noarch@r1 unit 952c177962126e9712a9ad8c9f025cb8
#>reason H-3-1.noarch@r1 unit 1a058d477a63c2e6f711f04ec17a41d7
#>rule feature 62739634183e48ecb510808f9d206d57  H-1-2.i686@r2
#>rule feature 62739634183e48ecb510808f9d206d57  H-2-1.noarch@system
#>rule feature 62739634183e48ecb510808f9d206d57  H-2-2.noarch@r1
#>rule feature 62739634183e48ecb510808f9d206d57  H-3-1.noarch@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 09a11395f70877f4cc8806cb73bf52e5 -H-1-2.i686@r2
#>rule pkg 09a11395f70877f4cc8806cb73bf52e5 -H-3-1.noarch@r1
#>rule pkg 18c8728bd55e24ffbb835d5f65591932 -B-3-1.noarch@r2
#>rule pkg 18c8728bd55e24ffbb835d5f65591932 -H-3-1.noarch@r1
#>rule pkg 1a058d477a63c2e6f711f04ec17a41d7 -H-2-1.noarch@system
#>rule pkg 1a058d477a63c2e6f711f04ec17a41d7 -H-3-1.noarch@r1
#>rule pkg 1da109b8d58a9096280b7b999bb1d3b2 -H-1-2.i686@r2
#>rule pkg 1da109b8d58a9096280b7b999bb1d3b2 -H-2-1.noarch@system
#>rule pkg 4324ff789fe9bdd75480897de61b8650 -F-2-1.i686@r1
#>rule pkg 4324ff789fe9bdd75480897de61b8650 -H-2-2.noarch@r1
#>rule pkg 4fb337660111d3fd4bd020d16d7d4d2a -D-3-1.i586@r3
#>rule pkg 4fb337660111d3fd4bd020d16d7d4d2a -H-3-1.noarch@r1
#>rule pkg 5719ba015529f8ce9f86b47c60e94461 -F-1-1.i686@r3
#>rule pkg 5719ba015529f8ce9f86b47c60e94461 -H-2-2.noarch@r1
#>rule pkg 6ed961d88fd1f1224a523f36900eca05 -D-1-1.i686@r2
#>rule pkg 6ed961d88fd1f1224a523f36900eca05 -H-3-1.noarch@r1
#>rule pkg 77d8a6b6523b4cdc172b08f95c40fc99 -F-1-1.i586@r3
#>rule pkg 77d8a6b6523b4cdc172b08f95c40fc99 -H-2-2.noarch@r1
#>rule pkg 7c8e24af1f44c863338607bad6efd8d9 -D-3-2.i686@r2
#>rule pkg 7c8e24af1f44c863338607bad6efd8d9 -H-3-1.noarch@r1
#>rule pkg 8c0c3b4d594e8d7b3dd5ab24b8aaf9b8 -H-2-2.noarch@r1
#>rule pkg 8c0c3b4d594e8d7b3dd5ab24b8aaf9b8 -H-3-1.noarch@r1
#>rule pkg 92acf73fd3ec89e6d5d4e6e4759f1d89 -D-1-1.i586@r3
#>rule pkg 92acf73fd3ec89e6d5d4e6e4759f1d89 -H-3-1.noarch@r1
#>rule pkg 952c177962126e9712a9ad8c9f025cb8 -H-2-1.noarch@system
#>rule pkg 952c177962126e9712a9ad8c9f025cb8 -H-2-2.noarch@r1
#>rule pkg b06c77da16bc9508be48c8a91af13053 -H-1-2.i686@r2
#>rule pkg b06c77da16bc9508be48c8a91af13053 -H-2-2.noarch@r1
#>rule update 98c080953271d40415bc8f78781d6543  H-2-1.noarch@system
#>rule update 98c080953271d40415bc8f78781d6543  H-2-2.noarch@r1
#>rule update 98c080953271d40415bc8f78781d6543  H-3-1.noarch@r1
#>unneeded_filtered H-2-1.noarch@system
