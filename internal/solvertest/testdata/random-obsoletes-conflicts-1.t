repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: B >= 2-2
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Obs: F
#>=Tim: 100
#>=Pkg: G 2 1 noarch
#>=Prv: G = 2-1
#>=Req: E
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Con: B < 2-2
#>=Tim: 100
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: W = 2
#>=Req: X
#>=Con: B <> 2
#>=Tim: 200
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 200
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: B
#>=Prv: V < 1
#>=Obs: C < 1-1
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Obs: F >= 1
#>=Tim: 200
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: V
#>=Req: nosuch
#>=Con: W
#>=Con: F >= 3-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Prq: A
#>=Req: D
#>=Req: B >= 1-1
#>=Tim: 100
system unset rpm system
job install name D
job install oneof B-2-2.noarch@r2
job update all packages
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name C
#>autoinst name G
#>install B-2-2.noarch@r2
#>job install name D
#>job install oneof B-2-2.noarch@r2
#>job update all packages
#>orphaned G-2-1.noarch@system
#>problem 6fc54917 info nothing provides nosuch needed by D-3-1.noarch
#>problem 6fc54917 solution 37fc7e07 deljob install name D
#>reason A-2-1.noarch@r2 unit dbb7b6d09cf47ce722ad5eb9fabf9977
#>reason A-2-1.noarch@system update 98e474a45b2d4dd8c8b5df7034b5bee5
#>reason A-3-1.noarch@r2 unit d47ec50a99c7b69d0fcc17189d82b8c5
#>reason B-1-1.noarch@r3 unit d163b36a50913329115540ac491879cf
#>reason B-2-2.noarch@r2 unit d82753a8d679276354eeaf7e72dfe9ca
#>reason B-3-2.noarch@r1 unit 7c5358df81e319305938b2405b5183e6
#>reason B-3-2.noarch@r3 unit 69a379603694745e96c9c3b264a148cd
#>reason C-1-1.noarch@r2 unit 183c4a8e44ea165af7418f08b2a2b53b
#>reason C-1-1.noarch@system update 2ac3e3f4f07aeae7b0c81a51c4d8158a
#>reason D-3-1.noarch@r2 unit b92f5a4469ea5145f056d53b1835dcc7
#>reason F-1-1.noarch@r1 unit 1c7801b6e534b5366dc816ad8bf3132e
#>reason G-2-1.noarch@system unit ed9ba588c97e7c48ee46245caab2d34b
#>rule job 7adbaa7cf9f7b43c6c7b82e7de138f0b  D-3-1.noarch@r2
#>rule job d82753a8d679276354eeaf7e72dfe9ca  B-2-2.noarch@r2
#>rule pkg 113583a9de925f048ce0d961f1b6d689 -A-3-1.noarch@r2
#>rule pkg 113583a9de925f048ce0d961f1b6d689 -B-3-2.noarch@r1
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-3-1.noarch@r2
#>rule pkg 183c4a8e44ea165af7418f08b2a2b53b -C-1-1.noarch@r2
#>rule pkg 183c4a8e44ea165af7418f08b2a2b53b -C-1-1.noarch@system
#>rule pkg 1c7801b6e534b5366dc816ad8bf3132e -A-2-1.noarch@system
#>rule pkg 1c7801b6e534b5366dc816ad8bf3132e -F-1-1.noarch@r1
#>rule pkg 447c4e58f3e74927910bcac0961f6c6c -A-2-1.noarch@system
#>rule pkg 447c4e58f3e74927910bcac0961f6c6c -A-3-1.noarch@r2
#>rule pkg 506bdfe58db0ccb38dbda60defded3c4 -A-3-1.noarch@r2
#>rule pkg 506bdfe58db0ccb38dbda60defded3c4 -B-1-1.noarch@r3
#>rule pkg 69a379603694745e96c9c3b264a148cd -B-2-2.noarch@r2
#>rule pkg 69a379603694745e96c9c3b264a148cd -B-3-2.noarch@r3
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-2-2.noarch@r2
#>rule pkg 7c5358df81e319305938b2405b5183e6 -B-3-2.noarch@r1
#>rule pkg 9c5e9fab4a562925aacc120b93e007af -A-2-1.noarch@r2
#>rule pkg 9c5e9fab4a562925aacc120b93e007af -F-1-1.noarch@r1
#>rule pkg b1cd316ed775ea9e20ee00dce91b37a9 -A-3-1.noarch@r2
#>rule pkg b1cd316ed775ea9e20ee00dce91b37a9 -C-1-1.noarch@r2
#>rule pkg b92f5a4469ea5145f056d53b1835dcc7 -D-3-1.noarch@r2
#>rule pkg d163b36a50913329115540ac491879cf -B-1-1.noarch@r3
#>rule pkg d163b36a50913329115540ac491879cf -B-2-2.noarch@r2
#>rule pkg d47ec50a99c7b69d0fcc17189d82b8c5 -A-3-1.noarch@r2
#>rule pkg dbb7b6d09cf47ce722ad5eb9fabf9977 -A-2-1.noarch@r2
#>rule pkg dbb7b6d09cf47ce722ad5eb9fabf9977 -A-2-1.noarch@system
#>rule pkg fa2814e0735af673d930f2c2ad58720d -A-3-1.noarch@r2
#>rule pkg fa2814e0735af673d930f2c2ad58720d -B-3-2.noarch@r3
#>rule pkg fd6f10fe97b15f0034c6612c229af322 -A-3-1.noarch@r2
#>rule pkg fd6f10fe97b15f0034c6612c229af322 -D-3-1.noarch@r2
#>rule update 2ac3e3f4f07aeae7b0c81a51c4d8158a  C-1-1.noarch@r2
#>rule update 2ac3e3f4f07aeae7b0c81a51c4d8158a  C-1-1.noarch@system
#>rule update 98e474a45b2d4dd8c8b5df7034b5bee5  A-2-1.noarch@r2
#>rule update 98e474a45b2d4dd8c8b5df7034b5bee5  A-2-1.noarch@system
#>rule update 98e474a45b2d4dd8c8b5df7034b5bee5  A-3-1.noarch@r2
#>rule update ed9ba588c97e7c48ee46245caab2d34b  G-2-1.noarch@system
#>unneeded_filtered A-2-1.noarch@system
#>unneeded_filtered C-1-1.noarch@system
#>unneeded_filtered G-2-1.noarch@system
#>userinstalled pkg B-2-2.noarch@r2
