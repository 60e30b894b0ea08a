repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 2 1 noarch
#>=Prv: H = 2-1
#>=Req: A <= 3-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Req: A
#>=Rec: G
#>=Sup: nosuch & D
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: A - D = 2
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prq: (X | A) & C <> 3
#>=Sup: V | ((H & W >= 2-1) + (H <IF> F))
#>=Tim: 100
#>=Pkg: E 2 2 noarch
#>=Prv: E = 2-2
#>=Prv: V < 1
#>=Prq: W
#>=Prq: F <UNLESS> ((H <= 1 - V <> 1-1) <ELSE> X)
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Prv: W = 2-2
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Prv: D = 3-1
#>=Prq: X
#>=Req: (X - (C <> 2 | B)) <IF> (B | (C >= 1-1 <UNLESS> B))
#>=Con: D = 3-1
#>=Rec: C
#>=Sug: D
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Prv: W
#>=Tim: 100
#>=Pkg: E 3 1 noarch
#>=Prv: E = 3-1
#>=Prq: V
#>=Rec: A
#>=Tim: 100
#>=Pkg: F 2 1 noarch
#>=Prv: F = 2-1
#>=Req: X
#>=Prq: E
#>=Tim: 100
#>=Pkg: F 1 1 noarch
#>=Prv: F = 1-1
#>=Req: E <> 3-1 & ((E <IF> (X <ELSE> W)) <IF> V)
#>=Req: X
#>=Sup: V <IF> ((V <IF> B) <UNLESS> (W <ELSE> (B & G >= 1-1)))
#>=Rec: E >= 2
#>=Tim: 100
#>=Pkg: G 2 2 noarch
#>=Prv: G = 2-2
#>=Prv: D
#>=Req: A
#>=Tim: 100
#>=Pkg: G 3 1 noarch
#>=Prv: G = 3-1
#>=Prv: V >= 2
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: B | ((G >= 3-1 <UNLESS> (B <ELSE> D = 2-1)) | A <= 2-1)
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Prv: W = 1
#>=Prq: W > 2-2
#>=Req: E < 3-1 - W
#>=Req: V <UNLESS> ((X >= 1-1 | (B & E)) <ELSE> F >= 2)
#>=Req: V & ((C & E < 3-1) <IF> (X >= 3 <ELSE> H > 1))
#>=Rec: F
#>=Rec: B <IF> (E <ELSE> F)
#>=Rec: H
#>=Sug: E
#>=Sup: (F | (X | C)) <IF> A
#>=Tim: 100
#>=Pkg: H 2 1 noarch
#>=Prv: H = 2-1
#>=Prv: X >= 2
#>=Prv: X >= 2
#>=Tim: 100
#>=Pkg: H 1 2 noarch
#>=Prv: H = 1-2
#>=Rec: W = 2-2 | V
#>=Enh: V
#>=Tim: 100
#>=Pkg: H 3 1 noarch
#>=Prv: H = 3-1
#>=Prq: B
#>=Req: W - ((H >= 1-1 <IF> (D <ELSE> X < 2-2)) | (E - F < 1-1))
#>=Tim: 200
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prv: E
#>=Req: H
#>=Req: ((C + E) <IF> (A < 2-1 <IF> (W <ELSE> H >= 3))) & H
#>=Rec: H
#>=Rec: F
#>=Sup: G
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: V = 3-1
#>=Prv: D
#>=Tim: 100
system x86_64 rpm system
solverflags addalreadyrecommended
job install oneof H-2-1.noarch@r3 H-2-1.noarch@r3
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>autoinst name D
#>change H-2-1.noarch@system H-2-1.noarch@r3
#>install C-2-1.noarch@r1
#>install D-2-1.noarch@r1
#>job install oneof H-2-1.noarch@r3 H-2-1.noarch@r3
#>reason B-2-1.noarch@r3 unit 491b06eb035e64f0d57fc0d6f14f056a
#>reason C-2-1.noarch@r1 unit f8bed7f36e263dd0d1ecec2ba7afbaff
#>reason D-2-1.noarch@r1 supplemented V | ((H & W >= 2-1) + (H <IF> F)) H-2-1.noarch@r3
#>reason D-3-1.noarch@r3 unit bcc57c63ef82acee8ca0ada96e178015
#>reason G-2-2.noarch@r2 unit bf85f5633a63d288e448f21dbd04ec74
#>reason H-1-1.noarch@r1 unit 1438d80b852efc541f381032220307ad
#>reason H-1-1.noarch@r2 unit 84bc3fd256f486d15c17e58321c79bb2
#>reason H-1-1.noarch@r3 unit 29215cf5d772c71f61e940113284a658
#>reason H-1-2.noarch@r3 unit 5d451a4770d4755a1cb2db84ee6f31c0
#>reason H-2-1.noarch@r3 job 5ab1595fe40e098d2731e5ddb89f1805
#>reason H-2-1.noarch@system unit e9477b8641bcfea306776c9074a39403
#>reason H-3-1.noarch@r3 unit 9c6674a06dc83cfbfaac72e1dbab8299
#>recommended C-2-1.noarch@r1
#>recommended D-2-1.noarch@r1
#>rule choice 10de2ffa77e6358ccba0fd194b648837  H-2-1.noarch@r3
#>rule choice 10de2ffa77e6358ccba0fd194b648837 -D-2-1.noarch@r1
#>rule choice 202f035bf3efb92be2d8686e0efe954b  H-2-1.noarch@r3
#>rule choice 202f035bf3efb92be2d8686e0efe954b -F-1-1.noarch@r2
#>rule choice 202f035bf3efb92be2d8686e0efe954b -G-3-1.noarch@r2
#>rule choice 331bc53a61cae1e386bdf1dc9b5cc484  H-2-1.noarch@r3
#>rule choice 331bc53a61cae1e386bdf1dc9b5cc484 -D-3-1.noarch@r3
#>rule choice 38bcac657e8d8d3d7ccb559568eb84e8  H-2-1.noarch@r3
#>rule choice 38bcac657e8d8d3d7ccb559568eb84e8 -E-2-2.noarch@r1
#>rule choice 4df060bceb93a99d81ce18a543d0ef98  H-2-1.noarch@r3
#>rule choice 4df060bceb93a99d81ce18a543d0ef98 -C-2-1.noarch@r1
#>rule choice 626e518b07308a49e3b62cf8dc59bdd4  H-2-1.noarch@r3
#>rule choice 626e518b07308a49e3b62cf8dc59bdd4 -E-2-2.noarch@r1
#>rule choice 626e518b07308a49e3b62cf8dc59bdd4 -F-1-1.noarch@r2
#>rule choice 8829c559b60cfdb84e4fd504d0d09270  H-2-1.noarch@r3
#>rule choice 8829c559b60cfdb84e4fd504d0d09270 -B-2-1.noarch@r3
#>rule choice 8829c559b60cfdb84e4fd504d0d09270 -F-1-1.noarch@r2
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-1-1.noarch@r1
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-1-1.noarch@r2
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-1-1.noarch@r3
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-1-2.noarch@r3
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-2-1.noarch@r3
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-2-1.noarch@system
#>rule feature e78c4367af0c6dcf315394171bdcb7d3  H-3-1.noarch@r3
#>rule job 5ab1595fe40e098d2731e5ddb89f1805  H-2-1.noarch@r3
#>rule job 5ab1595fe40e098d2731e5ddb89f1805  H-2-1.noarch@r3
#>rule pkg 043146d703a2396c11d2e2a8b8a19541  F-2-1.noarch@r2
#>rule pkg 043146d703a2396c11d2e2a8b8a19541 -D-3-1.noarch@r3
#>rule pkg 043146d703a2396c11d2e2a8b8a19541 -H-2-1.noarch@r3
#>rule pkg 05c921dee7d38a1cae4d3383eb3850fe -H-1-1.noarch@r1
#>rule pkg 05c921dee7d38a1cae4d3383eb3850fe -H-2-1.noarch@system
#>rule pkg 0afb13cf6557cc11aa1c11263d712fe3 -A-1-1.noarch@r3
#>rule pkg 0afb13cf6557cc11aa1c11263d712fe3 -B-3-1.noarch@r3
#>rule pkg 0afb13cf6557cc11aa1c11263d712fe3 -F-1-1.noarch@r1
#>rule pkg 0c62bcc2c3b6e2ed973479229a0eac07  A-1-1.noarch@r1
#>rule pkg 0c62bcc2c3b6e2ed973479229a0eac07  A-1-1.noarch@r3
#>rule pkg 0c62bcc2c3b6e2ed973479229a0eac07  H-2-1.noarch@r3
#>rule pkg 0c62bcc2c3b6e2ed973479229a0eac07 -D-2-1.noarch@r1
#>rule pkg 0cd7910f3f0d0e5f3ed1898b294e9f0f  F-2-1.noarch@r2
#>rule pkg 0cd7910f3f0d0e5f3ed1898b294e9f0f -B-2-1.noarch@r3
#>rule pkg 0cd7910f3f0d0e5f3ed1898b294e9f0f -B-3-1.noarch@r3
#>rule pkg 0cd7910f3f0d0e5f3ed1898b294e9f0f -D-3-1.noarch@r3
#>rule pkg 0ceee3fb72c54d52f583d167f0c22fcb  B-3-1.noarch@r3
#>rule pkg 0ceee3fb72c54d52f583d167f0c22fcb  E-2-2.noarch@r1
#>rule pkg 0ceee3fb72c54d52f583d167f0c22fcb -F-1-1.noarch@r2
#>rule pkg 0d01987dc2017feb32348ae14c6fe8b9  F-1-1.noarch@r1
#>rule pkg 0d01987dc2017feb32348ae14c6fe8b9  F-1-1.noarch@r2
#>rule pkg 0d01987dc2017feb32348ae14c6fe8b9  F-2-1.noarch@r2
#>rule pkg 0d01987dc2017feb32348ae14c6fe8b9  H-2-1.noarch@r3
#>rule pkg 0d01987dc2017feb32348ae14c6fe8b9 -E-2-2.noarch@r1
#>rule pkg 13ac4cb4fb011efd496fc44f124747b1  H-2-1.noarch@r3
#>rule pkg 13ac4cb4fb011efd496fc44f124747b1 -E-2-2.noarch@r1
#>rule pkg 13ac4cb4fb011efd496fc44f124747b1 -H-1-1.noarch@r2
#>rule pkg 1438d80b852efc541f381032220307ad -H-1-1.noarch@r1
#>rule pkg 1438d80b852efc541f381032220307ad -H-2-1.noarch@r3
#>rule pkg 1f13edf258ce329c88d9a518292db2d4  A-1-1.noarch@r1
#>rule pkg 1f13edf258ce329c88d9a518292db2d4  A-1-1.noarch@r3
#>rule pkg 1f13edf258ce329c88d9a518292db2d4 -H-1-1.noarch@r1
#>rule pkg 2451695420b88d674328a694059bfe3f -G-2-2.noarch@r2
#>rule pkg 2451695420b88d674328a694059bfe3f -G-3-1.noarch@r2
#>rule pkg 24e117ddcd81f307bbf0298426e6cf11  D-3-1.noarch@r3
#>rule pkg 24e117ddcd81f307bbf0298426e6cf11  F-1-1.noarch@r1
#>rule pkg 24e117ddcd81f307bbf0298426e6cf11  H-1-1.noarch@r2
#>rule pkg 24e117ddcd81f307bbf0298426e6cf11 -E-2-2.noarch@r1
#>rule pkg 2720a72110173ec4936f066c60eca31d -H-1-1.noarch@r3
#>rule pkg 2720a72110173ec4936f066c60eca31d -H-3-1.noarch@r3
#>rule pkg 27f9b721d8da5111854ff618ab69029f  B-2-1.noarch@r3
#>rule pkg 27f9b721d8da5111854ff618ab69029f  B-3-1.noarch@r3
#>rule pkg 27f9b721d8da5111854ff618ab69029f  E-2-2.noarch@r1
#>rule pkg 27f9b721d8da5111854ff618ab69029f  G-3-1.noarch@r2
#>rule pkg 27f9b721d8da5111854ff618ab69029f  H-2-1.noarch@r3
#>rule pkg 27f9b721d8da5111854ff618ab69029f -D-3-1.noarch@r3
#>rule pkg 29215cf5d772c71f61e940113284a658 -H-1-1.noarch@r3
#>rule pkg 29215cf5d772c71f61e940113284a658 -H-2-1.noarch@r3
#>rule pkg 2b05cfb94d42e9f688c4af76396969b9 -H-1-1.noarch@r2
#>rule pkg 2b05cfb94d42e9f688c4af76396969b9 -H-1-2.noarch@r3
#>rule pkg 2b101809143f9549b43a9cf25348ba6c -H-1-1.noarch@r3
#>rule pkg 2b101809143f9549b43a9cf25348ba6c -H-1-2.noarch@r3
#>rule pkg 2b1bf050638fe81a7a5d8b20fdab7264 -A-1-1.noarch@r3
#>rule pkg 2b1bf050638fe81a7a5d8b20fdab7264 -B-3-1.noarch@r3
#>rule pkg 2b1bf050638fe81a7a5d8b20fdab7264 -D-3-1.noarch@r3
#>rule pkg 2b900c9fdcadf98b0330f55871a43fdb  F-2-1.noarch@r2
#>rule pkg 2b900c9fdcadf98b0330f55871a43fdb -B-3-1.noarch@r3
#>rule pkg 2b900c9fdcadf98b0330f55871a43fdb -D-3-1.noarch@r3
#>rule pkg 2d7efc5c0640e79410b7c60dbc4dce8b -A-1-1.noarch@r3
#>rule pkg 2d7efc5c0640e79410b7c60dbc4dce8b -B-3-1.noarch@r3
#>rule pkg 2d7efc5c0640e79410b7c60dbc4dce8b -H-1-1.noarch@r2
#>rule pkg 2fe00518138925f3dc74e52c5997ee38  B-3-1.noarch@r3
#>rule pkg 2fe00518138925f3dc74e52c5997ee38  E-2-2.noarch@r1
#>rule pkg 2fe00518138925f3dc74e52c5997ee38 -D-3-1.noarch@r3
#>rule pkg 31eb9e53e55204a8badfafdc53a4752b -H-1-1.noarch@r2
#>rule pkg 31eb9e53e55204a8badfafdc53a4752b -H-2-1.noarch@system
#>rule pkg 36362dde2efa9c2b413f835415731573  F-2-1.noarch@r2
#>rule pkg 36362dde2efa9c2b413f835415731573 -B-3-1.noarch@r3
#>rule pkg 36362dde2efa9c2b413f835415731573 -D-3-1.noarch@r3
#>rule pkg 36362dde2efa9c2b413f835415731573 -E-3-1.noarch@r2
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-1-1.noarch@r1
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-1-1.noarch@r2
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-1-1.noarch@r3
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-1-2.noarch@r3
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-2-1.noarch@r3
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-2-1.noarch@system
#>rule pkg 37869d5d10787ce39a8b311165e1b722  H-3-1.noarch@r3
#>rule pkg 37869d5d10787ce39a8b311165e1b722 -B-3-1.noarch@r3
#>rule pkg 3c461bd486efa4cebf6094e78414da4c  B-3-1.noarch@r3
#>rule pkg 3c461bd486efa4cebf6094e78414da4c  E-2-2.noarch@r1
#>rule pkg 3c461bd486efa4cebf6094e78414da4c -D-3-1.noarch@r3
#>rule pkg 3c461bd486efa4cebf6094e78414da4c -H-2-1.noarch@r3
#>rule pkg 3e4d1337638ec97a95b49f287fa742fc -H-1-1.noarch@r2
#>rule pkg 3e4d1337638ec97a95b49f287fa742fc -H-3-1.noarch@r3
#>rule pkg 3ee9055cd2cb1a0de5991620c079e90d -H-1-1.noarch@r1
#>rule pkg 3ee9055cd2cb1a0de5991620c079e90d -H-1-2.noarch@r3
#>rule pkg 41076d254fb9858356c4e5588f71fd79  D-3-1.noarch@r3
#>rule pkg 41076d254fb9858356c4e5588f71fd79  F-1-1.noarch@r1
#>rule pkg 41076d254fb9858356c4e5588f71fd79 -H-3-1.noarch@r3
#>rule pkg 41fcdbe4407203cf957037e1e420441e -H-1-2.noarch@r3
#>rule pkg 41fcdbe4407203cf957037e1e420441e -H-3-1.noarch@r3
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566  D-3-1.noarch@r3
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566  F-1-1.noarch@r1
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566  H-1-1.noarch@r2
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566  H-2-1.noarch@r3
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566 -F-1-1.noarch@r2
#>rule pkg 43fa1ef93609a48b48e6d6a927d7a566 -G-3-1.noarch@r2
#>rule pkg 4862935669fd83b7d50c369bea6dbd84  H-2-1.noarch@r3
#>rule pkg 4862935669fd83b7d50c369bea6dbd84 -B-2-1.noarch@r3
#>rule pkg 4862935669fd83b7d50c369bea6dbd84 -C-2-1.noarch@r1
#>rule pkg 491b06eb035e64f0d57fc0d6f14f056a -B-2-1.noarch@r3
#>rule pkg 491b06eb035e64f0d57fc0d6f14f056a -C-2-1.noarch@r1
#>rule pkg 4ba71144edc5b8cc4acb9d55212b2fc0  C-2-1.noarch@r1
#>rule pkg 4ba71144edc5b8cc4acb9d55212b2fc0 -D-3-1.noarch@r3
#>rule pkg 4ba71144edc5b8cc4acb9d55212b2fc0 -H-2-1.noarch@r3
#>rule pkg 4df060bceb93a99d81ce18a543d0ef98  H-2-1.noarch@r3
#>rule pkg 4df060bceb93a99d81ce18a543d0ef98 -C-2-1.noarch@r1
#>rule pkg 4e39f9ddb598169d8a9f058d0b37f6ec  H-2-1.noarch@r3
#>rule pkg 4e39f9ddb598169d8a9f058d0b37f6ec  H-2-1.noarch@system
#>rule pkg 4e39f9ddb598169d8a9f058d0b37f6ec  H-3-1.noarch@r3
#>rule pkg 4e39f9ddb598169d8a9f058d0b37f6ec -D-3-1.noarch@r3
#>rule pkg 52def5add410190e9c42d678507db4d6  B-2-1.noarch@r3
#>rule pkg 52def5add410190e9c42d678507db4d6  B-3-1.noarch@r3
#>rule pkg 52def5add410190e9c42d678507db4d6  E-2-2.noarch@r1
#>rule pkg 52def5add410190e9c42d678507db4d6  E-3-1.noarch@r2
#>rule pkg 52def5add410190e9c42d678507db4d6  G-3-1.noarch@r2
#>rule pkg 52def5add410190e9c42d678507db4d6  H-2-1.noarch@r3
#>rule pkg 52def5add410190e9c42d678507db4d6 -D-3-1.noarch@r3
#>rule pkg 53139b92e632e41dee53e766e37d2cef  D-3-1.noarch@r3
#>rule pkg 53139b92e632e41dee53e766e37d2cef  F-1-1.noarch@r1
#>rule pkg 53139b92e632e41dee53e766e37d2cef  H-1-1.noarch@r2
#>rule pkg 53139b92e632e41dee53e766e37d2cef  H-2-1.noarch@r3
#>rule pkg 53139b92e632e41dee53e766e37d2cef -B-2-1.noarch@r3
#>rule pkg 53139b92e632e41dee53e766e37d2cef -F-1-1.noarch@r2
#>rule pkg 5ae06cef64359c3d3c00610ca398ca3f -H-2-1.noarch@system
#>rule pkg 5ae06cef64359c3d3c00610ca398ca3f -H-3-1.noarch@r3
#>rule pkg 5d451a4770d4755a1cb2db84ee6f31c0 -H-1-2.noarch@r3
#>rule pkg 5d451a4770d4755a1cb2db84ee6f31c0 -H-2-1.noarch@r3
#>rule pkg 60274e8eff424de65445be61bcdf0cda -A-1-1.noarch@r1
#>rule pkg 60274e8eff424de65445be61bcdf0cda -B-3-1.noarch@r3
#>rule pkg 60274e8eff424de65445be61bcdf0cda -F-1-1.noarch@r1
#>rule pkg 6c99db922cc2649e924ff8003162a931  B-2-1.noarch@r3
#>rule pkg 6c99db922cc2649e924ff8003162a931  E-2-2.noarch@r1
#>rule pkg 6c99db922cc2649e924ff8003162a931  G-3-1.noarch@r2
#>rule pkg 6c99db922cc2649e924ff8003162a931 -E-3-1.noarch@r2
#>rule pkg 6f267752ff6db4b632c6f5a9ba238a97 -B-2-1.noarch@r3
#>rule pkg 6f267752ff6db4b632c6f5a9ba238a97 -B-3-1.noarch@r3
#>rule pkg 72d0862421d2f56d8139c55db020a41d  F-2-1.noarch@r2
#>rule pkg 72d0862421d2f56d8139c55db020a41d -B-3-1.noarch@r3
#>rule pkg 72d0862421d2f56d8139c55db020a41d -D-3-1.noarch@r3
#>rule pkg 72d0862421d2f56d8139c55db020a41d -E-2-2.noarch@r1
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8  B-3-1.noarch@r3
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8  E-2-2.noarch@r1
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8  E-3-1.noarch@r2
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8 -B-2-1.noarch@r3
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8 -F-1-1.noarch@r2
#>rule pkg 7e0651f7be66dd8c7f097f89f61f77a8 -H-2-1.noarch@r3
#>rule pkg 842bd08e073686b5b430489cc10a8d9e  B-3-1.noarch@r3
#>rule pkg 842bd08e073686b5b430489cc10a8d9e  E-2-2.noarch@r1
#>rule pkg 842bd08e073686b5b430489cc10a8d9e  E-3-1.noarch@r2
#>rule pkg 842bd08e073686b5b430489cc10a8d9e -F-1-1.noarch@r2
#>rule pkg 842bd08e073686b5b430489cc10a8d9e -G-3-1.noarch@r2
#>rule pkg 842bd08e073686b5b430489cc10a8d9e -H-2-1.noarch@r3
#>rule pkg 84bc3fd256f486d15c17e58321c79bb2 -H-1-1.noarch@r2
#>rule pkg 84bc3fd256f486d15c17e58321c79bb2 -H-2-1.noarch@r3
#>rule pkg 8911e7ee4d7484810680ee6221eb4fd7  H-2-1.noarch@r3
#>rule pkg 8911e7ee4d7484810680ee6221eb4fd7 -E-2-2.noarch@r1
#>rule pkg 8911e7ee4d7484810680ee6221eb4fd7 -H-1-1.noarch@r3
#>rule pkg 8e0140275e3d455eb55fa3c8d2950341 -F-1-1.noarch@r1
#>rule pkg 8e0140275e3d455eb55fa3c8d2950341 -F-2-1.noarch@r2
#>rule pkg 996b875148bbc90294242b8ccce30b21 -H-1-1.noarch@r1
#>rule pkg 996b875148bbc90294242b8ccce30b21 -H-1-1.noarch@r2
#>rule pkg 9a85ec4a5d41ac36b23d7fdf5316957b -A-1-1.noarch@r1
#>rule pkg 9a85ec4a5d41ac36b23d7fdf5316957b -B-3-1.noarch@r3
#>rule pkg 9a85ec4a5d41ac36b23d7fdf5316957b -H-3-1.noarch@r3
#>rule pkg 9a8fd3f6eed4cccb85d512951961425a -A-1-1.noarch@r3
#>rule pkg 9a8fd3f6eed4cccb85d512951961425a -B-3-1.noarch@r3
#>rule pkg 9a8fd3f6eed4cccb85d512951961425a -H-3-1.noarch@r3
#>rule pkg 9ad97b0445b49ace93d557815d9eb4f8  B-2-1.noarch@r3
#>rule pkg 9ad97b0445b49ace93d557815d9eb4f8  E-2-2.noarch@r1
#>rule pkg 9ad97b0445b49ace93d557815d9eb4f8  F-2-1.noarch@r2
#>rule pkg 9ad97b0445b49ace93d557815d9eb4f8  G-3-1.noarch@r2
#>rule pkg 9ad97b0445b49ace93d557815d9eb4f8 -D-3-1.noarch@r3
#>rule pkg 9b6d27fcf2e4561575a6eaa65cc5d27b -A-1-1.noarch@r1
#>rule pkg 9b6d27fcf2e4561575a6eaa65cc5d27b -B-3-1.noarch@r3
#>rule pkg 9b6d27fcf2e4561575a6eaa65cc5d27b -D-3-1.noarch@r3
#>rule pkg 9c6674a06dc83cfbfaac72e1dbab8299 -H-2-1.noarch@r3
#>rule pkg 9c6674a06dc83cfbfaac72e1dbab8299 -H-3-1.noarch@r3
#>rule pkg 9d41f497f9f1bea2a4f376f4d6d8c176  H-2-1.noarch@r3
#>rule pkg 9d41f497f9f1bea2a4f376f4d6d8c176 -B-3-1.noarch@r3
#>rule pkg 9d41f497f9f1bea2a4f376f4d6d8c176 -C-2-1.noarch@r1
#>rule pkg a894ac60728980c7f58361e29ba04265  H-2-1.noarch@r3
#>rule pkg a894ac60728980c7f58361e29ba04265 -F-1-1.noarch@r2
#>rule pkg abf8be9defbaf42ca0472e005b6d3ad1 -H-1-1.noarch@r1
#>rule pkg abf8be9defbaf42ca0472e005b6d3ad1 -H-3-1.noarch@r3
#>rule pkg ae055543e308e1ee8979b058f391b89d -H-1-1.noarch@r3
#>rule pkg ae055543e308e1ee8979b058f391b89d -H-2-1.noarch@system
#>rule pkg b1bc77dd78f525fa422db4189d1f2a44  H-2-1.noarch@r3
#>rule pkg b1bc77dd78f525fa422db4189d1f2a44 -E-2-2.noarch@r1
#>rule pkg b1bc77dd78f525fa422db4189d1f2a44 -H-1-1.noarch@r1
#>rule pkg b281addb8c06dcc2fb7a82d39886b6de -E-2-2.noarch@r1
#>rule pkg b281addb8c06dcc2fb7a82d39886b6de -E-3-1.noarch@r2
#>rule pkg b6b718e03c81ab52d32a163e84befe0d  B-3-1.noarch@r3
#>rule pkg b6b718e03c81ab52d32a163e84befe0d  E-2-2.noarch@r1
#>rule pkg b6b718e03c81ab52d32a163e84befe0d  E-3-1.noarch@r2
#>rule pkg b6b718e03c81ab52d32a163e84befe0d -F-2-1.noarch@r2
#>rule pkg b7f5bdd48585f3ff3407c5884c597aa3  B-2-1.noarch@r3
#>rule pkg b7f5bdd48585f3ff3407c5884c597aa3  E-2-2.noarch@r1
#>rule pkg b7f5bdd48585f3ff3407c5884c597aa3  G-3-1.noarch@r2
#>rule pkg b7f5bdd48585f3ff3407c5884c597aa3 -D-3-1.noarch@r3
#>rule pkg bc18ae7d2e7466e7370e23efbeb20148  A-1-1.noarch@r1
#>rule pkg bc18ae7d2e7466e7370e23efbeb20148  A-1-1.noarch@r3
#>rule pkg bc18ae7d2e7466e7370e23efbeb20148 -G-2-2.noarch@r2
#>rule pkg bcc57c63ef82acee8ca0ada96e178015  H-1-1.noarch@r2
#>rule pkg bcc57c63ef82acee8ca0ada96e178015 -D-3-1.noarch@r3
#>rule pkg beaa8b19fa5297fe0977ac019430b49c  D-3-1.noarch@r3
#>rule pkg beaa8b19fa5297fe0977ac019430b49c  F-1-1.noarch@r1
#>rule pkg beaa8b19fa5297fe0977ac019430b49c  H-1-1.noarch@r2
#>rule pkg beaa8b19fa5297fe0977ac019430b49c  H-2-1.noarch@r3
#>rule pkg beaa8b19fa5297fe0977ac019430b49c -E-2-2.noarch@r1
#>rule pkg beaa8b19fa5297fe0977ac019430b49c -F-1-1.noarch@r2
#>rule pkg bf85f5633a63d288e448f21dbd04ec74 -C-2-1.noarch@r1
#>rule pkg bf85f5633a63d288e448f21dbd04ec74 -G-2-2.noarch@r2
#>rule pkg c12eaa5f9d6463c8ae987c1bbd19c19b  D-3-1.noarch@r3
#>rule pkg c12eaa5f9d6463c8ae987c1bbd19c19b  F-1-1.noarch@r1
#>rule pkg c12eaa5f9d6463c8ae987c1bbd19c19b  H-1-1.noarch@r2
#>rule pkg c12eaa5f9d6463c8ae987c1bbd19c19b -B-3-1.noarch@r3
#>rule pkg c12eaa5f9d6463c8ae987c1bbd19c19b -H-3-1.noarch@r3
#>rule pkg c51569432d64c85aa1d11ac0b52ada24  B-2-1.noarch@r3
#>rule pkg c51569432d64c85aa1d11ac0b52ada24  B-3-1.noarch@r3
#>rule pkg c51569432d64c85aa1d11ac0b52ada24 -H-3-1.noarch@r3
#>rule pkg c8c04c1403ea8351286e4c4b89f39661  H-2-1.noarch@r3
#>rule pkg c8c04c1403ea8351286e4c4b89f39661 -F-2-1.noarch@r2
#>rule pkg c8c38f4ddc0e65f1e0a5c62eb10848c6 -H-1-1.noarch@r1
#>rule pkg c8c38f4ddc0e65f1e0a5c62eb10848c6 -H-1-1.noarch@r3
#>rule pkg cbfe02960b9fc7ee05c891ac28a3341d -F-1-1.noarch@r2
#>rule pkg cbfe02960b9fc7ee05c891ac28a3341d -F-2-1.noarch@r2
#>rule pkg d0961b5e5c8a5dba8294a48f700b6203 -A-1-1.noarch@r1
#>rule pkg d0961b5e5c8a5dba8294a48f700b6203 -B-3-1.noarch@r3
#>rule pkg d0961b5e5c8a5dba8294a48f700b6203 -H-1-1.noarch@r2
#>rule pkg d401dfb09c2a764c54dbc97e4f035728  B-2-1.noarch@r3
#>rule pkg d401dfb09c2a764c54dbc97e4f035728  B-3-1.noarch@r3
#>rule pkg d401dfb09c2a764c54dbc97e4f035728  H-2-1.noarch@r3
#>rule pkg d401dfb09c2a764c54dbc97e4f035728 -C-2-1.noarch@r1
#>rule pkg d705329954bc118c8176a4b1958b0627 -H-1-1.noarch@r2
#>rule pkg d705329954bc118c8176a4b1958b0627 -H-1-1.noarch@r3
#>rule pkg d7781b004af726fedf041d4105b87562  F-2-1.noarch@r2
#>rule pkg d7781b004af726fedf041d4105b87562 -B-2-1.noarch@r3
#>rule pkg d7781b004af726fedf041d4105b87562 -D-3-1.noarch@r3
#>rule pkg d7781b004af726fedf041d4105b87562 -E-3-1.noarch@r2
#>rule pkg dbcad5c5bb5791d571e341621bdfbd5f  H-2-1.noarch@r3
#>rule pkg dbcad5c5bb5791d571e341621bdfbd5f -E-2-2.noarch@r1
#>rule pkg dbcad5c5bb5791d571e341621bdfbd5f -H-1-2.noarch@r3
#>rule pkg df1332f617e143350ceb61ef00633b50 -A-1-1.noarch@r1
#>rule pkg df1332f617e143350ceb61ef00633b50 -A-1-1.noarch@r3
#>rule pkg dfa227c9a21703a14a3f661cfd155817 -F-1-1.noarch@r1
#>rule pkg dfa227c9a21703a14a3f661cfd155817 -F-1-1.noarch@r2
#>rule pkg e19b0845e0ecb8571b2f9a970cbd8dc0 -H-1-2.noarch@r3
#>rule pkg e19b0845e0ecb8571b2f9a970cbd8dc0 -H-2-1.noarch@system
#>rule pkg e3d0a0ff39890d5c910a8568541df8a9 -C-2-1.noarch@r1
#>rule pkg e3d0a0ff39890d5c910a8568541df8a9 -D-3-1.noarch@r3
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  F-1-1.noarch@r1
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  F-1-1.noarch@r2
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  F-2-1.noarch@r2
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  H-1-1.noarch@r1
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  H-1-1.noarch@r2
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  H-1-1.noarch@r3
#>rule pkg e688f991debce3b9c01c55d0646bdb7d  H-1-2.noarch@r3
#>rule pkg e688f991debce3b9c01c55d0646bdb7d -E-2-2.noarch@r1
#>rule pkg e9477b8641bcfea306776c9074a39403 -H-2-1.noarch@r3
#>rule pkg e9477b8641bcfea306776c9074a39403 -H-2-1.noarch@system
#>rule pkg f8bed7f36e263dd0d1ecec2ba7afbaff  C-2-1.noarch@r1
#>rule pkg f8bed7f36e263dd0d1ecec2ba7afbaff -D-2-1.noarch@r1
#>rule pkg fad6460b9e0e092e90476ea4a136d64a  F-2-1.noarch@r2
#>rule pkg fad6460b9e0e092e90476ea4a136d64a -B-2-1.noarch@r3
#>rule pkg fad6460b9e0e092e90476ea4a136d64a -D-3-1.noarch@r3
#>rule pkg fad6460b9e0e092e90476ea4a136d64a -E-2-2.noarch@r1
#>rule update 184429df1a612021aa3ebb99a3b1c690  H-2-1.noarch@r3
#>rule update 184429df1a612021aa3ebb99a3b1c690  H-2-1.noarch@system
#>rule update 184429df1a612021aa3ebb99a3b1c690  H-3-1.noarch@r3
#>suggested C-2-1.noarch@r1
#>unneeded_filtered H-2-1.noarch@system
#>userinstalled pkg H-2-1.noarch@r3
