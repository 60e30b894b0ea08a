repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 1 1 i686
#>=Prv: C = 1-1
#>=Req: B
#>=Req: D
#>=Tim: 100
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Tim: 100
#>=Pkg: A 2 1 x86_64
#>=Prv: A = 2-1
#>=Prv: E
#>=Tim: 100
#>=Pkg: G 2 1 x86_64
#>=Prv: G = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 x86_64
#>=Prv: C = 2-1
#>=Req: E
#>=Prq: C
#>=Prq: A
#>=Prq: G
#>=Req: B
#>=Tim: 100
#>=Pkg: F 2 1 x86_64
#>=Prv: F = 2-1
#>=Req: E <> 2-2
#>=Tim: 100
#>=Pkg: C 1 1 x86_64
#>=Prv: C = 1-1
#>=Prv: V
#>=Req: A >= 2
#>=Req: A
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Obs: F
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: E 1 1 x86_64
#>=Prv: E = 1-1
#>=Req: E
#>=Tim: 100
#>=Pkg: A 1 1 i686
#>=Prv: A = 1-1
#>=Prv: W = 2
#>=Tim: 200
#>=Pkg: A 2 1 x86_64
#>=Prv: A = 2-1
#>=Req: D
#>=Tim: 100
#>=Pkg: D 2 1 i686
#>=Prv: D = 2-1
#>=Prv: W = 2-2
#>=Tim: 100
#>=Pkg: E 3 1 x86_64
#>=Prv: E = 3-1
#>=Req: F < 1-1
#>=Req: E >= 3
#>=Req: F
#>=Obs: C
#>=Obs: A
#>=Tim: 100
system x86_64 rpm system
poolflags noobsoletesmultiversion
job install provides F <= 1
job update all packages
job install pkg C-1-1.i686@system
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name F
#>autoinst name G
#>job install pkg C-1-1.i686@system
#>job install provides F <= 1
#>job update all packages
#>orphaned G-2-1.x86_64@system
#>problem c43b1300 info nothing provides requested F <= 1
#>problem c43b1300 solution a03fa847 deljob install provides F <= 1
#>reason A-1-1.i686@r2 unit ef8ba39dbf8bc4a553a7867997606a3a
#>reason A-1-1.noarch@r1 unit ab1df68aaac41de71118ff08ede0bb4a
#>reason A-2-1.x86_64@r2 unit 0700514675a5e3a5b13ce611754c1a73
#>reason A-2-1.x86_64@system update a92d2c00e89cece6a7550de3282583e6
#>reason C-1-1.i686@system unit 1a1dcb6d3d0d0601507e36720810f7f1
#>reason C-1-1.x86_64@r1 unit 2f5ba49262f6611810ed49c5fa5e922f
#>reason C-2-1.x86_64@r1 unit 8c0c419954eba6b5dd68cfb38be435aa
#>reason E-3-1.x86_64@r2 unit 3bd66e986a694f7771f79831c42ea8e3
#>reason F-2-1.x86_64@r1 unit 85a74d7be27145a86ecc60af662b1ae4
#>reason F-2-1.x86_64@system update 59e1f8ea1ff2672ede1199e25a25f5a0
#>reason G-2-1.x86_64@system unit 8f702481515051faf8a108d043c9d89d
#>rule choice 12c70483154f469aa028963c2226e060  A-2-1.x86_64@system
#>rule choice 12c70483154f469aa028963c2226e060 -C-2-1.x86_64@r1
#>rule choice 9bccbaf814419eda013545d740173e5d  A-2-1.x86_64@system
#>rule choice 9bccbaf814419eda013545d740173e5d -F-2-1.x86_64@r1
#>rule feature 31b62dbffc923202415fde98f0734d07  A-1-1.i686@r2
#>rule feature 31b62dbffc923202415fde98f0734d07  A-1-1.noarch@r1
#>rule feature 31b62dbffc923202415fde98f0734d07  A-2-1.x86_64@r2
#>rule feature 31b62dbffc923202415fde98f0734d07  A-2-1.x86_64@system
#>rule feature 31b62dbffc923202415fde98f0734d07  E-3-1.x86_64@r2
#>rule feature a286dab3682819d0c03bba7146c76ca2  C-1-1.i686@system
#>rule feature a286dab3682819d0c03bba7146c76ca2  C-1-1.x86_64@r1
#>rule feature a286dab3682819d0c03bba7146c76ca2  C-2-1.x86_64@r1
#>rule feature a286dab3682819d0c03bba7146c76ca2  E-3-1.x86_64@r2
#>rule infarch ef8ba39dbf8bc4a553a7867997606a3a -A-1-1.i686@r2
#>rule job 1a1dcb6d3d0d0601507e36720810f7f1  C-1-1.i686@system
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule learnt ab1df68aaac41de71118ff08ede0bb4a -A-1-1.noarch@r1
#>rule pkg 04509b7c6b4ae13f834ee86ba98f0893  A-1-1.i686@r2
#>rule pkg 04509b7c6b4ae13f834ee86ba98f0893  A-1-1.noarch@r1
#>rule pkg 04509b7c6b4ae13f834ee86ba98f0893  A-2-1.x86_64@r2
#>rule pkg 04509b7c6b4ae13f834ee86ba98f0893  A-2-1.x86_64@system
#>rule pkg 04509b7c6b4ae13f834ee86ba98f0893 -C-2-1.x86_64@r1
#>rule pkg 0700514675a5e3a5b13ce611754c1a73 -A-2-1.x86_64@r2
#>rule pkg 0700514675a5e3a5b13ce611754c1a73 -A-2-1.x86_64@system
#>rule pkg 09ef10f43c88ccab77f0ad9972f3d897 -C-2-1.x86_64@r1
#>rule pkg 09ef10f43c88ccab77f0ad9972f3d897 -E-3-1.x86_64@r2
#>rule pkg 1aa72cb4b5c807993c735a3ea80867c6  A-2-1.x86_64@r2
#>rule pkg 1aa72cb4b5c807993c735a3ea80867c6  A-2-1.x86_64@system
#>rule pkg 1aa72cb4b5c807993c735a3ea80867c6 -C-1-1.x86_64@r1
#>rule pkg 2020f50041f87ae7504b4b29e8b5be92 -A-1-1.i686@r2
#>rule pkg 2020f50041f87ae7504b4b29e8b5be92 -A-2-1.x86_64@system
#>rule pkg 2204a18623e4d67cbfd356623b6cf488 -A-1-1.noarch@r1
#>rule pkg 2204a18623e4d67cbfd356623b6cf488 -A-2-1.x86_64@r2
#>rule pkg 2826ea771bb57b8cebbc2850ee11a9bd -A-2-1.x86_64@r2
#>rule pkg 2826ea771bb57b8cebbc2850ee11a9bd -E-3-1.x86_64@r2
#>rule pkg 2f5ba49262f6611810ed49c5fa5e922f -C-1-1.i686@system
#>rule pkg 2f5ba49262f6611810ed49c5fa5e922f -C-1-1.x86_64@r1
#>rule pkg 3b8b84e468403c700d3e2a883392fd51 -A-1-1.i686@r2
#>rule pkg 3b8b84e468403c700d3e2a883392fd51 -A-1-1.noarch@r1
#>rule pkg 3bd66e986a694f7771f79831c42ea8e3 -E-3-1.x86_64@r2
#>rule pkg 43bac61be3c4ec128b15117d101e5709 -C-1-1.i686@system
#>rule pkg 43bac61be3c4ec128b15117d101e5709 -E-3-1.x86_64@r2
#>rule pkg 455c80a49089e5876e0c81e376a90052 -A-1-1.noarch@r1
#>rule pkg 455c80a49089e5876e0c81e376a90052 -F-2-1.x86_64@system
#>rule pkg 507ea50d8bbfef6cb495a57df9620b94  G-2-1.x86_64@system
#>rule pkg 507ea50d8bbfef6cb495a57df9620b94 -C-2-1.x86_64@r1
#>rule pkg 561c6a0056174aca250a632478079586 -C-1-1.x86_64@r1
#>rule pkg 561c6a0056174aca250a632478079586 -E-3-1.x86_64@r2
#>rule pkg 581b53104cb049d0bbca5b9baf5f06ce -C-1-1.i686@system
#>rule pkg 581b53104cb049d0bbca5b9baf5f06ce -C-2-1.x86_64@r1
#>rule pkg 63fb6157592b1c11b94d6955e47feecb -A-1-1.i686@r2
#>rule pkg 63fb6157592b1c11b94d6955e47feecb -E-3-1.x86_64@r2
#>rule pkg 64230f098527de18e27b224e1cbb8750 -E-1-1.x86_64@r2
#>rule pkg 64230f098527de18e27b224e1cbb8750 -E-3-1.x86_64@r2
#>rule pkg 784080024594782ca750ced9bfd81719  A-2-1.x86_64@system
#>rule pkg 784080024594782ca750ced9bfd81719  E-1-1.x86_64@r2
#>rule pkg 784080024594782ca750ced9bfd81719  E-3-1.x86_64@r2
#>rule pkg 784080024594782ca750ced9bfd81719 -C-2-1.x86_64@r1
#>rule pkg 7b7d986a2871176ae026d34ac9cccf38 -A-1-1.i686@r2
#>rule pkg 7b7d986a2871176ae026d34ac9cccf38 -A-2-1.x86_64@r2
#>rule pkg 7b7e7e31cda227da58da674761858b40  A-2-1.x86_64@system
#>rule pkg 7b7e7e31cda227da58da674761858b40  E-1-1.x86_64@r2
#>rule pkg 7b7e7e31cda227da58da674761858b40  E-3-1.x86_64@r2
#>rule pkg 7b7e7e31cda227da58da674761858b40 -F-2-1.x86_64@r1
#>rule pkg 85a74d7be27145a86ecc60af662b1ae4 -F-2-1.x86_64@r1
#>rule pkg 85a74d7be27145a86ecc60af662b1ae4 -F-2-1.x86_64@system
#>rule pkg 8c0c419954eba6b5dd68cfb38be435aa -C-2-1.x86_64@r1
#>rule pkg 9afa7f409d7a1ec1a69cb881e6e13a80 -A-2-1.x86_64@system
#>rule pkg 9afa7f409d7a1ec1a69cb881e6e13a80 -E-3-1.x86_64@r2
#>rule pkg a31dea8227c947bbf642f05195b84545 -A-1-1.noarch@r1
#>rule pkg a31dea8227c947bbf642f05195b84545 -A-2-1.x86_64@system
#>rule pkg b4a4c7a6cc15b3e42c351bd439cf944b -A-1-1.noarch@r1
#>rule pkg b4a4c7a6cc15b3e42c351bd439cf944b -F-2-1.x86_64@r1
#>rule pkg bdda185f1e66a4e3166b6432666da533  F-2-1.x86_64@r1
#>rule pkg bdda185f1e66a4e3166b6432666da533  F-2-1.x86_64@system
#>rule pkg bdda185f1e66a4e3166b6432666da533 -E-3-1.x86_64@r2
#>rule pkg cc4baac9ab40bd55aa42f45b7ff3eb69 -A-1-1.noarch@r1
#>rule pkg cc4baac9ab40bd55aa42f45b7ff3eb69 -E-3-1.x86_64@r2
#>rule pkg e1f691deeb311d0fad255ed25437c52c  D-2-1.i686@r2
#>rule pkg e1f691deeb311d0fad255ed25437c52c -A-2-1.x86_64@r2
#>rule pkg e59d41917d8ed188911c55ce5ad852d9 -C-1-1.x86_64@r1
#>rule pkg e59d41917d8ed188911c55ce5ad852d9 -C-2-1.x86_64@r1
#>rule pkg e5dbd3b4445ef45bb002dde16a261a37  A-1-1.i686@r2
#>rule pkg e5dbd3b4445ef45bb002dde16a261a37  A-1-1.noarch@r1
#>rule pkg e5dbd3b4445ef45bb002dde16a261a37  A-2-1.x86_64@r2
#>rule pkg e5dbd3b4445ef45bb002dde16a261a37  A-2-1.x86_64@system
#>rule pkg e5dbd3b4445ef45bb002dde16a261a37 -C-1-1.x86_64@r1
#>rule update 1a1dcb6d3d0d0601507e36720810f7f1  C-1-1.i686@system
#>rule update 59e1f8ea1ff2672ede1199e25a25f5a0  A-1-1.noarch@r1
#>rule update 59e1f8ea1ff2672ede1199e25a25f5a0  F-2-1.x86_64@r1
#>rule update 59e1f8ea1ff2672ede1199e25a25f5a0  F-2-1.x86_64@system
#>rule update 8f702481515051faf8a108d043c9d89d  G-2-1.x86_64@system
#>rule update a92d2c00e89cece6a7550de3282583e6  A-2-1.x86_64@r2
#>rule update a92d2c00e89cece6a7550de3282583e6  A-2-1.x86_64@system
#>rule update a92d2c00e89cece6a7550de3282583e6  E-3-1.x86_64@r2
#>unneeded_filtered A-2-1.x86_64@system
#>unneeded_filtered F-2-1.x86_64@system
#>unneeded_filtered G-2-1.x86_64@system
#>userinstalled pkg C-1-1.i686@system
