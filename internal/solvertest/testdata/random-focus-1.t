repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: C
#>=Prq: B < 2-1
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: W
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prq: F
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Req: F
#>=Req: E
#>=Req: E
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Req: C
#>=Tim: 200
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: B <> 2-1
#>=Req: V > 1-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: V
#>=Req: A = 2-2
#>=Tim: 200
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Req: A <= 1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Tim: 200
system x86_64 rpm system
solverflags focusbest
job update all packages
job erase provides X
job install oneof A-1-1.noarch@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name D
#>autoinst name E
#>job erase provides X
#>job install oneof A-1-1.noarch@r2
#>job update all packages
#>problem 89d38ae3 info nothing provides V needed by A-1-1.noarch
#>problem 89d38ae3 solution 7a396016 deljob install oneof A-1-1.noarch@r2
#>reason A-1-1.noarch@r2 unit 916f35e602c23013f1a288e82ab5dfa0
#>reason A-2-2.noarch@r1 unit abcad66ac9b143eecdaa63e749b1b0b2
#>reason C-1-1.noarch@r1 unit ff2da05f37d1b3fce12ca9e23d64884b
#>reason C-2-1.noarch@system unit 6c03d49ee9cdc129e22c85c5532de709
#>reason D-2-1.noarch@system unit 38c999af448a79e8ecae1004095de386
#>reason D-3-1.noarch@r2 update 432c4e3591843f66396c751613950656
#>reason E-1-1.noarch@r2 unit 05c58d3df3b2e8149833df089ca0f15d
#>reason E-2-1.noarch@r2 unit 8db2eceed0b81a859c4f7abb44a9d7c2
#>reason E-2-1.noarch@system unit d810aa23e3661c015fe490c250b0ea12
#>reason E-3-1.noarch@r1 update f66ebcf5f6fdfa17e4448a0969ad335c
#>rule feature 6ccacb5a83498c1e6cac885e671a1798  E-1-1.noarch@r2
#>rule feature 6ccacb5a83498c1e6cac885e671a1798  E-2-1.noarch@r2
#>rule feature 6ccacb5a83498c1e6cac885e671a1798  E-2-1.noarch@system
#>rule feature 6ccacb5a83498c1e6cac885e671a1798  E-3-1.noarch@r1
#>rule feature 79993a0fce195e9be1b241b86c72ae3b  C-1-1.noarch@r1
#>rule feature 79993a0fce195e9be1b241b86c72ae3b  C-2-1.noarch@system
#>rule job d5796f0cdb4d26077597f8049bf55601  A-1-1.noarch@r2
#>rule pkg 05c58d3df3b2e8149833df089ca0f15d  A-1-1.noarch@r2
#>rule pkg 05c58d3df3b2e8149833df089ca0f15d -E-1-1.noarch@r2
#>rule pkg 07e4609e956a91f0da8f7fe27c7b0c29 -E-1-1.noarch@r2
#>rule pkg 07e4609e956a91f0da8f7fe27c7b0c29 -E-3-1.noarch@r1
#>rule pkg 0ed31eaa9b759c366117d2f7bb51c2be  C-1-1.noarch@r1
#>rule pkg 0ed31eaa9b759c366117d2f7bb51c2be  C-2-1.noarch@system
#>rule pkg 0ed31eaa9b759c366117d2f7bb51c2be -E-3-1.noarch@r1
#>rule pkg 27a70b128321dca317b25f173e45e04f  B-1-1.noarch@r2
#>rule pkg 27a70b128321dca317b25f173e45e04f -C-1-1.noarch@r1
#>rule pkg 2ecd886c0b28bf500f9d8f7a4aec9e1c  A-2-2.noarch@r1
#>rule pkg 2ecd886c0b28bf500f9d8f7a4aec9e1c -A-1-1.noarch@r2
#>rule pkg 38c999af448a79e8ecae1004095de386 -D-2-1.noarch@system
#>rule pkg 38c999af448a79e8ecae1004095de386 -D-3-1.noarch@r2
#>rule pkg 418b54f6bd2bdbb7d34ddaf927867ecd  E-1-1.noarch@r2
#>rule pkg 418b54f6bd2bdbb7d34ddaf927867ecd  E-2-1.noarch@r2
#>rule pkg 418b54f6bd2bdbb7d34ddaf927867ecd  E-2-1.noarch@system
#>rule pkg 418b54f6bd2bdbb7d34ddaf927867ecd  E-3-1.noarch@r1
#>rule pkg 418b54f6bd2bdbb7d34ddaf927867ecd -A-2-2.noarch@r1
#>rule pkg 723990037416464e364c7bdcda0bfdec -E-1-1.noarch@r2
#>rule pkg 723990037416464e364c7bdcda0bfdec -E-2-1.noarch@system
#>rule pkg 8a04e6a9708c9d689bb77a7ffe7e0873 -A-1-1.noarch@r2
#>rule pkg 8a04e6a9708c9d689bb77a7ffe7e0873 -A-2-2.noarch@r1
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-2-1.noarch@r2
#>rule pkg 8db2eceed0b81a859c4f7abb44a9d7c2 -E-3-1.noarch@r1
#>rule pkg 916f35e602c23013f1a288e82ab5dfa0 -A-1-1.noarch@r2
#>rule pkg abcad66ac9b143eecdaa63e749b1b0b2 -A-2-2.noarch@r1
#>rule pkg b1f5d645298d1316a5c565d362ef92be  C-1-1.noarch@r1
#>rule pkg b1f5d645298d1316a5c565d362ef92be  C-2-1.noarch@system
#>rule pkg b1f5d645298d1316a5c565d362ef92be -D-2-1.noarch@system
#>rule pkg cdf944bfb9f5d7e763e66007a4731338 -E-1-1.noarch@r2
#>rule pkg cdf944bfb9f5d7e763e66007a4731338 -E-2-1.noarch@r2
#>rule pkg d810aa23e3661c015fe490c250b0ea12 -E-2-1.noarch@system
#>rule pkg d810aa23e3661c015fe490c250b0ea12 -E-3-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-1-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-2-1.noarch@system
#>rule pkg ed69eebb1621e4284d377696e269f42c -E-2-1.noarch@r2
#>rule pkg ed69eebb1621e4284d377696e269f42c -E-2-1.noarch@system
#>rule pkg ff2da05f37d1b3fce12ca9e23d64884b -C-1-1.noarch@r1
#>rule update 432c4e3591843f66396c751613950656  D-2-1.noarch@system
#>rule update 432c4e3591843f66396c751613950656  D-3-1.noarch@r2
#>rule update 6c03d49ee9cdc129e22c85c5532de709  C-2-1.noarch@system
#>rule update f66ebcf5f6fdfa17e4448a0969ad335c  E-2-1.noarch@r2
#>rule update f66ebcf5f6fdfa17e4448a0969ad335c  E-2-1.noarch@system
#>rule update f66ebcf5f6fdfa17e4448a0969ad335c  E-3-1.noarch@r1
#>unneeded C-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
#>unneeded_filtered E-2-1.noarch@system
#>upgrade D-2-1.noarch@system D-3-1.noarch@r2
#>upgrade E-2-1.noarch@system E-3-1.noarch@r1
