repo system 0 empty
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prq: B
#>=Sug: B
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prq: A <> 2-2
#>=Enh: A
#>=Enh: A
#>=Sug: W
#>=Rec: B
#>=Tim: 200
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Rec: B
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Enh: A > 1-1
#>=Tim: 100
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Prq: A <= 1
#>=Prq: A
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 200
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Sup: X
#>=Sug: C <= 2
#>=Tim: 200
#>=Pkg: C 3 2 noarch
#>=Prv: C = 3-2
#>=Prv: W = 2
#>=Prq: B
#>=Tim: 200
system x86_64 rpm system
solverflags strongrecommends
job install name B
job install provides A <> 1-1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>install A-3-1.noarch@r2
#>install B-3-2.noarch@r1
#>job install name B
#>job install provides A <> 1-1
#>reason A-2-2.noarch@r1 unit bc96ed4ed0de1319440645201115b4c8
#>reason A-2-2.noarch@r2 unit 8872a9efb3721686a6cc61e499476257
#>reason A-3-1.noarch@r2 unit 5627bbc6cd47c18cf527eb4f27b87884
#>reason B-2-1.noarch@r1 unit e038c357fd7c207722db68838199eda8
#>reason B-2-2.noarch@r2 unit 7c5358df81e319305938b2405b5183e6
#>reason B-3-1.noarch@r2 unit b4f43e511e42b789482970ceda125f62
#>reason B-3-2.noarch@r1 job ba1bef67a55a2dc470a40635cb506d61
#>recommended B-3-2.noarch@r1
#>rule job ba1bef67a55a2dc470a40635cb506d61  B-2-1.noarch@r1
#>rule job ba1bef67a55a2dc470a40635cb506d61  B-2-2.noarch@r2
#>rule job ba1bef67a55a2dc470a40635cb506d61  B-3-1.noarch@r2
#>rule job ba1bef67a55a2dc470a40635cb506d61  B-3-2.noarch@r1
#>rule job c685ad79f7c27620a42864c03ace50c9  A-2-2.noarch@r1
#>rule job c685ad79f7c27620a42864c03ace50c9  A-2-2.noarch@r2
#>rule job c685ad79f7c27620a42864c03ace50c9  A-3-1.noarch@r2
#>rule pkg 0114f656eebb2c272622b62e4c959a47  B-2-1.noarch@r1
#>rule pkg 0114f656eebb2c272622b62e4c959a47  B-2-2.noarch@r2
#>rule pkg 0114f656eebb2c272622b62e4c959a47  B-3-1.noarch@r2
#>rule pkg 0114f656eebb2c272622b62e4c959a47  B-3-2.noarch@r1
#>rule pkg 0114f656eebb2c272622b62e4c959a47 -A-2-2.noarch@r1
#>rule pkg 528cb1f5c196ab031d56ffc48a01282e -A-2-2.noarch@r1
#>rule pkg 528cb1f5c196ab031d56ffc48a01282e -A-2-2.noarch@r2
#>rule pkg 5627bbc6cd47c18cf527eb4f27b87884  A-3-1.noarch@r2
#>rule pkg 5627bbc6cd47c18cf527eb4f27b87884 -B-3-2.noarch@r1
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-2-2.noarch@r2
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-3-2.noarch@r1
#>rule pkg 8872a9efb3721686a6cc61e499476257 -A-2-2.noarch@r2
#>rule pkg 8b09fa60fc23f37fedca9d69d9c1745f -B-2-1.noarch@r1
#>rule pkg 8b09fa60fc23f37fedca9d69d9c1745f -B-2-2.noarch@r2
#>rule pkg 8fe9e1735d7a17b2f94af09a62bfb94a -A-2-2.noarch@r2
#>rule pkg 8fe9e1735d7a17b2f94af09a62bfb94a -A-3-1.noarch@r2
#>rule pkg 9445ae5766f230ab45cfc429f692bd00 -C-2-1.noarch@r2
#>rule pkg 9445ae5766f230ab45cfc429f692bd00 -C-3-2.noarch@r2
#>rule pkg 98a94c1e120de988351f9fa4e6894f8a -B-2-1.noarch@r1
#>rule pkg 98a94c1e120de988351f9fa4e6894f8a -B-3-1.noarch@r2
#>rule pkg a2b531b2abcbd98528e4380b63511c23  B-2-1.noarch@r1
#>rule pkg a2b531b2abcbd98528e4380b63511c23  B-2-2.noarch@r2
#>rule pkg a2b531b2abcbd98528e4380b63511c23  B-3-1.noarch@r2
#>rule pkg a2b531b2abcbd98528e4380b63511c23  B-3-2.noarch@r1
#>rule pkg a2b531b2abcbd98528e4380b63511c23 -C-3-2.noarch@r2
#>rule pkg b4f43e511e42b789482970ceda125f62 -B-3-1.noarch@r2
#>rule pkg b4f43e511e42b789482970ceda125f62 -B-3-2.noarch@r1
#>rule pkg bc96ed4ed0de1319440645201115b4c8 -A-2-2.noarch@r1
#>rule pkg bc96ed4ed0de1319440645201115b4c8 -A-3-1.noarch@r2
#>rule pkg d8a3eee4fe13c15c6c9f08cbb8d529ba -B-2-2.noarch@r2
#>rule pkg d8a3eee4fe13c15c6c9f08cbb8d529ba -B-3-1.noarch@r2
#>rule pkg e038c357fd7c207722db68838199eda8 -B-2-1.noarch@r1
#>rule pkg e038c357fd7c207722db68838199eda8 -B-3-2.noarch@r1
#>suggested B-3-2.noarch@r1
#>suggested C-3-2.noarch@r2
#>userinstalled pkg A-3-1.noarch@r2
#>userinstalled pkg B-3-2.noarch@r1
