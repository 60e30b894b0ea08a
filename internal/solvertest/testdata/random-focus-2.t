repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Req: B
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: W >= 2
#>=Req: X
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Req: B
#>=Req: A >= 3
#>=Req: C <= 2-2
#>=Tim: 200
#>=Pkg: A 3 2 noarch
#>=Prv: A = 3-2
#>=Prv: C < 2-2
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: B
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Prv: X
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: A
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prv: V >= 3
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: X = 3-1
#>=Req: C
#>=Req: C
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Tim: 100
system x86_64 rpm system
solverflags focusnew
job install pkg A-1-1.noarch@r1
job install oneof B-2-1.noarch@r2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>change B-2-1.noarch@system B-2-1.noarch@r2
#>install A-1-1.noarch@r1
#>install C-3-1.noarch@r1
#>job install oneof B-2-1.noarch@r2
#>job install pkg A-1-1.noarch@r1
#>reason A-1-1.noarch@r1 unit 6a39892dd1a5edde1be930fc1a8fdbb0
#>reason A-1-1.noarch@r2 unit 8cea8c09aca5d522c8c71d294c0d2aec
#>reason A-1-2.noarch@r1 unit 0dec8ad3ea4fcb9a592787c0a1b0a56b
#>reason A-2-1.noarch@r2 unit f49f2aa36b105f43d9aa96c261819417
#>reason A-3-1.noarch@r2 unit 677521397b78a6cd72729864c0e9e7cd
#>reason A-3-2.noarch@r1 unit f31a2d1a2499c4f69f47dd1d2b241277
#>reason B-2-1.noarch@r2 unit 32c90be8aae934065bd813792261ba87
#>reason B-2-1.noarch@system unit 038d5e133cd413d6b0214d044172c33b
#>reason C-1-1.noarch@r1 unit b8562ccbeb1ecf9c2a48a5faeda9c8cf
#>reason C-2-1.noarch@r2 unit 34569de9941630aa54b5bfa4781c1c35
#>reason C-3-1.noarch@r1 resolve 8e9dadb276d779dc21cdbdc6a3205743
#>reason C-3-1.noarch@r2 unit 409d53beea6827d64d0dc92b460ba6f1
#>rule choice 5205916a9ec192ed93bf3ffb9484e835  B-2-1.noarch@r2
#>rule choice 5205916a9ec192ed93bf3ffb9484e835 -C-3-1.noarch@r1
#>rule job 32c90be8aae934065bd813792261ba87  B-2-1.noarch@r2
#>rule job 6a39892dd1a5edde1be930fc1a8fdbb0  A-1-1.noarch@r1
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@r2
#>rule pkg 038d5e133cd413d6b0214d044172c33b -B-2-1.noarch@system
#>rule pkg 0dec8ad3ea4fcb9a592787c0a1b0a56b -A-1-1.noarch@r1
#>rule pkg 0dec8ad3ea4fcb9a592787c0a1b0a56b -A-1-2.noarch@r1
#>rule pkg 10b82a591bacebeefcb537aa812b2b8f  B-2-1.noarch@r2
#>rule pkg 10b82a591bacebeefcb537aa812b2b8f  B-2-1.noarch@system
#>rule pkg 10b82a591bacebeefcb537aa812b2b8f -C-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-2-1.noarch@r2
#>rule pkg 11556a7ebbe89310600938f710dd8eb3 -A-3-1.noarch@r2
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-2-1.noarch@r2
#>rule pkg 1bfc017bd6651e3ef23c194727843221 -C-3-1.noarch@r2
#>rule pkg 27a9340b57a0ad1016b83bc4c94df9a5 -A-3-1.noarch@r2
#>rule pkg 27a9340b57a0ad1016b83bc4c94df9a5 -A-3-2.noarch@r1
#>rule pkg 30fd60e3aac5c0dddfd855cee6975462 -A-1-2.noarch@r1
#>rule pkg 30fd60e3aac5c0dddfd855cee6975462 -A-3-2.noarch@r1
#>rule pkg 3237cba8511faf053d3246481bebb6af -A-1-1.noarch@r2
#>rule pkg 3237cba8511faf053d3246481bebb6af -A-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-2-1.noarch@r2
#>rule pkg 34569de9941630aa54b5bfa4781c1c35 -C-3-1.noarch@r1
#>rule pkg 3775cda44e754b750e02b84acc6c14be -A-1-2.noarch@r1
#>rule pkg 3775cda44e754b750e02b84acc6c14be -A-2-1.noarch@r2
#>rule pkg 3d42a1260f23ce22085a9fa526320b55 -A-2-1.noarch@r2
#>rule pkg 3d42a1260f23ce22085a9fa526320b55 -A-3-2.noarch@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r2
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-1-1.noarch@r1
#>rule pkg 677521397b78a6cd72729864c0e9e7cd -A-3-1.noarch@r2
#>rule pkg 81d5f4cfea3a8e44ed23ec9466a6d3ed  A-2-1.noarch@r2
#>rule pkg 81d5f4cfea3a8e44ed23ec9466a6d3ed  B-2-1.noarch@r2
#>rule pkg 81d5f4cfea3a8e44ed23ec9466a6d3ed -C-3-1.noarch@r1
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r1
#>rule pkg 8cea8c09aca5d522c8c71d294c0d2aec -A-1-1.noarch@r2
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743  A-3-2.noarch@r1
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743  C-1-1.noarch@r1
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743  C-2-1.noarch@r2
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743  C-3-1.noarch@r1
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743  C-3-1.noarch@r2
#>rule pkg 8e9dadb276d779dc21cdbdc6a3205743 -B-2-1.noarch@r2
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-1-1.noarch@r1
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-3-1.noarch@r2
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-1-1.noarch@r1
#>rule pkg aa73375f7abfff49b39beebb1f1817c6 -C-2-1.noarch@r2
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-1-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-3-1.noarch@r1
#>rule pkg c14d869182ee0a8f37f3cc59269183c4 -A-1-1.noarch@r2
#>rule pkg c14d869182ee0a8f37f3cc59269183c4 -A-3-2.noarch@r1
#>rule pkg e45e2018bedc6c01c990185c07d3f94d  B-2-1.noarch@r2
#>rule pkg e45e2018bedc6c01c990185c07d3f94d  B-2-1.noarch@system
#>rule pkg e45e2018bedc6c01c990185c07d3f94d -C-1-1.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-1-1.noarch@r1
#>rule pkg f31a2d1a2499c4f69f47dd1d2b241277 -A-3-2.noarch@r1
#>rule pkg f49f2aa36b105f43d9aa96c261819417 -A-1-1.noarch@r1
#>rule pkg f49f2aa36b105f43d9aa96c261819417 -A-2-1.noarch@r2
#>rule update 7c26f94f7f3f84a67be9026608561323  B-2-1.noarch@r2
#>rule update 7c26f94f7f3f84a67be9026608561323  B-2-1.noarch@system
#>unneeded_filtered B-2-1.noarch@system
#>userinstalled pkg A-1-1.noarch@r1
#>userinstalled pkg B-2-1.noarch@r2
