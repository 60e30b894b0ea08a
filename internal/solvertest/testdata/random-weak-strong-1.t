repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prq: E
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Rec: G
#>=Sup: W
#>=Tim: 200
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Enh: E <= 2-2
#>=Sup: D
#>=Sup: A
#>=Tim: 200
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: V >= 1
#>=Prv: X >= 3
#>=Prv: V
#>=Prq: E > 2-2
#>=Req: H
#>=Sup: F < 2
#>=Rec: V >= 2-2
#>=Rec: G <= 1-1
#>=Tim: 100
#>=Pkg: B 2 2 noarch
#>=Prv: B = 2-2
#>=Prv: W = 2-1
#>=Prv: V < 3
#>=Rec: G
#>=Tim: 200
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Prq: F
#>=Tim: 100
#>=Pkg: C 1 2 noarch
#>=Prv: C = 1-2
#>=Prv: V
#>=Prv: V
#>=Prq: V
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Enh: F
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: B
#>=Prq: X <> 1
#>=Tim: 200
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Req: V
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: G
#>=Tim: 200
#>=Pkg: C 2 2 noarch
#>=Rec: X
#>=Sup: E
#>=Tim: 200
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Tim: 200
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Rec: G <> 2-2
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 100
#>=Pkg: E 1 1 noarch
#>=Prv: E = 1-1
#>=Rec: W
#>=Sup: D
#>=Tim: 100
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prq: A
#>=Tim: 100
#>=Pkg: F 3 1 noarch
#>=Prv: F = 3-1
#>=Tim: 100
system i686 rpm system
solverflags strongrecommends ignorerecommended
job update provides D
job install name G
job install provides X
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>autoinst name D
#>autoinst name F
#>install G-1-1.noarch@r3
#>job install name G
#>job install provides X
#>job update provides D
#>problem b8242287 info nothing provides E > 2-2 needed by C-1-1.noarch
#>problem b8242287 solution e643aaeb deljob install provides X
#>reason A-1-1.noarch@system keep ec9159d669f5c338d3fd6594cb765b69
#>reason A-2-1.noarch@r1 unit 8fd1880286ff0466fed9f82a0e7a0ae4
#>reason A-2-1.noarch@r2 unit 7162315fe524e7b93f9a2f20dad6c2ce
#>reason A-3-1.noarch@r3 unit 822270bce70c866f652d0879acd72ada
#>reason B-2-2.noarch@r1 unit f5de3820013c289024749abe9a5bfc36
#>reason B-2-2.noarch@system keep 550d8d72cd0cfdf83e459b91097072c0
#>reason C-1-1.noarch@r1 unit ff2da05f37d1b3fce12ca9e23d64884b
#>reason C-1-2.noarch@r1 unit 942a5da1b5d421ae72d825282530758b
#>reason C-2-1.noarch@system keep 0ba63979e587ff64d53b44e8a3aa57bf
#>reason C-2-2.noarch@r2 unit 5ee8e34935a30c4bbaafbef7503c2aab
#>reason C-3-1.noarch@r2 unit 69177b4b6edcb1c2e0d715816d091b74
#>reason D-1-1.noarch@system unit f325a69b6c4bf71573f50c94017941ba
#>reason D-2-2.noarch@r1 unit 51118613cf69f4ce8282c32e9b500564
#>reason D-3-1.noarch@r1 update e28b11ef7985e919465d33c18563b01d
#>reason D-3-1.noarch@r2 unit 701fbc9920607e4df37311db990d886b
#>reason D-3-1.noarch@r3 unit ae98fff28ab629390d73e2073448584d
#>reason E-1-1.noarch@r3 unit e056776e779861548ba29ad17cc1a9fe
#>reason F-1-1.noarch@system keep 41f224e3879f86fcc35d01ff52582584
#>reason F-3-1.noarch@r3 unit 2b555a576557d2264150ed63837afaab
#>reason G-1-1.noarch@r3 unit 8011456f1a53eb0ff1fc16cb22efa9c4
#>recommended C-2-1.noarch@system
#>recommended G-1-1.noarch@r3
#>rule feature e7db8f92f8c17e391d4c2dfd6c5adfd1  C-1-1.noarch@r1
#>rule feature e7db8f92f8c17e391d4c2dfd6c5adfd1  C-1-2.noarch@r1
#>rule feature e7db8f92f8c17e391d4c2dfd6c5adfd1  C-2-1.noarch@system
#>rule feature e7db8f92f8c17e391d4c2dfd6c5adfd1  C-3-1.noarch@r2
#>rule job 4fce8134823674c2f7c5df7d7e982c95  C-1-1.noarch@r1
#>rule job 8011456f1a53eb0ff1fc16cb22efa9c4  G-1-1.noarch@r3
#>rule pkg 0759c321d48767c3ee78e7fa1cb342db  B-2-2.noarch@r1
#>rule pkg 0759c321d48767c3ee78e7fa1cb342db  B-2-2.noarch@system
#>rule pkg 0759c321d48767c3ee78e7fa1cb342db -D-3-1.noarch@r2
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-1-1.noarch@system
#>rule pkg 20882cfdc6a2302d04c3d1487ccb39cf -D-3-1.noarch@r2
#>rule pkg 2b555a576557d2264150ed63837afaab -F-1-1.noarch@system
#>rule pkg 2b555a576557d2264150ed63837afaab -F-3-1.noarch@r3
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-1.noarch@r1
#>rule pkg 3836a3994afa312860daf8ee46f055e1 -C-1-2.noarch@r1
#>rule pkg 388e10bcc141285e08d72843c210ec3a  G-1-1.noarch@r3
#>rule pkg 388e10bcc141285e08d72843c210ec3a -D-1-1.noarch@system
#>rule pkg 425955f9dbc41e9b6285ed1e9baec651  B-2-2.noarch@r1
#>rule pkg 425955f9dbc41e9b6285ed1e9baec651  C-1-1.noarch@r1
#>rule pkg 425955f9dbc41e9b6285ed1e9baec651  C-1-2.noarch@r1
#>rule pkg 425955f9dbc41e9b6285ed1e9baec651 -A-2-1.noarch@r2
#>rule pkg 430b95a26ed01631e519946b078caf2a -A-2-1.noarch@r2
#>rule pkg 430b95a26ed01631e519946b078caf2a -A-3-1.noarch@r3
#>rule pkg 4c2a625faadc1d0fbd17dac729f8dbc2 -D-1-1.noarch@system
#>rule pkg 4c2a625faadc1d0fbd17dac729f8dbc2 -D-2-2.noarch@r1
#>rule pkg 51118613cf69f4ce8282c32e9b500564 -D-2-2.noarch@r1
#>rule pkg 51118613cf69f4ce8282c32e9b500564 -D-3-1.noarch@r1
#>rule pkg 525195b8785f8b5c6ff4f39df83a96ef -D-2-2.noarch@r1
#>rule pkg 525195b8785f8b5c6ff4f39df83a96ef -D-3-1.noarch@r2
#>rule pkg 530b25949b00eb18848f1dde9345e610 -D-3-1.noarch@r2
#>rule pkg 530b25949b00eb18848f1dde9345e610 -D-3-1.noarch@r3
#>rule pkg 5be5760154aae513d95822749886b958 -C-1-2.noarch@r1
#>rule pkg 5be5760154aae513d95822749886b958 -C-3-1.noarch@r2
#>rule pkg 5ee8e34935a30c4bbaafbef7503c2aab  C-1-1.noarch@r1
#>rule pkg 5ee8e34935a30c4bbaafbef7503c2aab -C-2-2.noarch@r2
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-2-1.noarch@system
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-3-1.noarch@r2
#>rule pkg 701fbc9920607e4df37311db990d886b  C-1-1.noarch@r1
#>rule pkg 701fbc9920607e4df37311db990d886b -D-3-1.noarch@r2
#>rule pkg 7162315fe524e7b93f9a2f20dad6c2ce -A-1-1.noarch@system
#>rule pkg 7162315fe524e7b93f9a2f20dad6c2ce -A-2-1.noarch@r2
#>rule pkg 822270bce70c866f652d0879acd72ada -A-1-1.noarch@system
#>rule pkg 822270bce70c866f652d0879acd72ada -A-3-1.noarch@r3
#>rule pkg 8b452ca49b32b31a0b0bfd3b6131bcb4 -D-3-1.noarch@r1
#>rule pkg 8b452ca49b32b31a0b0bfd3b6131bcb4 -D-3-1.noarch@r2
#>rule pkg 8fd1880286ff0466fed9f82a0e7a0ae4 -A-1-1.noarch@system
#>rule pkg 8fd1880286ff0466fed9f82a0e7a0ae4 -A-2-1.noarch@r1
#>rule pkg 942a5da1b5d421ae72d825282530758b -C-1-2.noarch@r1
#>rule pkg 942a5da1b5d421ae72d825282530758b -C-2-1.noarch@system
#>rule pkg 99db76da2110a2a91f34614ac25ed3f4 -E-1-1.noarch@r3
#>rule pkg 99db76da2110a2a91f34614ac25ed3f4 -E-2-1.noarch@r3
#>rule pkg a56edce139d19a6563ffafa0e8359c9f  G-1-1.noarch@r3
#>rule pkg a56edce139d19a6563ffafa0e8359c9f -C-1-1.noarch@r1
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-1-1.noarch@r1
#>rule pkg a95f418ea53d680fa4ef33f6daacf3b3 -C-3-1.noarch@r2
#>rule pkg ae98fff28ab629390d73e2073448584d -D-3-1.noarch@r1
#>rule pkg ae98fff28ab629390d73e2073448584d -D-3-1.noarch@r3
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r1
#>rule pkg bf73b0829d857ff0385042e833f815a8 -A-2-1.noarch@r2
#>rule pkg e056776e779861548ba29ad17cc1a9fe  B-2-2.noarch@r1
#>rule pkg e056776e779861548ba29ad17cc1a9fe -E-1-1.noarch@r3
#>rule pkg e1eb83554044049cb8d28f404a0c8426  H-1-1.noarch@r2
#>rule pkg e1eb83554044049cb8d28f404a0c8426 -C-1-1.noarch@r1
#>rule pkg e5e034a9c820d0c283b7995f6dccd13d -A-2-1.noarch@r1
#>rule pkg e5e034a9c820d0c283b7995f6dccd13d -A-3-1.noarch@r3
#>rule pkg e91b975848912a2dee21090c613174c8  G-1-1.noarch@r3
#>rule pkg e91b975848912a2dee21090c613174c8 -B-2-2.noarch@r1
#>rule pkg ea670b9787b3bafd6201fc2e47beae50 -D-2-2.noarch@r1
#>rule pkg ea670b9787b3bafd6201fc2e47beae50 -D-3-1.noarch@r3
#>rule pkg eb28c80a2bf5d07a2f3428ab30a46574  F-1-1.noarch@system
#>rule pkg eb28c80a2bf5d07a2f3428ab30a46574  F-3-1.noarch@r3
#>rule pkg eb28c80a2bf5d07a2f3428ab30a46574 -D-2-2.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-1-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-2-1.noarch@system
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-1-1.noarch@system
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-3-1.noarch@r1
#>rule pkg f3fbff43d7b45384717e95049590a0e8 -C-2-1.noarch@system
#>rule pkg f3fbff43d7b45384717e95049590a0e8 -C-2-2.noarch@r2
#>rule pkg f5de3820013c289024749abe9a5bfc36 -B-2-2.noarch@r1
#>rule pkg f5de3820013c289024749abe9a5bfc36 -B-2-2.noarch@system
#>rule pkg f6f42f774aef9a7902f2508593322a97  G-1-1.noarch@r3
#>rule pkg f6f42f774aef9a7902f2508593322a97 -C-3-1.noarch@r2
#>rule pkg fc9980142675bacee2960bc1a6f8b937 -D-1-1.noarch@system
#>rule pkg fc9980142675bacee2960bc1a6f8b937 -D-3-1.noarch@r3
#>rule pkg ff2da05f37d1b3fce12ca9e23d64884b -C-1-1.noarch@r1
#>rule update 0ba63979e587ff64d53b44e8a3aa57bf  C-2-1.noarch@system
#>rule update 0ba63979e587ff64d53b44e8a3aa57bf  C-3-1.noarch@r2
#>rule update 41f224e3879f86fcc35d01ff52582584  F-1-1.noarch@system
#>rule update 41f224e3879f86fcc35d01ff52582584  F-3-1.noarch@r3
#>rule update 550d8d72cd0cfdf83e459b91097072c0  B-2-2.noarch@r1
#>rule update 550d8d72cd0cfdf83e459b91097072c0  B-2-2.noarch@system
#>rule update e28b11ef7985e919465d33c18563b01d  D-1-1.noarch@system
#>rule update e28b11ef7985e919465d33c18563b01d  D-2-2.noarch@r1
#>rule update e28b11ef7985e919465d33c18563b01d  D-3-1.noarch@r1
#>rule update e28b11ef7985e919465d33c18563b01d  D-3-1.noarch@r2
#>rule update e28b11ef7985e919465d33c18563b01d  D-3-1.noarch@r3
#>rule update ec9159d669f5c338d3fd6594cb765b69  A-1-1.noarch@system
#>rule update ec9159d669f5c338d3fd6594cb765b69  A-2-1.noarch@r1
#>rule update ec9159d669f5c338d3fd6594cb765b69  A-2-1.noarch@r2
#>rule update ec9159d669f5c338d3fd6594cb765b69  A-3-1.noarch@r3
#>suggested D-3-1.noarch@r1
#>unneeded C-2-1.noarch@system
#>unneeded_filtered A-1-1.noarch@system
#>unneeded_filtered B-2-2.noarch@system
#>unneeded_filtered D-1-1.noarch@system
#>unneeded_filtered F-1-1.noarch@system
#>upgrade D-1-1.noarch@system D-3-1.noarch@r1
#>userinstalled pkg G-1-1.noarch@r3
