repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Req: nosuch
#>=Sup: (D | (D | G <> 1-1)) <IF> (((G + G) & E) <ELSE> G)
#>=Sup: D + X
#>=Enh: C
#>=Tim: 200
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: W
#>=Tim: 100
#>=Pkg: G 2 2 noarch
#>=Prv: G = 2-2
#>=Prv: V >= 3-1
#>=Prv: X
#>=Prv: A
#>=Req: A = 1
#>=Req: F & W = 2
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Prv: W = 3
#>=Sup: V - D
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: V
#>=Prq: V >= 2-1 | X
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: D >= 3-1
#>=Con: C >= 3-1 | (B <IF> (C <ELSE> G))
#>=Con: V > 1
#>=Sup: E >= 1-1
#>=Sup: X
#>=Sup: E
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: (D >= 2-2 + (D | G >= 3)) + (W <IF> (E <> 3-1 <ELSE> (W <IF> B >= 2-2)))
#>=Req: G & ((D | D) <IF> (X | E <= 3))
#>=Req: X | (X >= 3 | (D | A))
#>=Con: W >= 2-1 + E >= 2
#>=Tim: 200
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Tim: 200
#>=Pkg: B 3 2 noarch
#>=Prv: B = 3-2
#>=Req: G <> 2 & G
#>=Prq: V
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Rec: D = 1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Rec: D
#>=Sup: V < 3
#>=Tim: 100
system x86_64 rpm system
job erase provides V <> 1
job update name B
job install name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>autoinst name E
#>autoinst name F
#>erase G-2-2.noarch@system
#>job erase provides V <> 1
#>job install name A
#>job update name B
#>orphaned F-2-1.noarch@system
#>orphaned G-2-2.noarch@system
#>problem c43b1300 info package A does not exist
#>problem c43b1300 solution 23f73f5b deljob install name A
#>reason C-2-1.noarch@r1 unit a75a4782edec2e47b345c8df27ffe30c
#>reason D-2-1.noarch@r1 unit 9a1e440f853841dc8f86301369491e4e
#>reason D-2-1.noarch@system keep eb47600c5966b7697d679206819cd9e0
#>reason D-3-2.noarch@r1 unit 831666d2b429f06904cea281a9b4b95d
#>reason E-1-1.noarch@system unit 372c04fd13a6b08aaa775285ea86b453
#>reason E-2-1.noarch@r1 unit 2607d7152528dc9e7a2807e10deb8f30
#>reason F-2-1.noarch@system unit dabf3c4c39c6e312c3724fed9b0fc993
#>reason G-2-2.noarch@system unit 26306d42bf270b5fcbe380fc5b642861
#>rule job 2607d7152528dc9e7a2807e10deb8f30 -E-2-1.noarch@r1
#>rule job 26306d42bf270b5fcbe380fc5b642861 -G-2-2.noarch@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule pkg 11ce0574bae2b4526e688615c7403d8f  D-2-1.noarch@r1
#>rule pkg 11ce0574bae2b4526e688615c7403d8f  D-2-1.noarch@system
#>rule pkg 11ce0574bae2b4526e688615c7403d8f  D-3-2.noarch@r1
#>rule pkg 11ce0574bae2b4526e688615c7403d8f  G-2-2.noarch@system
#>rule pkg 11ce0574bae2b4526e688615c7403d8f -C-2-1.noarch@r1
#>rule pkg 1656e73eebe17b7a69079c6701eda421  C-1-1.noarch@r1
#>rule pkg 1656e73eebe17b7a69079c6701eda421  C-2-1.noarch@r1
#>rule pkg 1656e73eebe17b7a69079c6701eda421 -D-2-1.noarch@r1
#>rule pkg 1656e73eebe17b7a69079c6701eda421 -G-2-2.noarch@system
#>rule pkg 19bc789fb3b30ebf4b630ce12cafc4c9 -D-2-1.noarch@r1
#>rule pkg 19bc789fb3b30ebf4b630ce12cafc4c9 -D-3-2.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-1-1.noarch@r1
#>rule pkg 2714405730ddb533770f086c196d72bb -C-2-1.noarch@r1
#>rule pkg 372c04fd13a6b08aaa775285ea86b453  E-1-1.noarch@system
#>rule pkg 372c04fd13a6b08aaa775285ea86b453 -F-2-1.noarch@system
#>rule pkg 63c2fe23402205daea45f44d32e5fccd -D-2-1.noarch@r1
#>rule pkg 63c2fe23402205daea45f44d32e5fccd -G-2-2.noarch@system
#>rule pkg 67551147de5b7277afbe2b22d710ed7a -B-3-2.noarch@r1
#>rule pkg 67551147de5b7277afbe2b22d710ed7a -C-1-1.noarch@r1
#>rule pkg 67551147de5b7277afbe2b22d710ed7a -D-2-1.noarch@r1
#>rule pkg 831666d2b429f06904cea281a9b4b95d -D-2-1.noarch@system
#>rule pkg 831666d2b429f06904cea281a9b4b95d -D-3-2.noarch@r1
#>rule pkg 860ba0e34d0946e11910254e9e93d067 -B-3-2.noarch@r1
#>rule pkg 860ba0e34d0946e11910254e9e93d067 -D-2-1.noarch@r1
#>rule pkg 860ba0e34d0946e11910254e9e93d067 -G-2-2.noarch@system
#>rule pkg 8797ddea5dc49a95b54c11ef13ce3363 -D-2-1.noarch@r1
#>rule pkg 8797ddea5dc49a95b54c11ef13ce3363 -E-2-1.noarch@r1
#>rule pkg 9a1e440f853841dc8f86301369491e4e -D-2-1.noarch@r1
#>rule pkg 9a1e440f853841dc8f86301369491e4e -D-2-1.noarch@system
#>rule pkg a438673dca1f77a254f97efd588e30fa  D-2-1.noarch@r1
#>rule pkg a438673dca1f77a254f97efd588e30fa  D-2-1.noarch@system
#>rule pkg a438673dca1f77a254f97efd588e30fa  D-3-2.noarch@r1
#>rule pkg a438673dca1f77a254f97efd588e30fa -C-2-1.noarch@r1
#>rule pkg a438673dca1f77a254f97efd588e30fa -E-1-1.noarch@system
#>rule pkg a75a4782edec2e47b345c8df27ffe30c -C-2-1.noarch@r1
#>rule pkg baaa18cda807018f4a5185b4b48b3ed6  D-2-1.noarch@r1
#>rule pkg baaa18cda807018f4a5185b4b48b3ed6  D-2-1.noarch@system
#>rule pkg baaa18cda807018f4a5185b4b48b3ed6  D-3-2.noarch@r1
#>rule pkg baaa18cda807018f4a5185b4b48b3ed6 -C-2-1.noarch@r1
#>rule pkg baaa18cda807018f4a5185b4b48b3ed6 -G-2-2.noarch@system
#>rule pkg c6cdc79dac22c143beccce8630f0ba9e -B-3-2.noarch@r1
#>rule pkg c6cdc79dac22c143beccce8630f0ba9e -C-2-1.noarch@r1
#>rule pkg c6cdc79dac22c143beccce8630f0ba9e -D-2-1.noarch@r1
#>rule pkg c775d4a46f5fddd6a606e2a88555635c  G-2-2.noarch@system
#>rule pkg c775d4a46f5fddd6a606e2a88555635c -C-2-1.noarch@r1
#>rule pkg c83036dced4ed14f071dd835dd0fd0f9 -E-1-1.noarch@system
#>rule pkg c83036dced4ed14f071dd835dd0fd0f9 -E-2-1.noarch@r1
#>rule pkg d731c9a903077072d1386d71d7f24495 -B-2-1.noarch@r1
#>rule pkg d731c9a903077072d1386d71d7f24495 -C-2-1.noarch@r1
#>rule pkg d731c9a903077072d1386d71d7f24495 -D-2-1.noarch@r1
#>rule pkg d869d15945a776237458a636e5250be9  D-2-1.noarch@r1
#>rule pkg d869d15945a776237458a636e5250be9  D-2-1.noarch@system
#>rule pkg d869d15945a776237458a636e5250be9  D-3-2.noarch@r1
#>rule pkg d869d15945a776237458a636e5250be9 -C-2-1.noarch@r1
#>rule pkg d869d15945a776237458a636e5250be9 -E-2-1.noarch@r1
#>rule pkg e0868a747b65d69cd533c36d27f1734e -B-2-1.noarch@r1
#>rule pkg e0868a747b65d69cd533c36d27f1734e -D-2-1.noarch@r1
#>rule pkg e0868a747b65d69cd533c36d27f1734e -G-2-2.noarch@system
#>rule pkg fde7cb98c0926491e0db002162754037 -B-2-1.noarch@r1
#>rule pkg fde7cb98c0926491e0db002162754037 -C-1-1.noarch@r1
#>rule pkg fde7cb98c0926491e0db002162754037 -D-2-1.noarch@r1
#>rule update 7c1bdefa59595b1b18724e38732baedb  G-2-2.noarch@system
#>rule update d7b94c60380c3c80e8bc2b81df867cbb  E-1-1.noarch@system
#>rule update d7b94c60380c3c80e8bc2b81df867cbb  E-2-1.noarch@r1
#>rule update dabf3c4c39c6e312c3724fed9b0fc993  F-2-1.noarch@system
#>rule update eb47600c5966b7697d679206819cd9e0  D-2-1.noarch@r1
#>rule update eb47600c5966b7697d679206819cd9e0  D-2-1.noarch@system
#>rule update eb47600c5966b7697d679206819cd9e0  D-3-2.noarch@r1
#>unneeded E-1-1.noarch@system
#>unneeded_filtered F-2-1.noarch@system
#>unneeded_filtered G-2-2.noarch@system
