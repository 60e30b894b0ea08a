repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Prv: W = 2-2
#>=Prv: X = 2
#>=Obs: A < 1
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 200
#>=Pkg: A 2 2 noarch
#>=Prv: A = 2-2
#>=Req: V
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prq: D
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Tim: 100
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 2 noarch
#>=Prv: B = 1-2
#>=Req: X
#>=Tim: 100
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Req: C < 3
#>=Tim: 100
repo r3 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: C
#>=Tim: 100
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: V = 1
#>=Prv: B = 2
#>=Prv: W
#>=Tim: 100
#>=Pkg: C 1 1 noarch
#>=Prv: C = 1-1
#>=Prv: D = 1
#>=Req: D
#>=Tim: 200
system unset rpm system
solverflags !dupallowdowngrade keeporphans
job distupgrade all packages
job install name A
job install name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name C
#>autoinst name D
#>downgrade A-2-2.noarch@system A-1-1.noarch@r3
#>install D-3-1.noarch@r3
#>job distupgrade all packages
#>job install name A
#>job install name A
#>problem e378783a info problem with installed package A-2-2.noarch
#>problem e378783a solution 0bb584ad allow A-2-2.noarch@system
#>problem e378783a solution 9b07f5b9 replace A-2-2.noarch@system A-1-1.noarch@r3
#>reason A-1-1.noarch@r3 job 01291226b5e300070873cb03ed5dbb17
#>reason A-2-2.noarch@system unit 8f23635c77094a8faef33273a55a98d6
#>reason B-1-1.noarch@r2 unit 910bd984f2ea764171438cdb9754d21f
#>reason B-1-2.noarch@r2 unit 423f83c677fd5646f1b9484ae885ca32
#>reason B-1-2.noarch@system unit 80fa60415b43c0f5431b56c1c4175c9e
#>reason B-2-1.noarch@r1 update 1e67602d0772a37199abce7a47c79c24
#>reason C-1-1.noarch@r1 unit b8562ccbeb1ecf9c2a48a5faeda9c8cf
#>reason C-1-1.noarch@r3 unit 87e6fd7df83cf8915f265d8076f4b7aa
#>reason C-2-1.noarch@r3 unit eacb55b5a850f4775df796d50e89a1b7
#>reason C-2-1.noarch@system unit bcea5a41b1df97ad5b850f21e9ad0e66
#>reason C-3-1.noarch@r1 update 27c6a8791c2fa51b6cdb6037a85a809b
#>reason C-3-1.noarch@r3 unit b77be30c3fa960c4e4372bd9ac91b2fc
#>reason D-2-1.noarch@r1 unit 3c0f404ba0cf8ca1670788676084a3b6
#>reason D-3-1.noarch@r3 resolve 6f7a67508e9c111c99c3204705f31cbd
#>rule distupgrade bcea5a41b1df97ad5b850f21e9ad0e66 -C-2-1.noarch@system
#>rule distupgrade c0a2738ae4b56ee12bd3b6f4ad0c0c2c -A-2-2.noarch@system
#>rule feature 01291226b5e300070873cb03ed5dbb17  A-1-1.noarch@r3
#>rule feature 01291226b5e300070873cb03ed5dbb17  A-2-2.noarch@system
#>rule feature 3f1a29bbd76dbccaff04fda31b284877  B-1-1.noarch@r2
#>rule feature 3f1a29bbd76dbccaff04fda31b284877  B-1-2.noarch@r2
#>rule feature 3f1a29bbd76dbccaff04fda31b284877  B-1-2.noarch@system
#>rule feature 3f1a29bbd76dbccaff04fda31b284877  B-2-1.noarch@r1
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-1-1.noarch@r1
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-1-1.noarch@r3
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-2-1.noarch@r3
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-2-1.noarch@system
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-3-1.noarch@r1
#>rule feature aff79f2c0bb25c054906aaf9c3a3115c  C-3-1.noarch@r3
#>rule job 01291226b5e300070873cb03ed5dbb17  A-1-1.noarch@r3
#>rule job 01291226b5e300070873cb03ed5dbb17  A-1-1.noarch@r3
#>rule job 01291226b5e300070873cb03ed5dbb17  A-2-2.noarch@system
#>rule job 01291226b5e300070873cb03ed5dbb17  A-2-2.noarch@system
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-2-1.noarch@system
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-3-1.noarch@r1
#>rule pkg 085284c7c543e25c95733e6c4544425c  C-1-1.noarch@r1
#>rule pkg 085284c7c543e25c95733e6c4544425c  C-1-1.noarch@r3
#>rule pkg 085284c7c543e25c95733e6c4544425c  C-2-1.noarch@r3
#>rule pkg 085284c7c543e25c95733e6c4544425c  C-2-1.noarch@system
#>rule pkg 085284c7c543e25c95733e6c4544425c -B-1-1.noarch@r2
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-1-1.noarch@r1
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-1-1.noarch@r3
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-2-1.noarch@r3
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-2-1.noarch@system
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-3-1.noarch@r1
#>rule pkg 0d29a067452ba0af3c0975b42484ef53  C-3-1.noarch@r3
#>rule pkg 0d29a067452ba0af3c0975b42484ef53 -D-3-1.noarch@r3
#>rule pkg 130fee41abdb7eb46cb38d5f4c288e13 -C-1-1.noarch@r1
#>rule pkg 130fee41abdb7eb46cb38d5f4c288e13 -C-3-1.noarch@r3
#>rule pkg 1ee33a08bfdb5fdb9292abb15273e704 -C-1-1.noarch@r3
#>rule pkg 1ee33a08bfdb5fdb9292abb15273e704 -C-3-1.noarch@r3
#>rule pkg 3c0f404ba0cf8ca1670788676084a3b6 -D-2-1.noarch@r1
#>rule pkg 3c0f404ba0cf8ca1670788676084a3b6 -D-3-1.noarch@r3
#>rule pkg 423f83c677fd5646f1b9484ae885ca32 -B-1-2.noarch@r2
#>rule pkg 423f83c677fd5646f1b9484ae885ca32 -B-2-1.noarch@r1
#>rule pkg 4b77720ac3ed11143180a080be27ac1b -C-1-1.noarch@r3
#>rule pkg 4b77720ac3ed11143180a080be27ac1b -C-2-1.noarch@r3
#>rule pkg 4c4b4044aec9b17d38571dafe3a44a92 -C-1-1.noarch@r3
#>rule pkg 4c4b4044aec9b17d38571dafe3a44a92 -C-2-1.noarch@system
#>rule pkg 56ff0ab88dcc8e80b829cf32b54a75f1 -B-1-2.noarch@r2
#>rule pkg 56ff0ab88dcc8e80b829cf32b54a75f1 -B-1-2.noarch@system
#>rule pkg 62777f3ce47ebf279575bdf2f2e570d6 -B-1-1.noarch@r2
#>rule pkg 62777f3ce47ebf279575bdf2f2e570d6 -B-1-2.noarch@r2
#>rule pkg 6f7a67508e9c111c99c3204705f31cbd  C-1-1.noarch@r3
#>rule pkg 6f7a67508e9c111c99c3204705f31cbd  D-2-1.noarch@r1
#>rule pkg 6f7a67508e9c111c99c3204705f31cbd  D-3-1.noarch@r3
#>rule pkg 6f7a67508e9c111c99c3204705f31cbd -C-3-1.noarch@r1
#>rule pkg 7f72c6e0fd8aa5400ebc4b090df49d79 -C-2-1.noarch@r3
#>rule pkg 7f72c6e0fd8aa5400ebc4b090df49d79 -C-3-1.noarch@r3
#>rule pkg 80fa60415b43c0f5431b56c1c4175c9e -B-1-2.noarch@system
#>rule pkg 80fa60415b43c0f5431b56c1c4175c9e -B-2-1.noarch@r1
#>rule pkg 87e6fd7df83cf8915f265d8076f4b7aa -C-1-1.noarch@r3
#>rule pkg 87e6fd7df83cf8915f265d8076f4b7aa -C-3-1.noarch@r1
#>rule pkg 8f23635c77094a8faef33273a55a98d6 -A-1-1.noarch@r3
#>rule pkg 8f23635c77094a8faef33273a55a98d6 -A-2-2.noarch@system
#>rule pkg 910bd984f2ea764171438cdb9754d21f -B-1-1.noarch@r2
#>rule pkg 910bd984f2ea764171438cdb9754d21f -B-2-1.noarch@r1
#>rule pkg a0dcef863284cb76ccbf5ce834d3af02  B-1-2.noarch@system
#>rule pkg a0dcef863284cb76ccbf5ce834d3af02 -B-1-2.noarch@r2
#>rule pkg acf0ee5c9d541f47941ed5c4a8017841 -C-2-1.noarch@r3
#>rule pkg acf0ee5c9d541f47941ed5c4a8017841 -C-2-1.noarch@system
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r1
#>rule pkg b77be30c3fa960c4e4372bd9ac91b2fc -C-3-1.noarch@r3
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-1-1.noarch@r1
#>rule pkg b8562ccbeb1ecf9c2a48a5faeda9c8cf -C-3-1.noarch@r1
#>rule pkg bb79636ba2c6eca1d4daff19f908ef9b -C-2-1.noarch@system
#>rule pkg bb79636ba2c6eca1d4daff19f908ef9b -C-3-1.noarch@r3
#>rule pkg c3a78af82de2630b6b6fb9acc37c0de0 -C-1-1.noarch@r1
#>rule pkg c3a78af82de2630b6b6fb9acc37c0de0 -C-1-1.noarch@r3
#>rule pkg dd65470c66167a980b0963e450192bae -C-1-1.noarch@r1
#>rule pkg dd65470c66167a980b0963e450192bae -C-2-1.noarch@r3
#>rule pkg eacb55b5a850f4775df796d50e89a1b7 -C-2-1.noarch@r3
#>rule pkg eacb55b5a850f4775df796d50e89a1b7 -C-3-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-1-1.noarch@r1
#>rule pkg ed4a9d180305c2196ba4eb4f20842bb1 -C-2-1.noarch@system
#>rule pkg fda6a1d4804df220f4eae59584114e1f -B-1-1.noarch@r2
#>rule pkg fda6a1d4804df220f4eae59584114e1f -B-1-2.noarch@system
#>rule update 1e67602d0772a37199abce7a47c79c24  B-1-2.noarch@r2
#>rule update 1e67602d0772a37199abce7a47c79c24  B-1-2.noarch@system
#>rule update 1e67602d0772a37199abce7a47c79c24  B-2-1.noarch@r1
#>rule update 27c6a8791c2fa51b6cdb6037a85a809b  C-2-1.noarch@r3
#>rule update 27c6a8791c2fa51b6cdb6037a85a809b  C-2-1.noarch@system
#>rule update 27c6a8791c2fa51b6cdb6037a85a809b  C-3-1.noarch@r1
#>rule update 27c6a8791c2fa51b6cdb6037a85a809b  C-3-1.noarch@r3
#>rule update 2f2f08d1334f5486acf622f9ed86fd42  A-2-2.noarch@system
#>unneeded_filtered B-1-2.noarch@system
#>unneeded_filtered C-2-1.noarch@system
#>upgrade B-1-2.noarch@system B-2-1.noarch@r1
#>upgrade C-2-1.noarch@system C-3-1.noarch@r1
#>userinstalled pkg A-1-1.noarch@r3
