repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 2 2 i586
#>=Prv: F = 2-2
#>=Req: A
#>=Req: H
#>=Sup: E
#>=Tim: 100
#>=Pkg: D 2 1 x86_64
#>=Prv: D = 2-1
#>=Tim: 200
#>=Pkg: E 2 1 x86_64
#>=Prv: E = 2-1
#>=Req: D
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: W
#>=Rec: X
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 3 2 i586
#>=Prv: F = 3-2
#>=Tim: 200
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Tim: 200
#>=Pkg: D 2 2 x86_64
#>=Prv: D = 2-2
#>=Prv: W
#>=Obs: D
#>=Sug: X
#>=Tim: 100
#>=Pkg: F 1 1 x86_64
#>=Prv: F = 1-1
#>=Tim: 100
#>=Pkg: A 1 2 i586
#>=Prv: A = 1-2
#>=Enh: F
#>=Sug: B
#>=Sup: nosuch
#>=Tim: 100
#>=Pkg: E 3 1 x86_64
#>=Prv: E = 3-1
#>=Req: B
#>=Obs: F
#>=Sug: H
#>=Tim: 100
#>=Pkg: G 3 2 i686
#>=Prv: G = 3-2
#>=Obs: A <= 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 1 1 x86_64
#>=Prv: G = 1-1
#>=Req: C = 2-1
#>=Req: B
#>=Tim: 100
#>=Pkg: C 1 1 i686
#>=Prv: C = 1-1
#>=Prv: W
#>=Prq: D >= 2-2
#>=Tim: 200
system x86_64 rpm system
poolflags implicitobsoleteusescolors whatprovideswithdisabled
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes allowdowngrade
job erase name D
job lock pkg F-2-2.i586@system
job lock pkg D-2-1.x86_64@system
job lock pkg D-2-1.noarch@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>autoinst name E
#>autoinst name F
#>job erase name D
#>job lock pkg D-2-1.noarch@system
#>job lock pkg D-2-1.x86_64@system
#>job lock pkg F-2-2.i586@system
#>problem af20040b info conflicting requests
#>problem af20040b solution 41d36ab0 deljob erase name D
#>problem af20040b solution f6c6086b deljob lock pkg D-2-1.noarch@system
#>problem af20040b solution f6c6086b deljob lock pkg D-2-1.x86_64@system
#>problem af20040b solution f6c6086b erase E-2-1.x86_64@system
#>reason D-2-1.noarch@system unit 5f4cffb427f25a97e002249376a82448
#>reason D-2-1.x86_64@system keep 0bc4a9dae6e3e162c60e2dae95933d6c
#>reason D-2-2.x86_64@r1 unit 739fefb796173669bc45f93b8c7f37f7
#>reason E-2-1.x86_64@system unit d050d6c70fac97801e63556c1d13aac1
#>reason E-3-1.x86_64@r1 unit 57d73da8b6f875dfaa592e9858a1b014
#>reason F-2-2.i586@system unit a93452076be5e90acf1481690f308ea8
#>reason F-3-2.i586@r1 unit 3e4f4ed2471337b6e8a1d5ddaa5e4fae
#>recommended F-2-2.i586@system
#>rule job 4ecedc8fe6086eb9542ee27a8f0f3618  D-2-1.x86_64@system
#>rule job 5f4cffb427f25a97e002249376a82448  D-2-1.noarch@system
#>rule job a93452076be5e90acf1481690f308ea8  F-2-2.i586@system
#>rule job b49ef4188c9a7de80897619c1e1bb3e5 -D-2-2.x86_64@r1
#>rule job b580ee298f95a0bedf2712eaaf3eedc1 -D-2-1.x86_64@system
#>rule job ea47545cd2dc3f436b590f940cb96b52 -D-2-1.noarch@system
#>rule pkg 3005bd3a356a863e3f614c6010eddb71 -E-3-1.x86_64@r1
#>rule pkg 3005bd3a356a863e3f614c6010eddb71 -F-1-1.x86_64@r1
#>rule pkg 3e4f4ed2471337b6e8a1d5ddaa5e4fae -F-2-2.i586@system
#>rule pkg 3e4f4ed2471337b6e8a1d5ddaa5e4fae -F-3-2.i586@r1
#>rule pkg 4692096aa234d97874f46ebe471efb0a  D-2-1.noarch@system
#>rule pkg 4692096aa234d97874f46ebe471efb0a  D-2-1.x86_64@system
#>rule pkg 4692096aa234d97874f46ebe471efb0a  D-2-2.x86_64@r1
#>rule pkg 4692096aa234d97874f46ebe471efb0a -E-2-1.x86_64@system
#>rule pkg 55641a2f5c16e26c74e3b7ca6e7aa577 -E-2-1.x86_64@system
#>rule pkg 55641a2f5c16e26c74e3b7ca6e7aa577 -E-3-1.x86_64@r1
#>rule pkg 57d73da8b6f875dfaa592e9858a1b014 -E-3-1.x86_64@r1
#>rule pkg 5a1ffa18412f2f614f2f44464dc28b21 -E-3-1.x86_64@r1
#>rule pkg 5a1ffa18412f2f614f2f44464dc28b21 -F-2-2.i586@system
#>rule pkg 739fefb796173669bc45f93b8c7f37f7 -D-2-1.noarch@system
#>rule pkg 739fefb796173669bc45f93b8c7f37f7 -D-2-2.x86_64@r1
#>rule pkg 77ee415cea36a1f7e7d1a8add52dff54 -D-2-1.x86_64@system
#>rule pkg 77ee415cea36a1f7e7d1a8add52dff54 -D-2-2.x86_64@r1
#>rule pkg e7a35e450c4b832708d50c273696f260 -E-3-1.x86_64@r1
#>rule pkg e7a35e450c4b832708d50c273696f260 -F-3-2.i586@r1
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-1.noarch@system
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-1.noarch@system
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-1.x86_64@system
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-1.x86_64@system
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-2.x86_64@r1
#>rule update 0bc4a9dae6e3e162c60e2dae95933d6c  D-2-2.x86_64@r1
#>rule update 6ef841e23f2bf519b65f4364fda06b84  F-2-2.i586@system
#>rule update 6ef841e23f2bf519b65f4364fda06b84  F-3-2.i586@r1
#>rule update d050d6c70fac97801e63556c1d13aac1  E-2-1.x86_64@system
#>rule update d050d6c70fac97801e63556c1d13aac1  E-3-1.x86_64@r1
#>suggested A-1-2.i586@r1
#>unneeded_filtered E-2-1.x86_64@system
