repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Req: C
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Obs: A
#>=Tim: 100
#>=Pkg: C 2 1 i686
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: A 1 1 x86_64
#>=Prv: A = 1-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 noarch
#>=Prv: E = 2-1
#>=Prv: W = 3-1
#>=Req: W
#>=Req: D
#>=Obs: C <> 1-1
#>=Tim: 100
#>=Pkg: E 3 1 i586
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: F 1 1 x86_64
#>=Prv: F = 1-1
#>=Prq: F <= 3-1
#>=Req: V
#>=Tim: 100
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 200
#>=Pkg: C 1 2 x86_64
#>=Prv: C = 1-2
#>=Req: A > 1-1
#>=Req: D >= 1
#>=Obs: B < 3
#>=Obs: H
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 3 1 i686
#>=Prv: G = 3-1
#>=Req: V
#>=Req: H
#>=Prq: D
#>=Req: V <> 3-1
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prv: W
#>=Req: B
#>=Req: D >= 2-1
#>=Req: A
#>=Tim: 100
#>=Pkg: H 1 1 noarch
#>=Prv: H = 1-1
#>=Tim: 200
#>=Pkg: E 2 1 x86_64
#>=Prv: E = 2-1
#>=Obs: F
#>=Obs: B >= 2-1
#>=Tim: 200
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Req: A
#>=Tim: 100
#>=Pkg: G 1 2 badarch
#>=Prv: G = 1-2
#>=Tim: 200
system x86_64 rpm system
solverflags !allownamechange allowarchchange allowvendorchange noupdateprovide installalsoupdates keeporphans
job install name E
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name C
#>autoinst name D
#>job install name E
#>problem 5a53b8d4 info package E-2-1.noarch obsoletes C <> 1-1 provided by C-2-1.i686
#>problem 5a53b8d4 solution 3c170283 replace B-2-1.noarch@system E-2-1.x86_64@r2
#>problem 5a53b8d4 solution 4a26307f deljob install name E
#>problem 5a53b8d4 solution ab6e1430 allow E-3-1.i586@r1
#>reason A-1-1.x86_64@system unit fd6a9d6c8f8a0f10502d4f45a31685a8
#>reason B-1-1.noarch@r2 unit af09849675e2f5f0e9d2b8e04adde10c
#>reason B-2-1.noarch@system keep 2fff48a639fdf697bc9b17813074d419
#>reason C-1-2.x86_64@r1 unit 5c256db4251f1bf74eaf76fcb86127a3
#>reason C-2-1.i686@system unit 57e43b88175c0b88075c5490a2c7f063
#>reason D-2-1.noarch@system keep c67625888080fb3ef5eb3f839a51ea70
#>reason D-2-2.noarch@r1 unit 6e48bc8476f20723a4e5e01ea0aa6ce2
#>reason E-2-1.noarch@r1 unit 3db00991d7664ae3bd030e10f8c52855
#>reason E-2-1.x86_64@r2 unit df780ce2400e6db495466752f9e44468
#>rule feature 59deb6d64236df6febda1b7fafa2f980  B-1-1.noarch@r2
#>rule feature 59deb6d64236df6febda1b7fafa2f980  B-2-1.noarch@system
#>rule feature 59deb6d64236df6febda1b7fafa2f980  C-1-2.x86_64@r1
#>rule feature 59deb6d64236df6febda1b7fafa2f980  E-2-1.x86_64@r2
#>rule feature 88bb65af1f7e1c90b86b9ea38763c559  C-1-2.x86_64@r1
#>rule feature 88bb65af1f7e1c90b86b9ea38763c559  C-2-1.i686@system
#>rule feature 88bb65af1f7e1c90b86b9ea38763c559  E-2-1.noarch@r1
#>rule feature adc535fc91414efad1b5a671962410a5  A-1-1.x86_64@system
#>rule feature adc535fc91414efad1b5a671962410a5  D-2-1.noarch@system
#>rule infarch 2c35eba458bee61f272b753bc510ee3d -E-3-1.i586@r1
#>rule job ab2186e958795c3f155833ff717578ea  E-2-1.noarch@r1
#>rule job ab2186e958795c3f155833ff717578ea  E-2-1.x86_64@r2
#>rule job ab2186e958795c3f155833ff717578ea  E-3-1.i586@r1
#>rule pkg 0a249b79fc96ea1de0e31ed7bfe66346 -E-2-1.x86_64@r2
#>rule pkg 0a249b79fc96ea1de0e31ed7bfe66346 -F-1-1.x86_64@r1
#>rule pkg 1ff5afec012108606d934e07b4b93c9f -B-1-1.noarch@r2
#>rule pkg 1ff5afec012108606d934e07b4b93c9f -C-1-2.x86_64@r1
#>rule pkg 259ea6be8550448003e7c4a2c90fc496  D-2-1.noarch@system
#>rule pkg 259ea6be8550448003e7c4a2c90fc496  D-2-2.noarch@r1
#>rule pkg 259ea6be8550448003e7c4a2c90fc496 -C-1-2.x86_64@r1
#>rule pkg 3a1385c74f2828579389ebaa4ef8af83 -C-1-2.x86_64@r1
#>rule pkg 3a1385c74f2828579389ebaa4ef8af83 -H-1-1.noarch@r2
#>rule pkg 3db00991d7664ae3bd030e10f8c52855 -C-2-1.i686@system
#>rule pkg 3db00991d7664ae3bd030e10f8c52855 -E-2-1.noarch@r1
#>rule pkg 42577515acaab595eb352c06a351f1fd -C-1-2.x86_64@r1
#>rule pkg 42577515acaab595eb352c06a351f1fd -C-2-1.i686@system
#>rule pkg 477806dc0763b492c2ab9acccc2261e7 -E-2-1.x86_64@r2
#>rule pkg 477806dc0763b492c2ab9acccc2261e7 -E-3-1.i586@r1
#>rule pkg 56528f24ae0261f4b26ee6452336af8d  A-1-1.x86_64@system
#>rule pkg 56528f24ae0261f4b26ee6452336af8d -B-1-1.noarch@r2
#>rule pkg 57e43b88175c0b88075c5490a2c7f063  C-1-2.x86_64@r1
#>rule pkg 57e43b88175c0b88075c5490a2c7f063  C-2-1.i686@system
#>rule pkg 57e43b88175c0b88075c5490a2c7f063 -B-2-1.noarch@system
#>rule pkg 5c256db4251f1bf74eaf76fcb86127a3 -C-1-2.x86_64@r1
#>rule pkg 6b625b0ba46495edff24edd8ea72fc3f -E-2-1.x86_64@r2
#>rule pkg 6b625b0ba46495edff24edd8ea72fc3f -F-2-1.x86_64@r2
#>rule pkg 6e48bc8476f20723a4e5e01ea0aa6ce2 -D-2-1.noarch@system
#>rule pkg 6e48bc8476f20723a4e5e01ea0aa6ce2 -D-2-2.noarch@r1
#>rule pkg 6e52701d47ed33b6bd417bf45c3247ee  D-2-1.noarch@system
#>rule pkg 6e52701d47ed33b6bd417bf45c3247ee  D-2-2.noarch@r1
#>rule pkg 6e52701d47ed33b6bd417bf45c3247ee -B-1-1.noarch@r2
#>rule pkg 8e65945668c1525a8c19c7e3f6db0041 -C-1-2.x86_64@r1
#>rule pkg 8e65945668c1525a8c19c7e3f6db0041 -E-2-1.noarch@r1
#>rule pkg 96c8b363d22e38b2ae693c3422210931 -B-2-1.noarch@system
#>rule pkg 96c8b363d22e38b2ae693c3422210931 -C-1-2.x86_64@r1
#>rule pkg a7690d7f38f2eaff87ad7ba1b1178713  D-2-1.noarch@system
#>rule pkg a7690d7f38f2eaff87ad7ba1b1178713  D-2-2.noarch@r1
#>rule pkg a7690d7f38f2eaff87ad7ba1b1178713 -E-2-1.noarch@r1
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-1-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-2-1.noarch@system
#>rule pkg b30532535b7f9c3aa0c0ae1f5725ef7e -E-2-1.noarch@r1
#>rule pkg b30532535b7f9c3aa0c0ae1f5725ef7e -E-3-1.i586@r1
#>rule pkg df780ce2400e6db495466752f9e44468 -B-2-1.noarch@system
#>rule pkg df780ce2400e6db495466752f9e44468 -E-2-1.x86_64@r2
#>rule pkg f74abfdb518f506ae84b1180dee4055b -E-2-1.noarch@r1
#>rule pkg f74abfdb518f506ae84b1180dee4055b -E-2-1.x86_64@r2
#>rule update 2fff48a639fdf697bc9b17813074d419  B-2-1.noarch@system
#>rule update b6cee873e092382ee0265ba6b67fc2c6  C-2-1.i686@system
#>rule update c67625888080fb3ef5eb3f839a51ea70  D-2-1.noarch@system
#>rule update c67625888080fb3ef5eb3f839a51ea70  D-2-2.noarch@r1
#>rule update fd6a9d6c8f8a0f10502d4f45a31685a8  A-1-1.x86_64@system
#>unneeded C-2-1.i686@system
#>unneeded_filtered A-1-1.x86_64@system
#>unneeded_filtered B-2-1.noarch@system
#>unneeded_filtered D-2-1.noarch@system
