repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 x86_64
#>=Prv: A = 2-1
#>=Req: V < 1
#>=Req: V
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 i586
#>=Prv: A = 1-2
#>=Req: X
#>=Tim: 200
#>=Pkg: C 3 1 i586
#>=Prv: C = 3-1
#>=Req: C
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 2 1 i686
#>=Prv: E = 2-1
#>=Req: A
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: X < 1
#>=Tim: 200
#>=Pkg: A 2 2 x86_64
#>=Prv: A = 2-2
#>=Prq: A
#>=Tim: 200
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 200
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 3 1 i586
#>=Prv: E = 3-1
#>=Tim: 100
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Req: nosuch
#>=Prq: V >= 1-1
#>=Req: C
#>=Tim: 100
#>=Pkg: A 3 2 x86_64
#>=Tim: 200
#>=Pkg: C 2 2 i586
#>=Prv: C = 2-2
#>=Tim: 200
#>=Pkg: D 3 1 x86_64
#>=Prv: D = 3-1
#>=Req: E
#>=Tim: 200
#>=Pkg: E 2 2 x86_64
#>=Prv: E = 2-2
#>=Prv: V = 3-1
#>=Tim: 100
#>=Pkg: C 1 2 x86_64
#>=Prv: C = 1-2
#>=Prv: W = 2-1
#>=Req: B
#>=Prq: A
#>=Req: D
#>=Tim: 200
#>=Pkg: A 1 2 i686
#>=Prv: A = 1-2
#>=Prv: A
#>=Tim: 100
system x86_64 rpm system
job install provides C
job install name E < 2-2
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name B
#>autoinst name D
#>autoinst name E
#>install B-2-1.noarch@r2
#>install C-1-2.x86_64@r3
#>install D-3-1.x86_64@r3
#>install E-2-2.x86_64@r3
#>job install name E < 2-2
#>job install provides C
#>problem 043214e6 info E-2-1.i686 has inferior architecture
#>problem 043214e6 solution 609080c2 allow E-2-1.i686@r2
#>problem 043214e6 solution c2ab3286 deljob install name E < 2-2
#>reason A-1-1.noarch@r2 unit d5c89962718086b4eb509a5b036296d1
#>reason A-1-2.i586@r1 unit b2c769ccdc68cc63880e683d0b08bc05
#>reason A-1-2.i686@r3 unit 83f348911e972d9de8b289d9322beab0
#>reason A-1-2.noarch@r3 unit 8fc40527e50661d45ba5ec90a2fa3295
#>reason A-2-1.x86_64@system keep b7fccf7862e6b4f51f6eb0e68a474ef7
#>reason A-2-2.x86_64@r2 unit 76e7dc0a3d9f1663ceead7ca3b1e7dce
#>reason B-2-1.noarch@r2 unit 745b3e9d6cf9cfa92940acd75d50bfbf
#>reason C-1-2.x86_64@r3 unit 337cdd7e79a2f8be87e37e5af7713aa7
#>reason C-2-2.i586@r3 unit f0876212e4cfff80012451fb966418e8
#>reason C-3-1.i586@r1 unit 95fa79dcc2f16d2b65f9a10075c12f9f
#>reason D-3-1.x86_64@r3 unit 4a034da7df50232190e609abd9388b14
#>reason E-2-1.i686@r2 unit 9d3824c6d8584953457597901c7fb2df
#>reason E-2-2.x86_64@r3 resolve 026d58783e2a4e3c5ce7b47859e31b30
#>reason E-3-1.i586@r3 unit 4302e589c658799c12e1769b112f8b5f
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-1-1.noarch@r2
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-1-2.i586@r1
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-1-2.i686@r3
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-1-2.noarch@r3
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-2-1.x86_64@system
#>rule feature 8f9c500ac439adbd80f3615446d4329b  A-2-2.x86_64@r2
#>rule infarch 51a7b948edc98752222a74d45ecef0ae -E-3-1.i586@r3
#>rule infarch 83f348911e972d9de8b289d9322beab0 -A-1-2.i686@r3
#>rule infarch 8dd76c1583b39b47a9b4f508373017c7 -E-2-1.i686@r2
#>rule infarch 95fa79dcc2f16d2b65f9a10075c12f9f -C-3-1.i586@r1
#>rule infarch b2c769ccdc68cc63880e683d0b08bc05 -A-1-2.i586@r1
#>rule infarch f0876212e4cfff80012451fb966418e8 -C-2-2.i586@r3
#>rule job 337cdd7e79a2f8be87e37e5af7713aa7  C-1-2.x86_64@r3
#>rule job 337cdd7e79a2f8be87e37e5af7713aa7  C-2-2.i586@r3
#>rule job 337cdd7e79a2f8be87e37e5af7713aa7  C-3-1.i586@r1
#>rule job 8b9cdce96f6c4e2fa4a30298b97545f9  E-2-1.i686@r2
#>rule pkg 026d58783e2a4e3c5ce7b47859e31b30  E-2-1.i686@r2
#>rule pkg 026d58783e2a4e3c5ce7b47859e31b30  E-2-2.x86_64@r3
#>rule pkg 026d58783e2a4e3c5ce7b47859e31b30  E-3-1.i586@r3
#>rule pkg 026d58783e2a4e3c5ce7b47859e31b30 -D-3-1.x86_64@r3
#>rule pkg 05203e6075cf026f1d2a0f04489afa18 -A-1-2.i686@r3
#>rule pkg 05203e6075cf026f1d2a0f04489afa18 -A-2-2.x86_64@r2
#>rule pkg 1663ab745958e7817886995427f56f7d  A-1-1.noarch@r2
#>rule pkg 1663ab745958e7817886995427f56f7d -A-1-2.i586@r1
#>rule pkg 2380ed0f989c5975cb5c4f3db53b8128 -E-2-1.i686@r2
#>rule pkg 2380ed0f989c5975cb5c4f3db53b8128 -E-3-1.i586@r3
#>rule pkg 2961a18d25e1353831de59b155127ae7 -A-1-1.noarch@r2
#>rule pkg 2961a18d25e1353831de59b155127ae7 -A-1-2.i686@r3
#>rule pkg 2cc4714ca1a4e3b2ed1e5b3817280f32 -A-1-2.noarch@r3
#>rule pkg 2cc4714ca1a4e3b2ed1e5b3817280f32 -A-2-2.x86_64@r2
#>rule pkg 2d8994205277923e3fc515a7038de9d5 -A-1-2.i586@r1
#>rule pkg 2d8994205277923e3fc515a7038de9d5 -A-2-1.x86_64@system
#>rule pkg 2ea21064f97810dd164bb3d255f0c727 -A-1-1.noarch@r2
#>rule pkg 2ea21064f97810dd164bb3d255f0c727 -A-1-2.i586@r1
#>rule pkg 3138e8023fde98022583da2c5529bd83 -C-2-2.i586@r3
#>rule pkg 3138e8023fde98022583da2c5529bd83 -C-3-1.i586@r1
#>rule pkg 402a585ee64b9f3c8ef7d460f7c77207 -A-1-2.i686@r3
#>rule pkg 402a585ee64b9f3c8ef7d460f7c77207 -A-1-2.noarch@r3
#>rule pkg 4302e589c658799c12e1769b112f8b5f -E-2-2.x86_64@r3
#>rule pkg 4302e589c658799c12e1769b112f8b5f -E-3-1.i586@r3
#>rule pkg 4a034da7df50232190e609abd9388b14  D-3-1.x86_64@r3
#>rule pkg 4a034da7df50232190e609abd9388b14 -C-1-2.x86_64@r3
#>rule pkg 4a839809ea4c3458ad0001413c6cea54  E-2-2.x86_64@r3
#>rule pkg 4a839809ea4c3458ad0001413c6cea54 -A-1-2.noarch@r3
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-1-1.noarch@r2
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-1-2.i586@r1
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-1-2.i686@r3
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-1-2.noarch@r3
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-2-1.x86_64@system
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a  A-2-2.x86_64@r2
#>rule pkg 4f5355dba3065ecced0867b0e3b7643a -C-1-2.x86_64@r3
#>rule pkg 745b3e9d6cf9cfa92940acd75d50bfbf  B-2-1.noarch@r2
#>rule pkg 745b3e9d6cf9cfa92940acd75d50bfbf -C-1-2.x86_64@r3
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-1-1.noarch@r2
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-1-2.i586@r1
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-1-2.i686@r3
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-1-2.noarch@r3
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-2-1.x86_64@system
#>rule pkg 747fa0467321a5eea129e3d01861576f  A-2-2.x86_64@r2
#>rule pkg 747fa0467321a5eea129e3d01861576f -E-2-1.i686@r2
#>rule pkg 76e7dc0a3d9f1663ceead7ca3b1e7dce -A-2-1.x86_64@system
#>rule pkg 76e7dc0a3d9f1663ceead7ca3b1e7dce -A-2-2.x86_64@r2
#>rule pkg 8a96f11bd84dad5f7645cc35926f5b00 -A-1-2.i686@r3
#>rule pkg 8a96f11bd84dad5f7645cc35926f5b00 -A-2-1.x86_64@system
#>rule pkg 8b121f81b95acb819a253ebb0c34471f -A-1-2.i586@r1
#>rule pkg 8b121f81b95acb819a253ebb0c34471f -A-1-2.i686@r3
#>rule pkg 8fc40527e50661d45ba5ec90a2fa3295 -A-1-2.noarch@r3
#>rule pkg 991e4771532432024d77a5bf7bdc17cd -C-1-2.x86_64@r3
#>rule pkg 991e4771532432024d77a5bf7bdc17cd -C-3-1.i586@r1
#>rule pkg 9d3824c6d8584953457597901c7fb2df -E-2-1.i686@r2
#>rule pkg 9d3824c6d8584953457597901c7fb2df -E-2-2.x86_64@r3
#>rule pkg abaa39aa23f125c6444cb51e37e547e7 -C-1-2.x86_64@r3
#>rule pkg abaa39aa23f125c6444cb51e37e547e7 -C-2-2.i586@r3
#>rule pkg b607a1134fc1927fa8917bb18f9c4a61 -A-1-1.noarch@r2
#>rule pkg b607a1134fc1927fa8917bb18f9c4a61 -A-1-2.noarch@r3
#>rule pkg c5af2c01e5b70a4d642bc8eb8838ebed -A-1-2.i586@r1
#>rule pkg c5af2c01e5b70a4d642bc8eb8838ebed -A-1-2.noarch@r3
#>rule pkg d5c89962718086b4eb509a5b036296d1 -A-1-1.noarch@r2
#>rule pkg d5c89962718086b4eb509a5b036296d1 -A-2-1.x86_64@system
#>rule pkg dcd5940b22a97726b1560b6d839f1085  C-1-2.x86_64@r3
#>rule pkg dcd5940b22a97726b1560b6d839f1085  C-2-2.i586@r3
#>rule pkg dcd5940b22a97726b1560b6d839f1085  C-3-1.i586@r1
#>rule pkg dcd5940b22a97726b1560b6d839f1085 -A-1-2.noarch@r3
#>rule pkg e3c45076ad721fc23d997c99b470ae60 -A-1-1.noarch@r2
#>rule pkg e3c45076ad721fc23d997c99b470ae60 -A-2-2.x86_64@r2
#>rule pkg f19819a2e39958c9e2772a2a8c130439 -A-1-2.i586@r1
#>rule pkg f19819a2e39958c9e2772a2a8c130439 -A-2-2.x86_64@r2
#>rule pkg f1e18e0ac89bee7107b457fab8539a4f -A-1-2.noarch@r3
#>rule pkg f1e18e0ac89bee7107b457fab8539a4f -A-2-1.x86_64@system
#>rule update b7fccf7862e6b4f51f6eb0e68a474ef7  A-2-1.x86_64@system
#>rule update b7fccf7862e6b4f51f6eb0e68a474ef7  A-2-2.x86_64@r2
#>userinstalled pkg C-1-2.x86_64@r3
